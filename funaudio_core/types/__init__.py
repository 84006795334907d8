"""Data types shared by all layers, as frozen dataclasses."""

from __future__ import annotations

from funaudio_core.types.audio import MAX_RATE, MIN_RATE, Audio, Pcm16, Samples, check_rate
from funaudio_core.types.conversation import Conversation, ReplyStyle, Turn
from funaudio_core.types.recognition import Emotion, Prosody, Segment, Span, Transcript, Word
from funaudio_core.types.speech import NEUTRAL, SpeechChunk, SpeechRequest, Style, Voice

__all__ = [
    "MAX_RATE",
    "MIN_RATE",
    "NEUTRAL",
    "Audio",
    "Conversation",
    "Emotion",
    "Pcm16",
    "Prosody",
    "ReplyStyle",
    "Samples",
    "Segment",
    "Span",
    "SpeechChunk",
    "SpeechRequest",
    "Style",
    "Transcript",
    "Turn",
    "Voice",
    "Word",
    "check_rate",
]
