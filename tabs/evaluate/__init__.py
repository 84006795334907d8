"""The Evaluate page: error rates of recognizers and synthesizers on a visitor's own data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry, selection
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.errors import BadInput
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.alignment import ErrorCounts, align
from funaudio_core.evaluation.protocols import DEFAULT_PROTOCOL
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.stored_runs import JOB_KIND, StoredRun, create_run
from funaudio_core.languages import is_spaced
from funaudio_core.message import Message
from funaudio_core.runtime.jobs import Job
from funaudio_core.tasks import recognition
from funaudio_core.voices.examples import EXAMPLES, FOLDER
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath, parse_language
from server.request import localize
from server.sessions import track_output
from server.updates import Update, connect
from tabs.components import resumable, speech_output, trained_recognizers
from tabs.components.inputs import read_clip
from tabs.components.layout import heading, loading_text, status_line
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
    table_of,
)

NAME = "evaluate"
STORED_RESULTS = FOLDER / "evaluation"  # python -m funaudio_core.evaluate run examples --out examples_audio/evaluation
MAX_SECONDS = 1800.0  # of all recordings together, on the page
REDRAW_PARTS = 5  # parts between two tables of scores


@queued_handler()
def on_run(request: EvaluateRequest) -> Iterator[Update]:
    """Run the models on the data as a job; or show results of earlier runs that were uploaded."""
    yield Update(**report.empty_update(localize("Reading the data…")), **TASK.discard())
    if earlier := _uploaded_results(request):
        shown = report.final_update(earlier, protocols.protocol(request.protocol), request.group_by)
        yield Update(**shown, sounds={}, status=localize("These are the results of an earlier run."))
        return
    systems, data_set = request.systems(), request.data_set()
    run = create_run(data_set, systems, MAX_SECONDS, request.protocol, request.group_by)
    yield Update(sounds={report.sound_key("", item.id): str(item.audio) for item in data_set.items if item.audio})
    yield from TASK.start(run.job)


def _uploaded_results(request: EvaluateRequest) -> list[ResultFile]:
    """Return the uploaded files, if all of them are results."""
    paths = request.uploads() if request.data == FILES_DATA else []
    try:
        return [ResultFile.open(path) for path in paths]
    except BadInput:
        return []


def _run_part(job: Job) -> Iterator[Update]:
    """Process the next item."""
    run = StoredRun(job)
    for status in loading_text(preload.load_all(run.next_system().engine())):
        yield Update(status=status)
    run.run_next()
    done = job.completed_parts
    yield Update(status=localize("{done} of {total} results…", done=done, total=job.total_parts))
    if job.finished or done % REDRAW_PARTS == 0:
        yield _render(job)


def _render(job: Job) -> Update:
    """Return an update with the scores so far; with everything if the job is finished."""
    run = StoredRun(job)
    protocol = protocols.protocol(run.protocol)
    if not job.finished:
        with tempfile.TemporaryDirectory() as folder:
            return report.progress_update(run.write_results(Path(folder)), protocol)
    files = _write_results(run)
    update = report.final_update(files, protocol, run.group_by)
    takes = _write_takes(run)
    return Update(**update, **({"sounds": takes} if takes else {}), status=_finished_text(files))


def _write_results(run: StoredRun) -> list[ResultFile]:
    files = run.write_results(new_folder())
    for file in files:
        track_output(file.path)
    return files


def _write_takes(run: StoredRun) -> dict[str, str]:
    """Write the synthesized audio to files, and return their paths by sound_key()."""
    paths = {}
    for number, (card, results) in enumerate(run.results()):
        for place, result in enumerate(results):
            if (take := run.take(number, place)) is not None:
                paths[report.sound_key(card.system, result.id)] = write_wav(take, "take.wav")
    return paths


def _finished_text(files: Sequence[ResultFile]) -> str:
    failures = sum(bool(result.error) for file in files for result in file.results())
    if failures:
        return localize("Finished, with {failures} failures: see the utterances.", failures=failures)
    return localize("Finished.")


def _pause_message(job: Job) -> Message:
    if job.finished:
        return Message("Your evaluation is finished. Press Continue to see it.")
    return Message(
        "Your evaluation is not finished: {done} of {total} results are there.",
        done=job.completed_parts,
        total=job.total_parts,
    )


def _can_resume(job: Job) -> bool:
    """Return whether all engines of a run are still offered."""
    run = StoredRun(job)
    return all(selection.is_available(table_of(run.task), engine) for engine in run.engines)


TASK = resumable.ResumableTask(
    page=__name__,
    kind=JOB_KIND,
    run_part=_run_part,
    render=_render,
    pause_message=_pause_message,
    can_resume=_can_resume,
)


@handler
def on_stored() -> Update:
    """Show the stored results of the lite models on the example clips."""
    files = [ResultFile.open(path) for path in sorted(STORED_RESULTS.glob("*.jsonl"))]
    dates = sorted({file.card.date[:10] for file in files})
    status = localize("Stored results of {dates}. Press Evaluate to make new ones.", dates=", ".join(dates))
    sounds = {report.sound_key("", row.file): str(row.path) for row in EXAMPLES}
    shown = report.final_update(files, protocols.protocol(DEFAULT_PROTOCOL), "")
    return Update(**shown, **TASK.discard(), sounds=sounds, status=status)


@handler
def on_rules(files: list[str], protocol: str, group_by: str) -> Update:
    """Score the results again under other rules, without running a model."""
    found = [ResultFile.open(Path(path)) for path in files if Path(path).exists()]
    return report.final_update(found, protocols.protocol(protocol), group_by) if found else Update()


@handler
def on_select(
    table: list[list[str]], files: list[str], sounds: dict[str, str], protocol: str, chosen: gr.SelectData
) -> tuple[str, Any]:
    """Show the alignment of the utterance that was clicked, and offer its sound."""
    _, system, id_ = table[chosen.index[0]][:3]
    utterance = report.find_utterance(files, protocols.protocol(protocol), system, id_)
    if utterance is None:
        raise BadInput("These results are gone. Run the evaluation again.")
    path = sounds.get(report.sound_key(system, id_)) or sounds.get(report.sound_key("", id_))
    is_there = path is not None and Path(path).exists()
    separator = " " if is_spaced(utterance.result.language) else ""
    return report.alignment_html(utterance, separator), gr.Audio(path if is_there else None, visible=is_there)


def on_stop() -> Iterator[Update]:
    """Stop what the visitor runs; the evaluation is paused."""
    yield from speech_output.stop_task(TASK)


def on_task(task: str, remembered: object) -> Update:
    """Offer the models of a task, the first of them chosen."""
    names = offered_names(task, remembered)
    return Update(engines=gr.Dropdown(choices=names, value=[names[0][1]]))


def on_remembered(task: str, remembered: object) -> Update:
    """Offer the recognizers that the visitor trained."""
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
    """Add the page and connect it."""
    heading(NAME, selection.default(registry.RECOGNIZERS), selection.default(registry.SYNTHESIZERS))
    with gr.Row(elem_classes="fa-demos"):
        stored = gr.Button(t("evaluate.stored"), size="sm")
    with gr.Row():
        with gr.Column(scale=2):
            controls = build_controls()
            run, stop = speech_output.build_buttons("evaluate.run")
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            resume = resumable.build(NAME)
            output = report.build_output(status)
    resumable.wire(resume, TASK, output)
    _wire(controls, output, resume, run, stop)
    connect(stored.click, on_stored, None, output, resume, show_progress="hidden")
    add_endpoint(evaluate)
    add_endpoint(score_texts)
    robustness.build()
    compare.build()


def _wire(
    controls: EvaluateControls,
    output: report.ReportOutput,
    resume: resumable.ResumeControls,
    run: gr.Button,
    stop: gr.Button,
) -> None:
    connect(run.click, on_run, controls.inputs(), output, resume, **QUEUE_OPTIONS)
    connect(stop.click, on_stop, None, output.pick("status"), resume)
    memory = trained_recognizers.memory()
    known = [controls.task, memory]
    connect(controls.task.change, on_task, known, {"engines": controls.engines})
    connect(page_opened, on_remembered, known, {"engines": controls.engines})
    connect(trained_recognizers.memory_changed, on_remembered, known, {"engines": controls.engines})
    connect(controls.data.change, on_data, controls.data, {"files": controls.files})
    for rule in (controls.protocol, controls.group_by):
        connect(rule.change, on_rules, [output.files, controls.protocol, controls.group_by], output)
    output.utterances.select(
        on_select,
        [output.utterances, output.files, output.sounds, controls.protocol],
        [output.alignment, output.sound],
        api_visibility="private",
    )
