"""The tables of engines, in the order pages show them within a tier. Loads none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from funaudio_core.engines import (
    apertium,
    cosyvoice,
    firered,
    fun_asr,
    ge2e,
    kokoro,
    perth,
    qwen,
    remote,
    sensevoice,
    whisper,
)
from funaudio_core.engines.emotion_words import engine as emotion_words
from funaudio_core.engines.loader import Loading, in_memory, load, loaded, loading, release_idle, size, to_fetch
from funaudio_core.engines.loader import offered as _offered
from funaudio_core.engines.protocols import (
    Companion,
    Converter,
    Detector,
    EmotionReader,
    EmotionScanner,
    Recognizer,
    SpeakerEncoder,
    Synthesizer,
    Translator,
    Watermarker,
)
from funaudio_core.engines.smollm import engine as smollm
from funaudio_core.engines.spec import Spec, table
from funaudio_core.errors import FunAudioError

__all__ = ["Loading", "in_memory", "load", "loaded", "loading", "offered", "release_idle", "size", "to_fetch"]

_Engine = TypeVar("_Engine")
_misread: list[FunAudioError] = []  # what is wrong with settings that name engines


def _named(make: Callable[[], tuple[Spec[_Engine], ...]]) -> tuple[Spec[_Engine], ...]:
    """The engines that settings name; none where these can't be understood, which offered() tells.

    An import that raised would end in a traceback wherever it stands.
    """
    try:
        return make()
    except FunAudioError as error:
        _misread.append(error)
        return ()


def offered(rows: dict[str, Spec[_Engine]]) -> dict[str, Spec[_Engine]]:
    """See loading.offered. Raises FunAudioError where a setting that names an engine can't be understood."""
    for error in _misread:
        raise type(error)(error.phrase)
    return _offered(rows)


_hear: tuple[Spec[Recognizer], ...] = (whisper.SPEC, sensevoice.SPEC, fun_asr.SPEC, fun_asr.MLT)
_speak: tuple[Spec[Synthesizer], ...] = (kokoro.SPEC, cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)

RECOGNIZERS: dict[str, Spec[Recognizer]] = table(*_hear, *_named(lambda: remote.recognizers(_hear)))
DETECTORS: dict[str, Spec[Detector]] = table(firered.SPEC)
EMOTION_READERS: dict[str, Spec[EmotionReader]] = table(emotion_words.SPEC)
EMOTION_SCANNERS: dict[str, Spec[EmotionScanner]] = table(sensevoice.SPEC)
SYNTHESIZERS: dict[str, Spec[Synthesizer]] = table(*_speak, *_named(lambda: remote.synthesizers(_speak)))
CONVERTERS: dict[str, Spec[Converter]] = table(cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)
COMPANIONS: dict[str, Spec[Companion]] = table(smollm.SPEC, *_named(qwen.companions), *_named(remote.companions))
TRANSLATORS: dict[str, Spec[Translator]] = table(apertium.SPEC, *_named(qwen.translators), *_named(remote.translators))
SPEAKER_ENCODERS: dict[str, Spec[SpeakerEncoder]] = table(ge2e.SPEC)
WATERMARKERS: dict[str, Spec[Watermarker]] = table(perth.SPEC)
