"""Section Robustness of the Evaluate page: clips under conditions, and error rates by their strength."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry
from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.conditions import catalog as conditions
from funaudio_core.evaluation.stored_runs import ROBUSTNESS_KIND, StoredRun
from funaudio_core.message import Message
from funaudio_core.runtime.jobs import Job
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath
from server.request import localize
from server.sessions import track_output
from server.updates import Update, connect
from tabs.components import resumable, speech_output
from tabs.components.inputs import read_clip
from tabs.components.layout import loading_text, status_line
from tabs.components.outputs import new_folder, playable
from tabs.components.strings import t
from tabs.evaluate.robustness import curve_view
from tabs.evaluate.robustness.controls import (
    CLIP_DATA,
    CLIP_ID,
    MAX_SECONDS,
    CurveControls,
    CurveRequest,
    build_controls,
    middle_strength,
    strength_update,
)

# Of recordings that one event of the browser processes. With an event for each, 38 took 40 s with engines that answer
# at once (2026-11-30).
EVENT_SECONDS = 3.0


@handler
def on_hear(clip: str | None, condition: str, strength: float) -> Update:
    """Put the clip under the condition, for the player."""
    return Update(heard=_degrade(clip, condition, strength, 0)) if clip else Update()


@handler
def on_condition(clip: str | None, condition: str) -> Update:
    """Offer the strengths of another condition, and let the clip be heard at a middle one."""
    middle = middle_strength(conditions.condition(condition))
    return Update(strength=strength_update(condition), **on_hear(clip, condition, middle))


def _degrade(clip: str | None, condition: str, strength: float, seed: int) -> str:
    """Return the path of the clip under a condition."""
    (chosen,) = conditions.strengths(condition, [strength], seed)
    return playable(chosen.apply(read_clip(clip, limit=MAX_SECONDS, rate=RECOGNITION_RATE), CLIP_ID))


def apply_condition(
    clip: AudioPath, condition: str, strength: float, seed: int = 0
) -> tuple[AudioPath, dict[str, Any]]:
    """Put a clip under a recording condition of known strength.

    Args:
        clip: Audio file, up to 60 s.
        condition: "babble", "music", "white" or "hum" (noise), "reverberation", "a-law", "mu-law", "opus", "mp3",
            "tempo", "speed", "level" or "clipping".
        strength: Signal-to-noise ratio in dB for noise, RT60 in s, lost packets in % for a-law and mu-law, kbit/s for
            opus and mp3, factor for tempo and speed, dB of full scale for level, dB below the peak for clipping.
        seed: Equal seeds give equal sound.

    Returns:
        The sound at 16 kHz, and the condition as files of results hold it.
    """
    (chosen,) = conditions.strengths(condition, [strength], seed)
    return _degrade(clip, condition, strength, seed), chosen.settings()


@queued_handler()
def on_run(request: CurveRequest) -> Iterator[Update]:
    """Run the recognizers on the recordings at each strength, as a job."""
    yield Update(**curve_view.empty_update(localize("Reading the data…")), **TASK.discard())
    yield from TASK.start(request.create_run().job)


def _run_part(job: Job) -> Iterator[Update]:
    """Process the next recordings, for EVENT_SECONDS or to the end of a point of the curve."""
    run = StoredRun(job)
    for status in loading_text(preload.load_all(run.next_system().engine())):
        yield Update(status=status)
    end = time.monotonic() + EVENT_SECONDS
    while True:
        run.run_next()
        yield Update(status=localize("{done} of {total} results…", done=job.completed_parts, total=job.total_parts))
        is_point = job.completed_parts % run.num_items == 0
        if is_point:
            yield _render(job)
        if is_point or time.monotonic() > end:
            return


def _render(job: Job) -> Update:
    """Return the update with the points so far; with the files if the job is finished."""
    run = StoredRun(job)
    protocol = protocols.protocol(run.protocol)
    if not job.finished:
        with tempfile.TemporaryDirectory() as folder:
            return curve_view.progress_update(run.write_results(Path(folder)), protocol)
    files = run.write_results(new_folder())
    for file in files:
        track_output(file.path)
    return Update(**curve_view.final_update(files, protocol), status=localize("Finished."))


def _pause_message(job: Job) -> Message:
    if job.finished:
        return Message("Your curve is finished. Press Continue to see it.")
    return Message(
        "Your curve is not finished: {done} of {total} results are there.",
        done=job.completed_parts,
        total=job.total_parts,
    )


def _can_resume(job: Job) -> bool:
    """Return whether all engines of a run are still offered."""
    offered = registry.available(registry.RECOGNIZERS)
    return all(engine in offered for engine in StoredRun(job).engines)


TASK = resumable.ResumableTask(
    page=__name__,
    kind=ROBUSTNESS_KIND,
    run_part=_run_part,
    render=_render,
    pause_message=_pause_message,
    can_resume=_can_resume,
)


def on_stop() -> Iterator[Update]:
    """Stop the run; it is paused."""
    yield from speech_output.stop_task(TASK)


def on_data(data: str) -> Update:
    """Ask for the reference of the visitor's clip."""
    return Update(text=gr.Textbox(visible=data == CLIP_DATA))


def build() -> None:
    """Add the section and connect it."""
    gr.HTML(t("robustness.heading"), elem_classes="fa-section-title")
    gr.Markdown(t("robustness.about"), elem_classes="fa-note")
    with gr.Row(elem_classes="fa-robustness"):
        with gr.Column(scale=2):
            controls = build_controls()
            run, stop = speech_output.build_buttons("robustness.run")
        with gr.Column(scale=3, elem_classes="fa-results"):
            status = status_line()
            heard = gr.Audio(
                label=t("robustness.heard"), interactive=False, buttons=["download"], elem_classes="fa-heard"
            )
            resume = resumable.build("robustness")
            output = curve_view.build_output(status)
    resumable.wire(resume, TASK, output)
    _wire_sound(controls, heard)
    connect(controls.data.input, on_data, controls.data, {"text": controls.text}, show_progress="hidden")
    connect(run.click, on_run, controls.inputs(), output, resume, **QUEUE_OPTIONS)
    connect(stop.click, on_stop, None, {"status": status}, resume)
    add_endpoint(apply_condition, page=__name__)


def _wire_sound(controls: CurveControls, heard: gr.Audio) -> None:
    """Let the clip be heard after each change of it, the condition or the strength."""
    inputs = [controls.clip, controls.condition, controls.strength]
    sound = {"heard": heard}
    for event in (controls.strength.change, controls.clip.change):  # release isn't sent for keys
        connect(event, on_hear, inputs, sound, trigger_mode="always_last", show_progress="hidden")
    slider = {"strength": controls.strength}
    connect(controls.condition.input, on_condition, inputs[:2], sound, slider, show_progress="hidden")
