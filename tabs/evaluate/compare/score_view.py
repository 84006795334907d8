"""Scores of a listening test: tables, flagged voters and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr

from funaudio_core.evaluation.listening_tests import exports
from funaudio_core.evaluation.listening_tests.exports import TestVotes
from funaudio_core.evaluation.listening_tests.model import MUSHRA, PREFERENCE, ListeningTest
from funaudio_core.evaluation.listening_tests.scores import Row, Scores
from funaudio_core.evaluation.listening_tests.suspicion import Suspicion
from funaudio_core.message import Message
from server.request import localize
from server.updates import Outputs, Update
from tabs.components.outputs import download_buttons, enabled_download, labelled_html, write_file
from tabs.components.strings import t

VOTER_CHARACTERS = 6  # of a hash, in the table of flagged voters


@dataclass(frozen=True, slots=True)
class ScoreOutput(Outputs):
    """Components that show scores.

    Attributes:
        found: State, the TestVotes that are shown.
        scores: Table of scores, and flagged voters.
        without_suspicious: Whether flagged voters are left out; visible if there are any.
        csv: Download of the votes.
        json: Download of the test and the votes.
    """

    found: gr.State
    scores: gr.HTML
    without_suspicious: gr.Checkbox
    csv: gr.DownloadButton
    json: gr.DownloadButton


def build_scores() -> tuple[gr.File, ScoreOutput]:
    """Add the components; return the input for exported files, and those that show scores."""
    scores = labelled_html("compare.scores")
    without = gr.Checkbox(False, label=t("compare.without"), container=False, visible=False)
    with gr.Row(elem_classes="fa-wrap"):
        csv, json = download_buttons("compare.csv", "compare.json")
    imported = gr.File(file_types=[".json", ".csv"], label=t("compare.import"), height=150)
    return imported, ScoreOutput(gr.State(None), scores, without, csv, json)


def scores_update(found: TestVotes) -> Update:
    """Return the update with the scores of all voters and the files."""
    return Update(
        found=found,
        scores=scores_html(found),
        without_suspicious=gr.Checkbox(False, visible=bool(found.suspicious())),
        csv=enabled_download(write_file(exports.to_csv(found), "votes.csv")),
        json=enabled_download(write_file(exports.to_json(found), "listening_test.json")),
    )


def scores_html(found: TestVotes, *, without_suspicious: bool = False) -> str:
    """Return the table of scores with notes, and the flagged voters."""
    scores, test = found.scores(without_suspicious=without_suspicious), found.test
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in _titles(test))
    body = "".join(_row_html(test, row) for row in scores.rows)
    table = f'<div class="fa-scroll"><table class="fa-check"><tr>{head}</tr>{body}</table></div>'
    return (
        f'{table}<p class="fa-note">{escape(" ".join(_notes(test, scores)))}</p>{suspicious_html(found.suspicious())}'
    )


def suspicious_html(suspicious: Sequence[Suspicion]) -> str:
    """Return the table of flagged voters; "" without any."""
    if not suspicious:
        return ""
    titles = (localize("Voter"), localize("Votes"), localize("Signs of careless voting"))
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(
        f'<tr><th scope="row">{escape(each.voter[:VOTER_CHARACTERS])}…</th><td>{each.votes}</td>'
        f"<td>{escape(localize(Message('{reasons}', reasons=each.reasons)))}</td></tr>"
        for each in suspicious
    )
    return f'<div class="fa-scroll"><table class="fa-check fa-flagged"><tr>{head}</tr>{body}</table></div>'


def _titles(test: ListeningTest) -> tuple[str, ...]:
    interval, votes = localize("95 % interval"), localize("Votes")
    if test.kind == PREFERENCE:
        return ("", localize("Points"), interval, localize("Wins / ties / losses"), votes)
    median = (localize("Lowest, quartiles, highest"),) if test.kind == MUSHRA else ()
    return ("", localize("Mean"), interval, *median, votes)


def _row_html(test: ListeningTest, row: Row) -> str:
    form = "{:+.0f}" if test.kind == PREFERENCE else "{:.1f}" if test.kind == MUSHRA else "{:.2f}"
    cells = ["–" if row.value is None else form.format(row.value)]
    cells.append("–" if row.interval is None else f"{form} – {form}".format(row.interval.low, row.interval.high))
    if test.kind == PREFERENCE:
        cells.append(f"{row.wins} / {row.ties} / {row.votes - row.wins - row.ties}")
    elif test.kind == MUSHRA:
        box = row.box
        figures = (box.low, box.first_quartile, box.median, box.third_quartile, box.high) if box else ()
        cells.append(" · ".join(f"{figure:.0f}" for figure in figures) or "–")
    cells.append(str(row.votes))
    name = escape(localize(test.stimulus_name(row.stimulus)))
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'


def _notes(test: ListeningTest, scores: Scores) -> list[str]:
    notes = [localize("{votes} votes of {voters} voters.", votes=scores.votes, voters=scores.voters)]
    if test.kind == PREFERENCE:
        notes.append(localize("Bradley-Terry points: 400 more are odds of 10 to 1; repeats don't count."))
    if not scores.has_maximum:
        notes.append(localize("A system has won or lost all its pairs, so one tie was added for each pair."))
    if scores.is_by_voter:
        notes.append(localize("Intervals are over voters."))
    else:
        notes.append(localize("Intervals are over votes, since fewer than five have voted: they are too narrow."))
    if scores.screened:
        notes.append(
            localize(
                "{count} voters rated the anchor above the reference and are left out.", count=len(scores.screened)
            )
        )
    return notes
