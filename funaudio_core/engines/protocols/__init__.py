"""Protocols of the engines, and types that they share."""

from __future__ import annotations

from funaudio_core.engines.protocols.recognition import (
    RECOGNITION_RATE,
    AudioEventDetector,
    EmotionClassifier,
    Endpointer,
    RecognitionOptions,
    Recognizer,
    SpeechEmotionRecognizer,
)
from funaudio_core.engines.protocols.speakers import SpeakerEncoder, SpeakerSegmenter
from funaudio_core.engines.protocols.synthesis import (
    HasPresetVoices,
    InstructionPrompt,
    StreamingSynthesizer,
    Synthesizer,
    VoiceConverter,
    Watermarker,
)
from funaudio_core.engines.protocols.text import (
    ALL_PAIRS,
    NO_CONTEXT,
    Chatbot,
    TranslationContext,
    Translator,
    UnloadedTranslator,
)

__all__ = [
    "ALL_PAIRS",
    "NO_CONTEXT",
    "RECOGNITION_RATE",
    "AudioEventDetector",
    "Chatbot",
    "EmotionClassifier",
    "Endpointer",
    "HasPresetVoices",
    "InstructionPrompt",
    "RecognitionOptions",
    "Recognizer",
    "SpeakerEncoder",
    "SpeakerSegmenter",
    "SpeechEmotionRecognizer",
    "StreamingSynthesizer",
    "Synthesizer",
    "TranslationContext",
    "Translator",
    "UnloadedTranslator",
    "VoiceConverter",
    "Watermarker",
]
