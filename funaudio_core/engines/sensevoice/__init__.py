"""SenseVoiceSmall, the ears of the full tier: text, language, emotion and events of an utterance in one pass."""

from funaudio_core.engines.sensevoice.engine import SPEC, SenseVoice

__all__ = ["SPEC", "SenseVoice"]
