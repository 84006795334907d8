"""SenseVoiceSmall: full-tier recognition of text, language, emotion and events in one pass."""

from funaudio_core.engines.sensevoice.engine import SPEC, SenseVoice

__all__ = ["SPEC", "SenseVoice"]
