"""The tables of engines, in the order pages show them within a tier. Loads none."""

from __future__ import annotations

from funaudio_core.engines import (
    apertium,
    emotion_words,
    firered,
    fun_asr,
    ge2e,
    kokoro,
    perth,
    sensevoice,
    smollm,
    whisper,
)
from funaudio_core.engines.base import (
    Companion,
    Detector,
    EmotionReader,
    EmotionScanner,
    Recognizer,
    SpeakerEncoder,
    Spec,
    Synthesizer,
    Translator,
    Watermarker,
    table,
)
from funaudio_core.engines.loading import Loading, load, loading, offered, to_fetch

__all__ = ["Loading", "load", "loading", "offered", "to_fetch"]

RECOGNIZERS: dict[str, Spec[Recognizer]] = table(whisper.SPEC, sensevoice.SPEC, fun_asr.SPEC)
DETECTORS: dict[str, Spec[Detector]] = table(firered.SPEC)
EMOTION_READERS: dict[str, Spec[EmotionReader]] = table(emotion_words.SPEC)
EMOTION_SCANNERS: dict[str, Spec[EmotionScanner]] = table(sensevoice.SPEC)
SYNTHESIZERS: dict[str, Spec[Synthesizer]] = table(kokoro.SPEC)
COMPANIONS: dict[str, Spec[Companion]] = table(smollm.SPEC)
TRANSLATORS: dict[str, Spec[Translator]] = table(apertium.SPEC)
SPEAKER_ENCODERS: dict[str, Spec[SpeakerEncoder]] = table(ge2e.SPEC)
WATERMARKERS: dict[str, Spec[Watermarker]] = table(perth.SPEC)
