"""Who takes part: which engines are offered for what, and with which voices. Knows no pipeline and no page."""

from __future__ import annotations

from typing import TypeVar

from funaudio_core import languages
from funaudio_core.engines import loader, registry
from funaudio_core.engines.protocols import (
    HasPresetVoices,
)
from funaudio_core.engines.selection import DEFAULT_CHOICE, EngineChoice, resolve
from funaudio_core.errors import BadInput
from funaudio_core.types import Voice
from funaudio_core.voices.examples import example_voices

T = TypeVar("T")


def voices_for_language(language: str, engine: str = "") -> dict[str, Voice]:
    """Voices that speak `language`, by id, the engine's best first.

    To an engine that clones any clip is a voice: it also has those that came with its weights, once it is loaded, and
    the example clips, all of which speak any of its languages; those in `language` come first.
    """
    spec = resolve(registry.SYNTHESIZERS, engine)
    presets = {voice.preset or "": voice for voice in spec.voices if voice.language == language}
    if "voice-clone" not in spec.capabilities:
        return presets
    loaded = loader.get_loaded(spec)
    own: tuple[str, ...] = loaded.presets if isinstance(loaded, HasPresetVoices) else ()
    examples = sorted(example_voices().items(), key=lambda row: row[1].language != language)
    return {**presets, **{name: Voice(name, language, preset=name) for name in own}, **dict(examples)}


def get_voice(name: str, engine: str = "", language: str = "en") -> Voice:
    """The voice with the id `name`; "" takes the first for the language. Raises BadInput where there is none."""
    spec = resolve(registry.SYNTHESIZERS, engine)
    choices = voices_for_language(language, engine)
    if not name:
        languages.require_language(language, spec.languages, spec.title)
        if choices:
            return next(iter(choices.values()))
    if name not in choices and "voice-clone" in spec.capabilities:
        loader.load(spec)  # it may turn out to have a voice of that name
        choices = voices_for_language(language, engine)
    found = choices.get(name) or next((voice for voice in spec.voices if voice.preset == name), None)
    if found is None:
        raise BadInput(
            "{engine} has no voice called {name!r}. Choose one of: {choices}.",
            engine=spec.title,
            name=name,
            choices=tuple(choices),
        )
    return found


def voice_for_language(language: str, voice: Voice, engines: EngineChoice) -> Voice:
    """`voice` where it speaks the language, else the first one that does. A clip is spoken after in any language."""
    spec = resolve(registry.SYNTHESIZERS, engines.synthesizer)
    if voice.clip is not None or voice.language == language or "voice-clone" in spec.capabilities:
        return voice
    return next(iter(voices_for_language(language, engines.synthesizer).values()), voice)


def reply_languages(engines: EngineChoice = DEFAULT_CHOICE) -> frozenset[str]:
    """Codes of the languages in which there can be a reply: the companion writes and the synthesizer speaks them."""
    spoken = resolve(registry.SYNTHESIZERS, engines.synthesizer).languages
    return frozenset(
        code
        for code in resolve(registry.CHATBOTS, engines.chatbot).languages & spoken
        if voices_for_language(code, engines.synthesizer)
    )
