"""The Clone page: speak a text in the voice of a reference clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import registry, selection
from funaudio_core.message import Message
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.tasks import synthesis
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import AudioPath
from server.request import localize
from server.updates import Inputs, Update, connect
from tabs.components import chunked_speech, demonstrations, engine_picker, reference_voice, speech_output, voice_cloning
from tabs.components.inputs import MAX_TURN_SECONDS, clip_input, language_picker, read_clip
from tabs.components.layout import heading
from tabs.components.outputs import write_wav
from tabs.components.page.browser_script import keep
from tabs.components.page.page_names import add_aliases
from tabs.components.reference_voice import ReferenceInput
from tabs.components.speech_output import SpeechOutput
from tabs.components.strings import t
from tabs.components.voice_cloning import CloneControls, CloneRequest

NAME = "zero_shot"
add_aliases(NAME, "clone")
CONVERTS = "convert"  # capability of engines that change the voice of a recording
A_RECORDING = Message("a recording to convert")
TASK = chunked_speech.make_task(__name__)

on_speak = voice_cloning.make_speak_handler(TASK)


@dataclass(frozen=True, slots=True)
class ConversionRequest:
    """A recording to convert to the voice of a reference clip."""

    reference: ReferenceInput
    source: str | None
    engine: str


@queued_handler()
def on_convert(request: ConversionRequest) -> Iterator[Update]:
    """Convert the visitor's recording to the voice of the reference clip."""
    engine_picker.spec_of(request.engine).require(CONVERTS)
    yield Update(status=localize("Checking the reference…"))
    voice = request.reference.voice()
    clip = read_clip(request.source, A_RECORDING, MAX_TURN_SECONDS)
    yield Update(status=localize("Transcribing…"), **TASK.discard())
    yield from speech_output.load_synthesizer(request.engine)
    speech, chunks = synthesis.convert_with_words(clip, voice, request.engine)
    yield from speech_output.synthesize(speech, request.engine, 1, chunks)


@handler
def on_engine(engine: str) -> Any:
    """Show the recorder only for engines that convert recordings."""
    return gr.Accordion(visible=CONVERTS in engine_picker.spec_of(engine).capabilities)


def convert(
    clip: AudioPath, source: AudioPath, transcript: str = "", consent: bool = False, engine: str = ""
) -> tuple[AudioPath, str]:
    """Convert a recording to the voice of a reference clip, keeping its pacing and intonation.

    Args:
        clip: Audio file with 3 to 30 seconds of the target speaker.
        source: Audio file to convert, up to 5 minutes.
        transcript: Transcript of the clip; empty to have it recognized.
        consent: True confirms that the voice of the clip is yours or that you have the speaker's permission.
        engine: Model id, such as "cosyvoice3"; empty for the default.

    Returns:
        The WAV file, and the name of the model.
    """
    voice = ReferenceInput(clip, transcript, consent).voice()
    recorder = Recorder(0)
    for _ in recorder.record(synthesis.convert(read_clip(source, A_RECORDING, MAX_TURN_SECONDS), voice, engine)):
        pass
    return write_wav(recorder.take().audio, "converted.wav"), selection.resolve(registry.VOICE_CONVERTERS, engine).title


def clone(
    clip: AudioPath,
    text: str,
    language: str = "en",
    transcript: str = "",
    speed: float = 1.0,
    seed: int = -1,
    consent: bool = False,
    engine: str = "",
    pronunciations: str = "",
) -> tuple[AudioPath, dict[str, Any]]:
    """Speak a text in the voice of a reference clip.

    Args:
        clip: Audio file with 3 to 30 seconds of one speaker.
        text: Text to speak, up to 5,000 characters.
        language: ISO 639 code of the text, one that the model supports, such as "en" or "zh".
        transcript: Transcript of the clip; empty to have it recognized.
        speed: 0.5 to 2.0.
        seed: Number that makes a result repeatable; -1 for a random one.
        consent: True confirms that the voice is yours or that you have the speaker's permission.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty for the default.
        pronunciations: How words are said, one "word = respelling" or "word = /IPA/" a line.

    Returns:
        The WAV file, and the self-check: error rate, similarity, first-audio seconds, real-time factor, seed; with the
        words and their times.
    """
    reference = ReferenceInput(clip, transcript, consent)
    request = CloneRequest(reference, text, language, speed, seed, 1, engine, pronunciations)
    return voice_cloning.speak_to_file(request, "clone.wav")


def build() -> None:
    """Add the page and connect it."""
    spec = engine_picker.default_synthesizer()
    badge_line, note = heading(NAME, spec, *selection.check_engines(), note=engine_picker.note_key(spec))
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine(needed=engine_picker.IMITATES, follows=True)
            reference = reference_voice.build_reference()
            text = gr.Textbox(
                label=t("zero_shot.text"), lines=3, value=languages.LANGUAGES["en"].sample, **keep(NAME, "text")
            )
            language = language_picker(NAME, spec.languages, value="en")
            controls = voice_cloning.build_controls(NAME, engine, reference, text, language)
            recorder, source, convert_button = _build_recorder(CONVERTS in spec.capabilities)
        with gr.Column(elem_classes="fa-results"):
            output = speech_output.build_output("fa-live-zero-shot")
    engine_picker.wire_engine(engine, language, text, badge_line, note)
    voice_cloning.wire(controls, output, TASK, on_speak, "on_clone")
    _wire_recorder(controls, output, source, convert_button)
    engine.change(on_engine, engine, recorder, api_visibility="private")
    filled = {"clip": reference.clip, "text": text, "language": language}
    demonstrations.wire(NAME, buttons, demonstrations.voice_update, output, filled)
    add_endpoint(clone)
    if any(CONVERTS in each.capabilities for each in registry.available(registry.SYNTHESIZERS).values()):
        add_endpoint(convert)


def _build_recorder(visible: bool) -> tuple[gr.Accordion, gr.Audio, gr.Button]:
    """Add the recorder for a recording to convert; return it with its input and button."""
    with gr.Accordion(t("zero_shot.recording"), open=False, visible=visible) as accordion:
        return accordion, clip_input("zero_shot.source"), gr.Button(t("zero_shot.convert"))


def _wire_recorder(controls: CloneControls, output: SpeechOutput, source: gr.Audio, convert_button: gr.Button) -> None:
    inputs = Inputs(ConversionRequest, reference=controls.reference.inputs(), source=source, engine=controls.engine)
    connect(convert_button.click, on_convert, inputs, output, controls.resume, **QUEUE_OPTIONS)
