"""Kokoro-82M, the text-to-speech engine of the lite tier."""

from funaudio_core.engines.kokoro.engine import SPEC, Kokoro

__all__ = ["SPEC", "Kokoro"]
