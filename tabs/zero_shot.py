"""The Clone page: a reference clip and a text to the text in that voice. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import registry, selection
from funaudio_core.message import Message
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.tasks import cost, synthesis
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.params import resolve_seed
from server.request import localize
from tabs.components import chunked_speech, engine_picker, reference_voice, resumable, speech_output
from tabs.components.inputs import TURN_SECONDS, clip_input, language_picker, read_clip
from tabs.components.layout import gpu_note, heading
from tabs.components.outputs import write_wav
from tabs.components.strings import t

NAME = "zero_shot"
CONVERTS = "convert"  # the capability of engines that change the voice of a recording
A_RECORDING = Message("a recording to convert")


WORK = chunked_speech.work_of(__name__)
on_more, on_continue = resumable.handlers(WORK)


@queued_handler(width=chunked_speech.WIDTH, status=0)
def on_speak(*order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in the voice of the clip; see reference.speak."""
    yield from reference_voice.speak(*order, work=WORK)


@queued_handler(width=chunked_speech.WIDTH, status=0)
def on_convert(
    path: str | None, transcript: str, source: str | None, consent: bool, engine: str
) -> Iterator[tuple[Any, ...]]:
    """What the visitor says themselves, in the voice of the clip."""
    engine_picker.spec_of(engine).require(CONVERTS)
    yield *speech_output.status_only(localize("Checking the reference…")), *resumable.NO_CHANGE
    voice = reference_voice.voice_of(path, transcript, consent)
    clip = read_clip(source, A_RECORDING, TURN_SECONDS)
    yield *speech_output.status_only(localize("Transcribing…")), *resumable.discard(WORK)
    for status in speech_output.load_synthesizer(engine):
        yield *speech_output.status_only(status), *resumable.NO_CHANGE
    line, pieces = synthesis.convert_with_words(clip, voice, engine)
    for values in speech_output.synthesize(line, engine, 1, pieces=pieces):
        yield *values, *resumable.NO_CHANGE


@handler
def on_engine(engine: str) -> Any:
    """Show the recording only where the engine can do something with it."""
    return gr.Accordion(visible=CONVERTS in engine_picker.spec_of(engine).capabilities)


def convert(clip: str, source: str, transcript: str = "", consent: bool = False, engine: str = "") -> tuple[str, str]:
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
    voice = reference_voice.voice_of(clip, transcript, consent)
    recorder = Recorder(0)
    for _ in recorder.record(synthesis.convert(read_clip(source, A_RECORDING, TURN_SECONDS), voice, engine)):
        pass
    title = selection.resolve(registry.VOICE_CONVERTERS, engine).title
    return write_wav(recorder.take().audio, "converted.wav"), title


def clone(
    clip: str,
    text: str,
    language: str = "en",
    transcript: str = "",
    speed: float = 1.0,
    seed: int = -1,
    consent: bool = False,
    engine: str = "",
) -> tuple[str, dict[str, Any]]:
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

    Returns:
        The WAV file, and the self-check: error rate, similarity, first-audio seconds, real-time factor, seed.
    """
    voice = reference_voice.voice_of(clip, transcript, consent)
    line = synthesis.speech_request(text, language, voice, engine, speed=speed, seed=resolve_seed(seed))
    take = synthesis.speak_take(line, engine)
    report = synthesis.self_check(take, line)
    facts = {**synthesis.report_dict(report), "seed": take.seed, "engine": engine_picker.spec_of(engine).title}
    return write_wav(take.audio, "clone.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    spec = engine_picker.default_synthesizer()
    models, claim = heading(NAME, spec, *selection.check_engines(), claim=engine_picker.disclaimer_key(spec))
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine()
            ref = reference_voice.build_reference()
            text = gr.Textbox(label=t("zero_shot.text"), lines=3, value=languages.LANGUAGES["en"].sample)
            language = language_picker(spec.languages, value="en")
            order, going = speech_output.build_order(), resumable.build(NAME)
            gpu_note([text.change, engine.change], cost.estimate_synthesis, [text, language, engine])
            with gr.Accordion(t("zero_shot.yourself"), open=False, visible=CONVERTS in spec.capabilities) as yourself:
                source = clip_input("zero_shot.source")
                again = gr.Button(t("zero_shot.convert"))
        with gr.Column():
            stage = speech_output.build_stage("fa-live-zero-shot")
    engine_picker.wire_engine(engine, language, text, models, claim)
    given = [ref.clip, ref.transcript, text, language]
    handlers = chunked_speech.Handlers(on_speak, on_more, on_continue)
    chunked_speech.wire(order, stage, going, WORK, handlers, given, ref.consent, engine, "on_clone")
    again.click(
        on_convert,
        [ref.clip, ref.transcript, source, ref.consent, engine],
        [*stage.all(), *going.all()],
        **QUEUE_OPTIONS,
        api_visibility="private",
    )
    engine.change(on_engine, engine, yourself, api_visibility="private")
    if any(CONVERTS in offered.capabilities for offered in registry.available(registry.SYNTHESIZERS).values()):
        add_endpoint(
            convert,
            [
                gr.Audio(type="filepath", visible=False),
                gr.Audio(type="filepath", visible=False),
                gr.Textbox("", visible=False),
                gr.Checkbox(False, visible=False),
                gr.Textbox("", visible=False),
            ],
            [gr.Audio(type="filepath", visible=False), gr.Textbox(visible=False)],
            "convert",
        )
    add_endpoint(
        clone,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(visible=False),
            gr.Textbox("en", visible=False),
            gr.Textbox("", visible=False),
            gr.Number(1.0, visible=False),
            gr.Number(-1, precision=0, visible=False),
            gr.Checkbox(False, visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.JSON(visible=False)],
        "clone",
    )
