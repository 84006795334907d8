"""Fun-ASR-Nano, the listener of the full tier that can be told what to listen for: hotwords, language, written form."""

from funaudio_core.engines.fun_asr.engine import MLT, SPEC, FunAsr

__all__ = ["MLT", "SPEC", "FunAsr"]
