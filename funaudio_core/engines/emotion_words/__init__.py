"""Emotion from the words of an utterance, lite tier."""

from funaudio_core.engines.emotion_words.engine import SPEC

__all__ = ["SPEC"]
