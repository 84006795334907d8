"""The Cross-lingual page: the voice of a clip in another language. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import casting, language_id, languages, tasks
from funaudio_core.languages import LANGUAGES
from funaudio_core.phrases import Phrase
from tabs import choosing, common, going_on, long_texts, reference, speaking
from tabs.words import say, word

NAME = "cross_lingual"
FIRST = "es"  # the language offered at first


WORK = long_texts.work_of(__name__)
on_more, on_continue = going_on.handlers(WORK)


@common.computes(width=long_texts.WIDTH, status=0)
def on_speak(path: str | None, transcript: str, text: str, language: str, *order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in its language and the voice of the clip; see reference.speak."""
    if message := mismatch(text, language):
        gr.Warning(message, title=say("Warning"))
    yield from reference.speak(path, transcript, text, language, *order, work=WORK)


def mismatch(text: str, language: str) -> str:
    """A sentence where the text seems to be in another language than the chosen one, else nothing."""
    guess = language_id.of_text(text)
    if guess is None or guess == language:
        return ""
    return say(
        "The text looks like {guess}, but {chosen} is chosen; it would be read with the wrong sounds. "
        "Choose {better} or change the text.",
        guess=languages.name(guess),
        chosen=languages.name(language),
        better=Phrase(LANGUAGES[guess].name),
    )


@common.shows_errors
def on_text(text: str, language: str) -> str:
    """The warning below the text."""
    message = mismatch(text, language)
    return f'<span class="fa-warn">⚠ {message}</span>' if message else ""


def cross_lingual(
    clip: str,
    text: str,
    language: str,
    speed: float = 1.0,
    seed: int = -1,
    consent: bool = False,
    engine: str = "",
) -> tuple[str, dict[str, Any]]:
    """Speak a text in another language with the voice of a reference clip.

    Args:
        clip: Audio file with 3 to 30 seconds of one speaker, in any language.
        text: What to say, in the language to speak, up to 5,000 characters.
        language: ISO 639 code of the text, one that the model speaks, such as "es" or "ja".
        speed: 0.5 to 2.0.
        seed: A number to repeat a take exactly; -1 draws one.
        consent: True states that the voice is yours or that its owner agrees.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty takes the one offered first.

    Returns:
        The WAV file, and the self-check with a warning where text and language don't match.
    """
    voice = reference.voice_of(clip, "", consent)
    line = tasks.line(text, language, voice, engine, speed=speed, seed=common.draw_seed(seed))
    take = tasks.take(line, engine)
    facts = {**tasks.facts(tasks.check(take, line)), "seed": take.seed, "engine": choosing.spec_of(engine).title}
    facts["warning"] = mismatch(text, language)
    return common.wav_of(take.audio, "cross_lingual.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    spec = choosing.first()
    models, claim = common.heading(NAME, spec, *casting.checkers(), claim=choosing.claim_of(spec))
    with gr.Row():
        with gr.Column():
            engine = choosing.build_engine()
            ref = reference.build_reference()
            code = choosing.kept(FIRST, spec.name)
            language = common.language_picker(spec.languages, value=code, key="cross_lingual.target")
            text = gr.Textbox(label=word("zero_shot.text"), lines=3, value=LANGUAGES[code].sample)
            warning = gr.HTML()
            order, going = speaking.build_order(), going_on.build(NAME)
            common.gpu_note([text.change, engine.change], tasks.gpu_to_speak, [text, language, engine])
        with gr.Column():
            stage = speaking.build_stage("fa-live-cross-lingual")
    gr.on([text.blur, language.change], on_text, [text, language], warning, api_visibility="private")
    choosing.wire_engine(engine, language, text, models, claim)
    given = [ref.clip, ref.transcript, text, language]
    handlers = long_texts.Handlers(on_speak, on_more, on_continue)
    long_texts.wire(order, stage, going, WORK, handlers, given, ref.consent, engine, "on_cross_lingual")
    common.expose(
        cross_lingual,
        [
            gr.Audio(type="filepath", visible=False),
            gr.Textbox(visible=False),
            gr.Textbox(FIRST, visible=False),
            gr.Number(1.0, visible=False),
            gr.Number(-1, precision=0, visible=False),
            gr.Checkbox(False, visible=False),
            gr.Textbox("", visible=False),
        ],
        [gr.Audio(type="filepath", visible=False), gr.JSON(visible=False)],
        NAME,
    )
