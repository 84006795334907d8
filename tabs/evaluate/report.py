"""Results of the Evaluate page: scores, utterances with their alignment, confusions and files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.evaluation import scoring, tables
from funaudio_core.evaluation.protocols import ScoringProtocol
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.scoring import Score, Utterance
from funaudio_core.evaluation.tables import Row
from server.request import localize
from server.updates import Outputs, Update
from tabs.components.drawings.alignment import steps_html
from tabs.components.outputs import (
    disabled_download,
    download_buttons,
    enabled_download,
    labelled_html,
    write_file,
)
from tabs.components.strings import t
from tabs.evaluate import view_panels

MAX_UTTERANCES = 200  # in the table
_FORMATS = (("csv", "csv"), ("markdown", "md"), ("latex", "tex"), ("json", "json"))


@dataclass(frozen=True, slots=True)
class ReportOutput(Outputs):
    """Components that show results.

    Attributes:
        status: Status line.
        files: Paths of the files of results.
        sounds: Paths of the recordings of stored results by id; those of a run are kept with it.
        scores: Table of scores.
        utterances: Utterances, those with most errors first.
        alignment: Alignment of the utterance that was clicked.
        sound: Its recording or take.
        confusions: Most frequent confusions.
        latency: Drawings of the latency.
        emotions: Confusion matrices of emotions.
        views: Download of the tables of latency and emotions.
        results: Download of the files of results.
        csv: Download of the table.
        markdown: Download of the table.
        latex: Download of the table.
        json: Download of the table.
    """

    status: gr.HTML
    files: gr.State
    sounds: gr.State
    scores: gr.HTML
    utterances: gr.Dataframe
    alignment: gr.HTML
    sound: gr.Audio
    confusions: gr.HTML
    latency: gr.HTML
    emotions: gr.HTML
    views: gr.DownloadButton
    results: gr.DownloadButton
    csv: gr.DownloadButton
    markdown: gr.DownloadButton
    latex: gr.DownloadButton
    json: gr.DownloadButton


def build_output(status: gr.HTML) -> ReportOutput:
    """Add the components below a status line."""
    files, sounds = gr.State([]), gr.State({})
    scores = labelled_html("evaluate.scores")
    with gr.Row(elem_classes="fa-wrap"):
        downloads = download_buttons(*(f"evaluate.{name}" for name in ("results", "csv", "markdown", "latex")), "json")
    utterances = gr.Dataframe(
        column_widths=["80px", "190px", "150px", "45%", "45%"],
        type="array",
        interactive=False,
        wrap=True,
        max_height=360,
        label=t("evaluate.utterances"),
        show_label=True,
        visible=False,
    )
    alignment = labelled_html("evaluate.alignment")
    sound = gr.Audio(label=t("evaluate.sound"), interactive=False, visible=False)
    confusions = labelled_html("evaluate.confusions")
    latency, emotions = labelled_html("evaluate.latency"), labelled_html("evaluate.emotions")
    with gr.Row():
        (views,) = download_buttons("evaluate.views")
    panels = (confusions, latency, emotions, views)
    return ReportOutput(status, files, sounds, scores, utterances, alignment, sound, *panels, *downloads)


def empty_update(status: str) -> Update:
    """Return the update that empties the results."""
    no_files = dict.fromkeys(("results", "views", *(name for name, _ in _FORMATS)), disabled_download())
    return Update(
        status=status,
        files=[],
        scores="",
        utterances=_table_update([]),
        alignment="",
        sound=gr.Audio(None, visible=False),
        confusions="",
        latency="",
        emotions="",
        **no_files,
    )


def progress_update(files: Sequence[ResultFile], protocol: ScoringProtocol) -> Update:
    """Return the update with the scores so far."""
    return Update(scores=scores_html(_rows(files, protocol, ""), protocol))


def final_update(files: Sequence[ResultFile], protocol: ScoringProtocol, group_by: str) -> Update:
    """Return the update with all results and downloads."""
    rows = _rows(files, protocol, group_by)
    utterances = [(file, each) for file in files for each in scoring.score_utterances(file, protocol)]
    downloads = {
        name: enabled_download(write_file(tables.render(rows, protocol, name), f"scores.{suffix}"))
        for name, suffix in _FORMATS
    }
    return Update(
        files=[str(file.path) for file in files],
        scores=scores_html(rows, protocol),
        utterances=_table_update(utterances),
        alignment="",
        sound=gr.Audio(None, visible=False),
        confusions=confusions_html(each for _, each in utterances),
        latency=view_panels.latency_html(files),
        emotions=view_panels.emotions_html(files),
        views=enabled_download(write_file(view_panels.pack_views(files), "views.zip")),
        results=enabled_download(write_file(pack(files), "results.zip")),
        **downloads,
    )


def find_utterance(files: Sequence[str], protocol: ScoringProtocol, system: str, id_: str) -> Utterance | None:
    """Return an utterance of a system in files of results; None if they are gone or don't hold it."""
    for path in files:
        if not Path(path).exists():
            continue
        file = ResultFile.open(Path(path))
        if tables.system_label(file.card) == system:
            return next((each for each in scoring.score_utterances(file, protocol) if each.result.id == id_), None)
    return None


def scores_html(rows: Sequence[Row], protocol: ScoringProtocol) -> str:
    """Return the table of scores."""
    head = (
        *("", localize("Group"), localize("Utterances"), localize("Error rate"), localize("95 % interval")),
        *(localize("Sub / del / ins"), localize("Failures"), localize("Real-time factor"), localize("First result")),
    )
    winners = tables.best_rows(rows)
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(_score_row(row, is_best=row in winners) for row in rows)
    note = localize("Scoring rules: {title}. Bold: no interval of another model overlaps.", title=protocol.full_title)
    return (
        f'<div class="fa-scroll"><table class="fa-check"><tr>{titles}</tr>{body}</table></div>'
        f'<p class="fa-note">{escape(note)}</p>'
    )


def _score_row(row: Row, is_best: bool) -> str:
    score = row.score
    rate = "–" if score.rate is None else f"{score.measure} {100 * score.rate:.1f} %"
    cells = (
        score.group or localize("all"),
        str(score.utterances),
        rate,
        _interval(score),
        f"{score.counts.substitutions} / {score.counts.deletions} / {score.counts.insertions}",
        str(score.failures),
        "–" if score.real_time_factor is None else f"{score.real_time_factor:.2f}",
        localize("{seconds:.2f} s", seconds=score.first_seconds[0]) if score.first_seconds else "–",
    )
    shown = [escape(cell) for cell in cells]
    shown[2] = f"<strong>{shown[2]}</strong>" if is_best else shown[2]
    title = tables.system_label(row.card)
    return f'<tr><th scope="row">{escape(title)}</th>{"".join(f"<td>{cell}</td>" for cell in shown)}</tr>'


def _interval(score: Score) -> str:
    if score.interval is None:
        return "–"
    return f"{100 * score.interval.low:.1f} – {100 * score.interval.high:.1f} %"


def alignment_html(utterance: Utterance, separator: str) -> str:
    """Return the alignment of an utterance; the error if it failed.

    Args:
        utterance: The utterance.
        separator: What stands between two words: a space, or "".
    """
    if utterance.result.error:
        return f"<p>{escape(utterance.result.error)}</p>"
    return steps_html(utterance.steps, separator)


def confusions_html(utterances: Iterable[Utterance]) -> str:
    """Return the table of the most frequent substitutions."""
    found = scoring.confusions(utterances, most=10)
    if not found:
        return ""
    titles = (localize("Reference"), localize("Recognized"), localize("Times"))
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(
        f"<tr><td>{escape(reference)}</td><td>{escape(heard)}</td><td>{count}</td></tr>"
        for reference, heard, count in found
    )
    return f'<table class="fa-check"><tr>{head}</tr>{body}</table>'


def _rows(files: Sequence[ResultFile], protocol: ScoringProtocol, group_by: str) -> list[Row]:
    return [Row(file.card, score) for file in files for score in scoring.score_file(file, protocol, group_by)]


def _table_update(utterances: Sequence[tuple[ResultFile, Utterance]]) -> Any:
    """Return the update of the table of utterances; without any it is hidden."""
    ordered = sorted(utterances, key=lambda pair: (not pair[1].result.error, -pair[1].counts.rate))
    headers = [
        localize("Error rate"),
        localize("Model"),
        localize("Id"),
        localize("Reference"),
        localize("Recognized"),
    ]
    rows = [
        [
            localize("failed") if each.result.error else f"{100 * each.counts.rate:.0f} %",
            tables.system_label(file.card),
            each.result.id,
            each.result.reference,
            each.result.error or each.result.hypothesis,
        ]
        for file, each in ordered[:MAX_UTTERANCES]
    ]
    return gr.Dataframe({"headers": headers, "data": rows}, visible=bool(rows))


def pack(files: Sequence[ResultFile]) -> bytes:
    """Return the files of results as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file.path, file.path.name)
    return out.getvalue()
