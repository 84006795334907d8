"""Fun-Audio-Chat-8B: spoken conversation, full tier."""

from funaudio_core.engines.fun_audio_chat.engine import SPEC, FunAudioChat

__all__ = ["SPEC", "FunAudioChat"]
