"""The tables of engines, in the order pages show them, and the one place that loads and keeps them."""

from __future__ import annotations

import threading
from typing import TypeVar, cast

from funaudio_core.engines import apertium, emotion_words, firered, ge2e, kokoro, perth, smollm, whisper
from funaudio_core.engines.base import (
    Companion,
    Detector,
    EmotionReader,
    Recognizer,
    SpeakerEncoder,
    Spec,
    Synthesizer,
    Translator,
    Watermarker,
    table,
)

T = TypeVar("T")

RECOGNIZERS: dict[str, Spec[Recognizer]] = table(whisper.SPEC)
DETECTORS: dict[str, Spec[Detector]] = table(firered.SPEC)
EMOTION_READERS: dict[str, Spec[EmotionReader]] = table(emotion_words.SPEC)
SYNTHESIZERS: dict[str, Spec[Synthesizer]] = table(kokoro.SPEC)
COMPANIONS: dict[str, Spec[Companion]] = table(smollm.SPEC)
TRANSLATORS: dict[str, Spec[Translator]] = table(apertium.SPEC)
SPEAKER_ENCODERS: dict[str, Spec[SpeakerEncoder]] = table(ge2e.SPEC)
WATERMARKERS: dict[str, Spec[Watermarker]] = table(perth.SPEC)

_loaded: dict[int, object] = {}
_locks: dict[int, threading.Lock] = {}
_guard = threading.Lock()


def load(spec: Spec[T]) -> T:
    """The engine of `spec`, built on the first call and kept; simultaneous first calls build it once."""
    key = id(spec)  # Specs are module constants: they live as long as the process
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _loaded:
            _loaded[key] = spec.load()
        return cast("T", _loaded[key])
