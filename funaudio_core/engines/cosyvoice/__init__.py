"""CosyVoice 2 and Fun-CosyVoice 3: full-tier speech synthesis in the voice of a short reference clip."""

from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice

__all__ = ["SPEC_V2", "SPEC_V3", "CosyVoice"]
