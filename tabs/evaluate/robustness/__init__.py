"""Section Robustness of the Evaluate page: clips under conditions, and error rates by their strength."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.engines.protocols import RECOGNITION_RATE
from funaudio_core.evaluation import protocols
from funaudio_core.evaluation.conditions import catalog as conditions
from funaudio_core.evaluation.runs.stored_run import ROBUSTNESS_SECTION, RUNNING, StoredRun
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath
from server.request import localize, owner_id
from server.sessions import track_output
from server.updates import Update, connect
from tabs.components import speech_output, trained_engines
from tabs.components.inputs import read_clip
from tabs.components.layout import status_line
from tabs.components.outputs import new_folder, playable
from tabs.components.page.page_load import page_opened
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
    offered_names,
    strength_update,
)
from tabs.evaluate.run_panel import RunSection, build_runs, wire_runs


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
def on_run(request: CurveRequest, last: object) -> Iterator[Update]:
    """Begin to run the recognizers on the recordings at each strength."""
    yield Update(**curve_view.empty_update(localize("Reading the data…")))
    yield from RUNS.begin(request.first_engine(), partial(request.create_run, owner_id()), last)


def render_run(run: StoredRun) -> Update:
    """Return the update with the points so far; with the files unless the run is under way."""
    protocol = protocols.protocol(run.protocol)
    if run.state == RUNNING:
        with tempfile.TemporaryDirectory() as folder:
            return curve_view.progress_update(run.write_results(Path(folder)), protocol)
    files = run.write_results(new_folder())
    for file in files:
        track_output(file.path)
    return curve_view.final_update(files, protocol)


RUNS = RunSection(page=__name__, name=ROBUSTNESS_SECTION, has_link=False, render=render_run)


def on_data(data: str) -> Update:
    """Ask for the reference of the visitor's clip."""
    return Update(text=gr.Textbox(visible=data == CLIP_DATA))


def on_remembered(remembered: object) -> Update:
    """Offer the recognizers that the visitor trained."""
    return Update(engines=gr.Dropdown(choices=offered_names(remembered)))


def build() -> None:
    """Add the section and connect it."""
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
            runs = build_runs(ROBUSTNESS_SECTION)
            output = curve_view.build_output(status)
    wire_runs(RUNS, runs, stop, output)
    _wire_sound(controls, heard)
    connect(controls.data.input, on_data, controls.data, {"text": controls.text}, show_progress="hidden")
    for event in (page_opened, trained_engines.memory_changed):
        connect(event, on_remembered, trained_engines.memory(), {"engines": controls.engines})
    connect(run.click, on_run, [controls.inputs(), runs.last], output, runs, **QUEUE_OPTIONS)
    add_endpoint(apply_condition, page=__name__)


def _wire_sound(controls: CurveControls, heard: gr.Audio) -> None:
    """Let the clip be heard after each change of it, the condition or the strength."""
    inputs = [controls.clip, controls.condition, controls.strength]
    sound = {"heard": heard}
    for event in (controls.strength.change, controls.clip.change):  # release isn't sent for keys
        connect(event, on_hear, inputs, sound, trigger_mode="always_last", show_progress="hidden")
    slider = {"strength": controls.strength}
    connect(controls.condition.input, on_condition, inputs[:2], sound, slider, show_progress="hidden")
