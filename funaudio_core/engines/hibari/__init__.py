"""Hibari, an English voice distilled from Kokoro's af_heart, at a fortieth of its cost."""

from funaudio_core.engines.hibari.engine import SPEC, Hibari

__all__ = ["SPEC", "Hibari"]
