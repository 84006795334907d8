"""The Cross-lingual page: the voice of a clip in another language. Knows tasks, never engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import selection
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.tasks import cost, synthesis
from funaudio_core.text import language_id
from server.events import add_endpoint, handler, queued_handler
from server.params import resolve_seed
from server.request import localize
from tabs.components import chunked_speech, engine_picker, reference_voice, resumable, speech_output
from tabs.components.inputs import language_picker
from tabs.components.layout import gpu_note, heading
from tabs.components.outputs import write_wav
from tabs.components.strings import t

NAME = "cross_lingual"
FIRST = "es"  # the language offered at first


WORK = chunked_speech.work_of(__name__)
on_more, on_continue = resumable.handlers(WORK)


@queued_handler(width=chunked_speech.WIDTH, status=0)
def on_speak(path: str | None, transcript: str, text: str, language: str, *order: Any) -> Iterator[tuple[Any, ...]]:
    """The text in its language and the voice of the clip; see reference.speak."""
    if message := mismatch(text, language):
        gr.Warning(message, title=localize("Warning"))
    yield from reference_voice.speak(path, transcript, text, language, *order, work=WORK)


def mismatch(text: str, language: str) -> str:
    """A sentence where the text seems to be in another language than the chosen one, else nothing."""
    guess = language_id.detect_language(text)
    if guess is None or guess == language:
        return ""
    return localize(
        "The text looks like {guess}, but {chosen} is selected, so it would be mispronounced. "
        "Select {better} or change the text.",
        guess=languages.display_name(guess),
        chosen=languages.display_name(language),
        better=Message(LANGUAGES[guess].name),
    )


@handler
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
    """Speak a text in another language, in the voice of a reference clip.

    Args:
        clip: Audio file with 3 to 30 seconds of one speaker, in any language.
        text: Text to speak, in the target language, up to 5,000 characters.
        language: ISO 639 code of the text, one that the model supports, such as "es" or "ja".
        speed: 0.5 to 2.0.
        seed: Number that makes a result repeatable; -1 for a random one.
        consent: True confirms that the voice is yours or that you have the speaker's permission.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty for the default.

    Returns:
        The WAV file, and the self-check, with a warning if the text is in another language.
    """
    voice = reference_voice.voice_of(clip, "", consent)
    line = synthesis.speech_request(text, language, voice, engine, speed=speed, seed=resolve_seed(seed))
    take = synthesis.speak_take(line, engine)
    facts = {
        **synthesis.report_dict(synthesis.self_check(take, line)),
        "seed": take.seed,
        "engine": engine_picker.spec_of(engine).title,
    }
    facts["warning"] = mismatch(text, language)
    return write_wav(take.audio, "cross_lingual.wav"), facts


def build() -> None:
    """Lay the page out and wire it."""
    spec = engine_picker.default_synthesizer()
    models, claim = heading(NAME, spec, *selection.check_engines(), claim=engine_picker.disclaimer_key(spec))
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine()
            ref = reference_voice.build_reference()
            code = engine_picker.supported_language(FIRST, spec.name)
            language = language_picker(spec.languages, value=code, key="cross_lingual.target")
            text = gr.Textbox(label=t("zero_shot.text"), lines=3, value=LANGUAGES[code].sample)
            warning = gr.HTML()
            order, going = speech_output.build_order(), resumable.build(NAME)
            gpu_note([text.change, engine.change], cost.estimate_synthesis, [text, language, engine])
        with gr.Column():
            stage = speech_output.build_stage("fa-live-cross-lingual")
    gr.on([text.blur, language.change], on_text, [text, language], warning, api_visibility="private")
    engine_picker.wire_engine(engine, language, text, models, claim)
    given = [ref.clip, ref.transcript, text, language]
    handlers = chunked_speech.Handlers(on_speak, on_more, on_continue)
    chunked_speech.wire(order, stage, going, WORK, handlers, given, ref.consent, engine, "on_cross_lingual")
    add_endpoint(
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
