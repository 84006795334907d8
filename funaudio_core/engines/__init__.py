"""The tables of engines, in the order pages show them within a tier. Loads none."""

from __future__ import annotations

from funaudio_core.engines import (
    apertium,
    cosyvoice,
    emotion_words,
    firered,
    fun_asr,
    ge2e,
    kokoro,
    perth,
    qwen,
    remote,
    sensevoice,
    smollm,
    whisper,
)
from funaudio_core.engines.base import (
    Companion,
    Converter,
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
from funaudio_core.engines.loading import Loading, in_memory, load, loaded, loading, offered, release_idle, to_fetch

__all__ = ["Loading", "in_memory", "load", "loaded", "loading", "offered", "release_idle", "to_fetch"]

_hear: tuple[Spec[Recognizer], ...] = (whisper.SPEC, sensevoice.SPEC, fun_asr.SPEC, fun_asr.MLT)
_speak: tuple[Spec[Synthesizer], ...] = (kokoro.SPEC, cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)

RECOGNIZERS: dict[str, Spec[Recognizer]] = table(*_hear, *remote.recognizers(_hear))
DETECTORS: dict[str, Spec[Detector]] = table(firered.SPEC)
EMOTION_READERS: dict[str, Spec[EmotionReader]] = table(emotion_words.SPEC)
EMOTION_SCANNERS: dict[str, Spec[EmotionScanner]] = table(sensevoice.SPEC)
SYNTHESIZERS: dict[str, Spec[Synthesizer]] = table(*_speak, *remote.synthesizers(_speak))
CONVERTERS: dict[str, Spec[Converter]] = table(cosyvoice.SPEC_V3, cosyvoice.SPEC_V2)
COMPANIONS: dict[str, Spec[Companion]] = table(smollm.SPEC, qwen.COMPANION, *remote.companions())
TRANSLATORS: dict[str, Spec[Translator]] = table(apertium.SPEC, qwen.TRANSLATOR, *remote.translators())
SPEAKER_ENCODERS: dict[str, Spec[SpeakerEncoder]] = table(ge2e.SPEC)
WATERMARKERS: dict[str, Spec[Watermarker]] = table(perth.SPEC)
