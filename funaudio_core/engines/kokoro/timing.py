"""Bounds of rendered speech, and the times of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.phonemized import PhonemizedWord
from funaudio_core.types import Samples, Word

SILENCE_DB = -50.0  # relative to the loudest moment: silence at the ends
MARGIN_SAMPLES = 720  # 30 ms of silence kept around the speech
BLOCK_SAMPLES = 120  # 5 ms, in which the ends are found


def speech_start(sound: Samples, first_word: int) -> int:
    """Return the start of the speech in samples, margin included: `first_word` at the latest, to keep soft onsets."""
    loud = _loud_blocks(sound, float(np.abs(sound).max()))
    return max(0, min(int(loud[0]) * BLOCK_SAMPLES, first_word) - MARGIN_SAMPLES)


def speech_end(sound: Samples, peak: float) -> int:
    """Return the end of the speech in samples, margin included.

    It is where the sound falls silent: in the durations the last phoneme includes the silence behind it.
    """
    loud = _loud_blocks(sound, peak)
    last = int(loud[-1]) + 1 if loud.size else 0
    return min(len(sound), last * BLOCK_SAMPLES + MARGIN_SAMPLES)


def _loud_blocks(sound: Samples, peak: float) -> NDArray[np.intp]:
    """Return the indices of the blocks of 5 ms that are not silent beside a peak."""
    step = BLOCK_SAMPLES
    peaks = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1)
    return np.flatnonzero(peaks >= peak * 10 ** (SILENCE_DB / 20))


def time_words(
    words: Sequence[PhonemizedWord], starts: NDArray[np.float64], duration: float, lead_seconds: float
) -> tuple[Word, ...]:
    """Return words with times clamped to the sound; the pieces of a split word count as one.

    Args:
        words: The words.
        starts: Times of their tokens in seconds, of which the first is the silent edge.
        duration: Length of the sound in seconds.
        lead_seconds: A word sounds that long before its first token.
    """
    timed: list[Word] = []
    token = 1  # token 0 is the silent edge
    for word in words:
        start = float(np.clip(starts[token] - lead_seconds, 0.0, duration))
        end = float(np.clip(starts[token + len(word.phonemes)], start, duration))
        if word.text or not timed:
            if timed:
                timed[-1] = replace(timed[-1], end=min(timed[-1].end, start))
            timed.append(Word(word.text, start, end))
        else:
            timed[-1] = replace(timed[-1], end=end)
        token += word.token_count
    return tuple(word for word in timed if word.text)  # the rest of a word that began in another group has no text
