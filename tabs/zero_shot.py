"""The Clone page: a reference clip and a text to the text in that voice. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import selection
from funaudio_core.engines.spec import pick
from funaudio_core.message import Phrase
from funaudio_core.pipelines.synthesize import Recorder
from funaudio_core.tasks import cost, synthesis
from server.events import HEAVY, computes, expose, shows_errors
from server.params import draw_seed
from server.request import say
from tabs.components import chunked_speech, engine_picker, reference_voice, resumable, speech_output
from tabs.components.inputs import TURN_SECONDS, clip_input, language_picker, read_clip
from tabs.components.layout import gpu_note, heading
from tabs.components.outputs import wav_of
from tabs.components.strings import word

NAME = "zero_shot"
CONVERTS = "convert"  # the capability of engines that change the voice of a recording
A_RECORDING = Phrase("a recording of what to say")


WORK = chunked_speech.work_of(__name__)
on_more, on_continue = resumable.handlers(WORK)


@computes(width=chunked_speech.WIDTH, status=0)
def on_speak(*order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in the voice of the clip; see reference.speak."""
    yield from reference_voice.speak(*order, work=WORK)


@computes(width=chunked_speech.WIDTH, status=0)
def on_convert(
    path: str | None, transcript: str, source: str | None, consent: bool, engine: str
) -> Iterator[tuple[Any, ...]]:
    """What the visitor says themselves, in the voice of the clip."""
    engine_picker.spec_of(engine).require(CONVERTS)
    yield *speech_output.says(say("Examining the reference…")), *resumable.SAME
    voice = reference_voice.voice_of(path, transcript, consent)
    clip = read_clip(source, A_RECORDING, TURN_SECONDS)
    yield *speech_output.says(say("Listening…")), *resumable.anew(WORK)
    for status in speech_output.load_synthesizer(engine):
        yield *speech_output.says(status), *resumable.SAME
    line, pieces = synthesis.said_again(clip, voice, engine)
    for values in speech_output.perform(line, engine, 1, pieces=pieces):
        yield *values, *resumable.SAME


@shows_errors
def on_engine(engine: str) -> Any:
    """Show the recording only where the engine can do something with it."""
    return gr.Accordion(visible=CONVERTS in engine_picker.spec_of(engine).capabilities)


def convert(clip: str, source: str, transcript: str = "", consent: bool = False, engine: str = "") -> tuple[str, str]:
    """Say what is said in one recording in the voice of another, at the same pace and with the same melody.

    Args:
        clip: Audio file with 3 to 30 seconds of the speaker to imitate.
        source: Audio file with what to say, up to 5 minutes.
        transcript: What is said in the clip; left empty, it is recognised.
        consent: True states that the voice of the clip is yours or that its owner agrees.
        engine: Model id, such as "cosyvoice3"; empty takes the one offered first.

    Returns:
        The WAV file, and the model that made it.
    """
    voice = reference_voice.voice_of(clip, transcript, consent)
    recorder = Recorder(0)
    for _ in recorder.keep(synthesis.convert(read_clip(source, A_RECORDING, TURN_SECONDS), voice, engine)):
        pass
    title = (pick(selection.converters(), engine) if engine else next(iter(selection.converters().values()))).title
    return wav_of(recorder.take().audio, "converted.wav"), title


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
        text: What to say, up to 5,000 characters.
        language: ISO 639 code of the text, one that the model speaks, such as "en" or "zh".
        transcript: What is said in the clip; left empty, it is recognised.
        speed: 0.5 to 2.0.
        seed: A number to repeat a take exactly; -1 draws one.
        consent: True states that the voice is yours or that its owner agrees.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.

    Returns:
        The WAV file, and the self-check: error rate, similarity, first-audio seconds, real-time factor, seed.
    """
    voice = reference_voice.voice_of(clip, transcript, consent)
    line = synthesis.line(text, language, voice, engine, speed=speed, seed=draw_seed(seed))
    take = synthesis.take(line, engine)
    report = synthesis.check(take, line)
    facts = {**synthesis.facts(report), "seed": take.seed, "engine": engine_picker.spec_of(engine).title}
    return wav_of(take.audio, "clone.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    spec = engine_picker.first()
    models, claim = heading(NAME, spec, *selection.checkers(), claim=engine_picker.claim_of(spec))
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine()
            ref = reference_voice.build_reference()
            text = gr.Textbox(label=word("zero_shot.text"), lines=3, value=languages.LANGUAGES["en"].sample)
            language = language_picker(spec.languages, value="en")
            order, going = speech_output.build_order(), resumable.build(NAME)
            gpu_note([text.change, engine.change], cost.gpu_to_speak, [text, language, engine])
            with gr.Accordion(
                word("zero_shot.yourself"), open=False, visible=CONVERTS in spec.capabilities
            ) as yourself:
                source = clip_input("zero_shot.source")
                again = gr.Button(word("zero_shot.convert"))
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
        **HEAVY,
        api_visibility="private",
    )
    engine.change(on_engine, engine, yourself, api_visibility="private")
    if any(CONVERTS in offered.capabilities for offered in selection.synthesizers().values()):
        expose(
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
    expose(
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
