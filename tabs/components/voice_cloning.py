"""The parts that the Clone and Cross-lingual pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.tasks import cost, synthesis
from funaudio_core.types import SpeechRequest
from server.events import QUEUE_OPTIONS, queued_handler
from server.params import resolve_seed
from server.request import localize
from server.updates import Inputs, Update, connect
from tabs.components import chunked_speech, engine_picker, resumable, speech_output, spoken_text
from tabs.components.layout import gpu_note
from tabs.components.outputs import write_wav
from tabs.components.reference_voice import ReferenceControls, ReferenceInput
from tabs.components.resumable import ResumableTask, ResumeControls
from tabs.components.speech_output import SpeechControls, SpeechOutput


@dataclass(frozen=True, slots=True)
class CloneRequest:
    """A text to speak in the voice of a reference clip."""

    reference: ReferenceInput
    text: str
    language: str
    speed: float
    seed: float
    max_attempts: float
    engine: str
    pronunciations: str | None = ""


@dataclass(frozen=True, slots=True)
class CloneControls:
    """Input components of a cloning page."""

    engine: gr.Dropdown
    reference: ReferenceControls
    text: gr.Textbox
    language: gr.Dropdown
    pronunciations: gr.Textbox
    speech: SpeechControls
    resume: ResumeControls

    def inputs(self) -> Inputs[CloneRequest]:
        """Return the components as inputs of a handler."""
        speech = self.speech
        return Inputs.gather(CloneRequest, self, speed=speech.speed, seed=speech.seed, max_attempts=speech.max_attempts)


def build_controls(
    name: str, engine: gr.Dropdown, reference: ReferenceControls, text: gr.Textbox, language: gr.Dropdown
) -> CloneControls:
    """Add the settings, buttons and the GPU note below the inputs of a page. name: Name of the page."""
    table = spoken_text.build(text, language).pronunciations
    speech = speech_output.build_controls()
    controls = CloneControls(engine, reference, text, language, table, speech, resumable.build(name))
    gpu_note([text.change, engine.change], cost.estimate_synthesis, [text, language, engine])
    return controls


def make_speak_handler(
    task: ResumableTask, check: Callable[[CloneRequest], None] = lambda _: None
) -> Callable[[CloneRequest], Iterator[Update]]:
    """Return the handler of a page that speaks a text in the voice of a clip, heard while it is made.

    Args:
        task: Work of the page.
        check: Warns about a request.
    """

    def on_speak(request: CloneRequest) -> Iterator[Update]:
        check(request)
        yield Update(status=localize("Checking the reference…"))
        yield from chunked_speech.speak(_speech_request(request), request.engine, int(request.max_attempts), task)

    return queued_handler(page=task.page)(on_speak)


def _speech_request(request: CloneRequest) -> SpeechRequest:
    return synthesis.speech_request(
        spoken_text.apply_table(request.text, request.pronunciations, request.language),
        request.language,
        request.reference.voice(),
        request.engine,
        speed=request.speed,
        seed=resolve_seed(request.seed),
    )


def wire(
    controls: CloneControls,
    output: SpeechOutput,
    task: ResumableTask,
    on_speak: Callable[[CloneRequest], Iterator[Update]],
    api_name: str,
) -> None:
    """Connect the buttons of a cloning page.

    Args:
        controls: Inputs of the page.
        output: Outputs of the page.
        task: Work of the page.
        on_speak: Result of make_speak_handler().
        api_name: Name of the event.
    """
    connect(
        controls.speech.run.click,
        on_speak,
        controls.inputs(),
        output,
        controls.resume,
        api_name=api_name,
        api_visibility="undocumented",
        **QUEUE_OPTIONS,
    )
    resumable.wire(controls.resume, task, output)
    chunked_speech.wire_pause(controls.speech.stop, output, controls.resume, task)


def speak_to_file(request: CloneRequest, file_name: str) -> tuple[str, dict[str, Any]]:
    """Speak a text for the API; return the WAV file, and the self-check with the seed and the model."""
    speech, engine = _speech_request(request), request.engine
    take = synthesis.speak_take(speech, engine)
    report = synthesis.report_dict(synthesis.self_check(take, speech))
    facts = {**report, "seed": take.seed, "words": synthesis.word_table(take)}
    facts["engine"] = engine_picker.spec_of(engine).title
    return write_wav(take.audio, file_name), facts
