"""CosyVoice 2 and Fun-CosyVoice 3, the voice of the full tier: speech in the voice of a short clip."""

from funaudio_core.engines.cosyvoice.engine import SPEC_V2, SPEC_V3, CosyVoice

__all__ = ["SPEC_V2", "SPEC_V3", "CosyVoice"]
