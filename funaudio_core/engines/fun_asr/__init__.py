"""Fun-ASR-Nano: full-tier recognition whose prompt names the language, hotwords and the form of the text."""

from funaudio_core.engines.fun_asr.engine import MLT, SPEC, FunAsr

__all__ = ["MLT", "SPEC", "FunAsr"]
