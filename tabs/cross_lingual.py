"""The Cross-lingual page: the voice of a clip speaks another language."""

from __future__ import annotations

from typing import Any

import gradio as gr

from funaudio_core import languages
from funaudio_core.engines import selection
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.text import language_id
from server.events import add_endpoint, handler
from server.params import AudioPath
from server.request import localize
from tabs.components import chunked_speech, demonstrations, engine_picker, reference_voice, speech_output, voice_cloning
from tabs.components.inputs import language_picker
from tabs.components.layout import heading
from tabs.components.page.browser_script import keep
from tabs.components.reference_voice import ReferenceInput
from tabs.components.strings import t
from tabs.components.voice_cloning import CloneRequest

NAME = "cross_lingual"
DEFAULT_TARGET = "es"
TASK = chunked_speech.make_task(__name__)


def mismatch(text: str, language: str) -> str:
    """Return a warning if the text seems to be in another language than the selected one, else an empty string."""
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


def warn_of_mismatch(request: CloneRequest) -> None:
    """Show a warning if the text of a request is in another language than the selected one."""
    if message := mismatch(request.text, request.language):
        gr.Warning(message, title=localize("Warning"))


on_speak = voice_cloning.make_speak_handler(TASK, warn_of_mismatch)


@handler
def on_text(text: str, language: str) -> str:
    """Show the warning below the text."""
    message = mismatch(text, language)
    return f'<span class="fa-warn">⚠ {message}</span>' if message else ""


def cross_lingual(
    clip: AudioPath,
    text: str,
    language: str = DEFAULT_TARGET,
    speed: float = 1.0,
    seed: int = -1,
    consent: bool = False,
    engine: str = "",
    pronunciations: str = "",
) -> tuple[AudioPath, dict[str, Any]]:
    """Speak a text in another language, in the voice of a reference clip.

    Args:
        clip: Audio file with 3 to 30 seconds of one speaker, in any language.
        text: Text to speak, in the target language, up to 5,000 characters.
        language: ISO 639 code of the text, one that the model supports, such as "es" or "ja".
        speed: 0.5 to 2.0.
        seed: Number that makes a result repeatable; -1 for a random one.
        consent: True confirms that the voice is yours or that you have the speaker's permission.
        engine: Model id, such as "cosyvoice3" or "kokoro"; empty for the default.
        pronunciations: How words are said, one "word = respelling" or "word = /IPA/" a line.

    Returns:
        The WAV file, and the self-check, with the words and their times, and a warning if the text is in another
        language.
    """
    reference = ReferenceInput(clip, "", consent)
    request = CloneRequest(reference, text, language, speed, seed, 1, engine, pronunciations)
    path, facts = voice_cloning.speak_to_file(request, "cross_lingual.wav")
    return path, {**facts, "warning": mismatch(text, language)}


def build() -> None:
    """Add the page and connect it."""
    spec = engine_picker.default_synthesizer()
    badge_line, note = heading(NAME, spec, *selection.check_engines(), note=engine_picker.note_key(spec))
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column():
            engine = engine_picker.build_engine(needed=engine_picker.IMITATES)
            reference = reference_voice.build_reference()
            code = engine_picker.supported_language(DEFAULT_TARGET, spec.name)
            language = language_picker(NAME, spec.languages, value=code, key="cross_lingual.target")
            text = gr.Textbox(label=t("zero_shot.text"), lines=3, value=LANGUAGES[code].sample, **keep(NAME, "text"))
            warning = gr.HTML()
            controls = voice_cloning.build_controls(NAME, engine, reference, text, language)
        with gr.Column(elem_classes="fa-results"):
            output = speech_output.build_output("fa-live-cross-lingual")
    gr.on([text.blur, language.change], on_text, [text, language], warning, api_visibility="private")
    engine_picker.wire_engine(engine, language, text, badge_line, note)
    voice_cloning.wire(controls, output, TASK, on_speak, "on_cross_lingual")
    filled = {"clip": reference.clip, "text": text, "language": language}
    demonstrations.wire(NAME, buttons, demonstrations.voice_update, output, filled)
    add_endpoint(cross_lingual)
