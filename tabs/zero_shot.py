"""The Clone page: a reference clip and a text to the text in that voice. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import casting, languages, tasks
from funaudio_core.engines.base import pick
from funaudio_core.phrases import Phrase
from funaudio_core.pipelines.speak import Recorder
from tabs import choosing, common, going_on, long_texts, reference, speaking
from tabs.words import say, word

NAME = "zero_shot"
CONVERTS = "convert"  # the capability of engines that change the voice of a recording
A_RECORDING = Phrase("a recording of what to say")


WORK = long_texts.work_of(__name__)
on_more, on_continue = going_on.handlers(WORK)


@common.computes(width=long_texts.WIDTH, status=0)
def on_speak(*order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in the voice of the clip; see reference.speak."""
    yield from reference.speak(*order, work=WORK)


@common.computes(width=long_texts.WIDTH, status=0)
def on_convert(
    path: str | None, transcript: str, source: str | None, consent: bool, engine: str
) -> Iterator[tuple[Any, ...]]:
    """What the visitor says themselves, in the voice of the clip."""
    choosing.spec_of(engine).require(CONVERTS)
    yield *speaking.says(say("Examining the reference…")), *going_on.SAME
    voice = reference.voice_of(path, transcript, consent)
    clip = common.read_clip(source, A_RECORDING, common.TURN_SECONDS)
    yield *speaking.says(say("Listening…")), *going_on.anew(WORK)
    for status in speaking.loading(engine):
        yield *speaking.says(status), *going_on.SAME
    line, pieces = tasks.said_again(clip, voice, engine)
    for values in speaking.perform(line, engine, 1, pieces=pieces):
        yield *values, *going_on.SAME


@common.shows_errors
def on_engine(engine: str) -> Any:
    """Show the recording only where the engine can do something with it."""
    return gr.Accordion(visible=CONVERTS in choosing.spec_of(engine).capabilities)


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
    voice = reference.voice_of(clip, transcript, consent)
    recorder = Recorder(0)
    for _ in recorder.keep(tasks.convert(common.read_clip(source, A_RECORDING, common.TURN_SECONDS), voice, engine)):
        pass
    title = (pick(casting.converters(), engine) if engine else next(iter(casting.converters().values()))).title
    return common.wav_of(recorder.take().audio, "converted.wav"), title


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
    voice = reference.voice_of(clip, transcript, consent)
    line = tasks.line(text, language, voice, engine, speed=speed, seed=common.draw_seed(seed))
    take = tasks.take(line, engine)
    report = tasks.check(take, line)
    facts = {**tasks.facts(report), "seed": take.seed, "engine": choosing.spec_of(engine).title}
    return common.wav_of(take.audio, "clone.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    spec = choosing.first()
    models, claim = common.heading(NAME, spec, *casting.checkers(), claim=choosing.claim_of(spec))
    with gr.Row():
        with gr.Column():
            engine = choosing.build_engine()
            ref = reference.build_reference()
            text = gr.Textbox(label=word("zero_shot.text"), lines=3, value=languages.LANGUAGES["en"].sample)
            language = common.language_picker(spec.languages, value="en")
            order, going = speaking.build_order(), going_on.build(NAME)
            common.gpu_note([text.change, engine.change], tasks.gpu_to_speak, [text, language, engine])
            with gr.Accordion(
                word("zero_shot.yourself"), open=False, visible=CONVERTS in spec.capabilities
            ) as yourself:
                source = common.clip_input("zero_shot.source")
                again = gr.Button(word("zero_shot.convert"))
        with gr.Column():
            stage = speaking.build_stage("fa-live-zero-shot")
    choosing.wire_engine(engine, language, text, models, claim)
    given = [ref.clip, ref.transcript, text, language]
    handlers = long_texts.Handlers(on_speak, on_more, on_continue)
    long_texts.wire(order, stage, going, WORK, handlers, given, ref.consent, engine, "on_clone")
    again.click(
        on_convert,
        [ref.clip, ref.transcript, source, ref.consent, engine],
        [*stage.all(), *going.all()],
        **common.HEAVY,
        api_visibility="private",
    )
    engine.change(on_engine, engine, yourself, api_visibility="private")
    if any(CONVERTS in offered.capabilities for offered in casting.synthesizers().values()):
        common.expose(
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
    common.expose(
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
