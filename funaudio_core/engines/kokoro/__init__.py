"""Kokoro-82M, the voice of the lite tier: text to phonemes, predicted prosody edited in the graph, samples."""

from funaudio_core.engines.kokoro.engine import SPEC, Kokoro

__all__ = ["SPEC", "Kokoro"]
