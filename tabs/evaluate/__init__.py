"""The Evaluate page: error rates of recognizers and synthesizers on a visitor's own data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.alignment import ErrorCounts, align
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.runs.store import open_run
from funaudio_core.evaluation.runs.stored_run import RUNNING, SCORES_SECTION, StoredRun
from funaudio_core.languages import is_spaced
from funaudio_core.tasks import recognition
from funaudio_core.voices.examples import EXAMPLES
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath, parse_language
from server.request import localize
from server.sessions import track_output
from server.updates import Update, connect
from tabs.components import demonstrations, speech_output, trained_engines
from tabs.components.demonstrations import Demonstration
from tabs.components.inputs import read_clip
from tabs.components.layout import heading, status_line
from tabs.components.outputs import new_folder, write_wav
from tabs.components.page.page_load import page_opened
from tabs.components.strings import t
from tabs.evaluate import compare, report, robustness
from tabs.evaluate.controls import (
    FILES_DATA,
    EvaluateControls,
    EvaluateRequest,
    build_controls,
    offered_names,
)
from tabs.evaluate.endpoints import delete_evaluation, evaluation_progress, evaluation_results, start_evaluation
from tabs.evaluate.run_panel import RunControls, RunSection, Shown, build_runs, wire_runs
from tabs.evaluate.stored import stored_results

NAME = "evaluate"


@queued_handler()
def on_run(request: EvaluateRequest, last: object) -> Iterator[Update]:
    """Begin to run the models on the data; or show results of earlier runs that were uploaded."""
    yield Update(**report.empty_update(localize("Reading the data…")), sounds={})
    if earlier := _uploaded_results(request):
        shown = report.final_update(earlier, protocols.protocol(request.protocol), request.group_by)
        yield Update(**{**shown, **RUNS.hide(localize("These are the results of an earlier run."))})
        return
    yield from RUNS.begin(request.systems()[0].engine(), request.create_run, last)


def _uploaded_results(request: EvaluateRequest) -> list[ResultFile]:
    """Return the uploaded files, if all of them are results."""
    paths = request.uploads() if request.data == FILES_DATA else []
    try:
        return [ResultFile.open(path) for path in paths]
    except BadInput:
        return []


def render_run(run: StoredRun) -> Update:
    """Return an update with the scores so far; with everything unless the run is under way."""
    protocol = protocols.protocol(run.protocol)
    if run.state == RUNNING:
        with tempfile.TemporaryDirectory() as folder:
            return report.progress_update(run.write_results(Path(folder)), protocol)
    files = run.write_results(new_folder())
    for file in files:
        track_output(file.path)
    return report.final_update(files, protocol, run.group_by)


RUNS = RunSection(page=__name__, name=SCORES_SECTION, has_link=True, render=render_run)


def show_demonstration(demonstration: Demonstration) -> Update:
    """Return the update that shows the stored results."""
    sounds = {row.file: str(row.path) for row in EXAMPLES}
    shown = report.final_update(stored_results(), protocols.protocol(DEFAULT_PROTOCOL), "")
    return Update(**shown, **RUNS.hide(demonstrations.stored_text(demonstration)), sounds=sounds)


@handler
def on_rules(files: list[str], protocol: str, group_by: str) -> Update:
    """Score the results again under other rules, without running a model."""
    found = [ResultFile.open(Path(path)) for path in files if Path(path).exists()]
    return report.final_update(found, protocols.protocol(protocol), group_by) if found else Update()


@handler
def on_select(
    table: list[list[str]],
    files: list[str],
    sounds: dict[str, str],
    shown: Shown | None,
    protocol: str,
    chosen: gr.SelectData,
) -> tuple[str, Any]:
    """Show the alignment of the utterance that was clicked, and offer its sound."""
    _, system, id_ = table[chosen.index[0]][:3]
    utterance = report.find_utterance(files, protocols.protocol(protocol), system, id_)
    if utterance is None:
        raise BadInput("These results are gone. Run the evaluation again.")
    path = sounds.get(id_) or _run_sound(shown, system, id_)
    is_there = path is not None and Path(path).exists()
    separator = " " if is_spaced(utterance.result.language) else ""
    return report.alignment_html(utterance, separator), gr.Audio(path if is_there else None, visible=is_there)


def _run_sound(shown: Shown | None, system: str, id_: str) -> str | None:
    """Return the path of a take or recording of the run that the page shows; None if there is none."""
    sound = open_run(shown[0]).sound(system, id_) if shown else None
    return write_wav(sound, "sound.wav") if sound else None


def on_task(task: str, remembered: object) -> Update:
    """Offer the models of a task, the first of them chosen."""
    names = offered_names(task, remembered)
    return Update(engines=gr.Dropdown(choices=names, value=[names[0][1]]))


def on_remembered(task: str | None, remembered: object) -> Update:
    """Offer the models that the visitor trained; `task` is None while the page is not in the browser."""
    if task is None:
        return Update()
    return Update(engines=gr.Dropdown(choices=offered_names(task, remembered)))


def on_data(data: str) -> Update:
    """Show or hide the upload."""
    return Update(files=gr.File(visible=data == FILES_DATA))


def evaluate(
    clip: AudioPath, reference: str, language: str = "en", engine: str = "", protocol: str = DEFAULT_PROTOCOL
) -> tuple[str, dict[str, Any]]:
    """Transcribe a clip and score the transcript against a reference.

    Args:
        clip: Audio file.
        reference: What is said in it.
        language: ISO 639 code of the language, such as "en" or "zh".
        engine: Model id, such as "whisper-base"; empty for the one that suits the language.
        protocol: Scoring rules: "fun-audio-chat", "whisper", "seed-tts-eval" or "suite".

    Returns:
        The transcript, and the scores; see score_texts.
    """
    code = parse_language(language)
    recorded = read_clip(clip, rate=RECOGNITION_RATE)
    transcripts = recognition.transcribe_long(recorded, RecognitionOptions(language=code), engine)
    heard = recognition.final_transcript(transcripts)
    return heard.text, _score(reference, heard.text, code or heard.language, protocol)


def score_texts(
    reference: str, hypothesis: str, language: str = "en", protocol: str = DEFAULT_PROTOCOL
) -> tuple[float, dict[str, Any]]:
    """Score a transcript against a reference as published evaluations do.

    Args:
        reference: What was said.
        hypothesis: What was recognized.
        language: ISO 639 code of the language, such as "en" or "zh".
        protocol: Scoring rules: "fun-audio-chat", "whisper", "seed-tts-eval" or "suite".

    Returns:
        The error rate, and a structured result: measure, counts, and the alignment as (kind, reference, hypothesis).
    """
    found = _score(reference, hypothesis, parse_language(language) or "en", protocol)
    return found["rate"], found


def _score(reference: str, hypothesis: str, language: str, protocol_name: str) -> dict[str, Any]:
    protocol = protocols.protocol(protocol_name)
    steps = align(protocol.tokenize(reference, language), protocol.tokenize(hypothesis, language))
    counts = ErrorCounts.of(steps)
    if not counts.reference_tokens:
        raise BadInput("The reference has no words. Enter what is said.")
    return {
        "protocol": protocol.name,
        "measure": protocol.measure(language),
        "rate": counts.rate,
        "words": counts.reference_tokens,
        "substitutions": counts.substitutions,
        "deletions": counts.deletions,
        "insertions": counts.insertions,
        "alignment": [[step.kind.value, step.reference, step.hypothesis] for step in steps],
    }


def build() -> None:
    """Add the page, in sections, and connect it."""
    heading(NAME, selection.default(registry.RECOGNIZERS), selection.default(registry.SYNTHESIZERS))
    with gr.Tabs():
        for section, build_section in SECTIONS.items():
            with gr.Tab(t(f"evaluate.section.{section}"), id=f"{NAME}/{section}"):
                build_section()


def _build_scores() -> None:
    """Add the section that scores models."""
    buttons = demonstrations.build(NAME, silent=True)
    with gr.Row():
        with gr.Column(scale=2):
            controls = build_controls()
            run, stop = speech_output.build_buttons("evaluate.run")
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            runs = build_runs(NAME)
            output = report.build_output(status)
    wire_runs(RUNS, runs, stop, output)
    _wire(controls, output, runs, run)
    demonstrations.wire(NAME, buttons, show_demonstration, output, runs)
    for function in (evaluate, score_texts, start_evaluation):
        add_endpoint(function, page=__name__)
    for quick in (evaluation_progress, evaluation_results, delete_evaluation):
        add_endpoint(quick, is_queued=False)


SECTIONS = {"scores": _build_scores, "robustness": robustness.build, "compare": compare.build}


def _wire(controls: EvaluateControls, output: report.ReportOutput, runs: RunControls, run: gr.Button) -> None:
    connect(run.click, on_run, [controls.inputs(), runs.last], output, runs, **QUEUE_OPTIONS)
    memory = trained_engines.memory()
    known = [controls.task, memory]
    connect(controls.task.change, on_task, known, {"engines": controls.engines})
    connect(page_opened, on_remembered, known, {"engines": controls.engines})
    connect(trained_engines.memory_changed, on_remembered, known, {"engines": controls.engines})
    connect(controls.data.change, on_data, controls.data, {"files": controls.files})
    for rule in (controls.protocol, controls.group_by):
        connect(rule.change, on_rules, [output.files, controls.protocol, controls.group_by], output)
    output.utterances.select(
        on_select,
        [output.utterances, output.files, output.sounds, runs.shown, controls.protocol],
        [output.alignment, output.sound],
        api_visibility="private",
    )
