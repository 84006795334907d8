"""Voices of the synthesizers, and the languages of a conversation."""

from __future__ import annotations

from typing import TypeVar

from funaudio_core import languages
from funaudio_core.engines import loader, registry
from funaudio_core.engines.protocols import HasPresetVoices
from funaudio_core.engines.selection import DEFAULT_CHOICE, EngineChoice, resolve
from funaudio_core.errors import BadInput
from funaudio_core.types import Voice
from funaudio_core.voices.examples import example_voices

T = TypeVar("T")


def voices_for_language(language: str, engine: str = "") -> dict[str, Voice]:
    """Return the voices that speak `language`, by id, the engine's best first.

    An engine that clones clips also offers the voices in its weights, once it is loaded, and the example clips, which
    speak any of its languages; those recorded in `language` come first.
    """
    spec = resolve(registry.SYNTHESIZERS, engine)
    presets = {voice.preset or "": voice for voice in spec.voices if voice.language == language}
    if "voice-clone" not in spec.capabilities:
        return presets
    loaded = loader.get_loaded(spec)
    loaded_presets: tuple[str, ...] = loaded.presets if isinstance(loaded, HasPresetVoices) else ()
    examples = sorted(example_voices().items(), key=lambda item: item[1].language != language)
    return {**presets, **{name: Voice(name, language, preset=name) for name in loaded_presets}, **dict(examples)}


def get_voice(name: str, engine: str = "", language: str = "en") -> Voice:
    """Return the voice with the id `name`, or the first for the language if it is "".

    Raises:
        BadInput: There is no such voice, or the engine lacks the language.
    """
    spec = resolve(registry.SYNTHESIZERS, engine)
    choices = voices_for_language(language, engine)
    if not name:
        languages.require_language(language, spec.languages, spec.title)
        if choices:
            return next(iter(choices.values()))
    if name not in choices and "voice-clone" in spec.capabilities:
        loader.load(spec)  # its weights may contain the voice
        choices = voices_for_language(language, engine)
    voice = choices.get(name) or next((voice for voice in spec.voices if voice.preset == name), None)
    if voice is None:
        raise BadInput(
            "{engine} has no voice called {name!r}. Choose one of: {choices}.",
            engine=spec.title,
            name=name,
            choices=tuple(choices),
        )
    return voice


def voice_for_language(language: str, voice: Voice, engines: EngineChoice) -> Voice:
    """Return `voice` if it speaks the language, else the first voice that does; clips speak any language."""
    spec = resolve(registry.SYNTHESIZERS, engines.synthesizer)
    if voice.clip is not None or voice.language == language or "voice-clone" in spec.capabilities:
        return voice
    return next(iter(voices_for_language(language, engines.synthesizer).values()), voice)


def reply_languages(engines: EngineChoice = DEFAULT_CHOICE) -> frozenset[str]:
    """Return codes of the languages that the chatbot writes and the synthesizer speaks."""
    spoken = resolve(registry.SYNTHESIZERS, engines.synthesizer).languages
    return frozenset(
        code
        for code in resolve(registry.CHATBOTS, engines.chatbot).languages & spoken
        if voices_for_language(code, engines.synthesizer)
    )
