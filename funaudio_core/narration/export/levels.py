"""Levels of chapters: one gain for each chapter, so that whispers and shouts stay what they are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.limiter import block_samples, expected_gains
from funaudio_core.audio.loudness import STEP_SECONDS, LoudnessMeter, PeakMeter, gated_loudness
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter
from funaudio_core.narration.export.samples import chapter_blocks
from funaudio_core.types import Samples

MAX_GAIN_DB = 30.0  # for a chapter that is hardly audible; more would only raise noise
# AAC and MP3 at 64 kb/s raise true peaks, by up to 1.2 dB in half an hour of speech.
CODEC_OVERSHOOT_DB = 1.2
_GAIN_STEPS = 6  # of the search for the gain

Progress = Callable[[float], None]  # takes the share that is done, 0 to 1


@dataclass(frozen=True, slots=True)
class LevelTarget:
    """Loudness in LUFS and highest true peak of a file in dB relative to full scale."""

    loudness: float
    true_peak: float

    @property
    def ceiling_db(self) -> float:
        """Return the highest true peak before encoding."""
        return self.true_peak - CODEC_OVERSHOOT_DB


AUDIOBOOK = LevelTarget(-18.0, -3.0)
PODCAST = LevelTarget(-16.0, -1.0)


@dataclass(frozen=True, slots=True)
class ChapterLevel:
    """Level of a chapter.

    Attributes:
        loudness: LUFS before the gain; -inf for silence.
        true_peak: dB before the gain.
        gain_db: Gain that brings it to the target.
    """

    loudness: float
    true_peak: float
    gain_db: float

    def reduction_db(self, target: LevelTarget) -> float:
        """Return by how much the limiter turns down the highest peak."""
        return max(0.0, self.true_peak + self.gain_db - target.ceiling_db)


def measure_chapter(chapter: RecordedChapter, rate: int, target: LevelTarget) -> ChapterLevel:
    """Return the level of a chapter and the gain that it needs, reading it once, in blocks."""
    loudness, true_peak, block_peaks = LoudnessMeter(rate), PeakMeter(), _BlockPeaks(rate)
    for block in chapter_blocks(chapter, rate):
        for meter in (loudness, true_peak, block_peaks):
            meter.feed(block)
    level = ChapterLevel(loudness.loudness, true_peak.decibels, 0.0)
    if math.isinf(level.loudness):
        return level
    level = replace(level, gain_db=min(MAX_GAIN_DB, target.loudness - level.loudness))
    if level.reduction_db(target) == 0:
        return level
    peaks, energies = block_peaks.peaks, loudness.energies
    for _ in range(_GAIN_STEPS):  # each adds what the limiter would take away
        limited = _limited_loudness(energies, peaks, rate, level.gain_db, target.ceiling_db)
        level = replace(level, gain_db=min(MAX_GAIN_DB, level.gain_db + target.loudness - limited))
    return level


def set_levels(book: RecordedBook, target: LevelTarget, progress: Progress = lambda _: None) -> RecordedBook:
    """Return the recording with a gain for each chapter; those that have one keep it.

    Raises:
        FunAudioError: A part of the recording is missing or damaged.
        Cancelled: The work was cancelled.
    """
    chapters: list[RecordedChapter] = []
    for number, chapter in enumerate(book.chapters, 1):
        if chapter.gain_db is None:
            chapters.append(replace(chapter, gain_db=measure_chapter(chapter, book.rate, target).gain_db))
        else:
            chapters.append(chapter)
        progress(number / len(book.chapters))
    return replace(book, chapters=tuple(chapters))


def _limited_loudness(
    energies: NDArray[np.float64], peaks: Samples, rate: int, gain_db: float, ceiling_db: float
) -> float:
    """Return the loudness that a chapter will have in LUFS, after a gain and the limiter.

    Args:
        energies: Weighted energies of steps, see LoudnessMeter.
        peaks: Highest magnitudes in blocks of the limiter.
        rate: Sample rate in Hz.
        gain_db: The gain.
        ceiling_db: Ceiling of the limiter.
    """
    factor = 10 ** (gain_db / 20)
    gains = expected_gains(peaks * np.float32(factor), ceiling_db)
    step_samples = STEP_SECONDS * rate
    steps = (np.arange(len(gains)) * block_samples(rate) / step_samples).astype(int)
    weights = np.maximum(peaks.astype(np.float64) ** 2, 1e-12)  # the energy of a step lies where its peaks are
    totals = np.bincount(steps, weights, minlength=len(energies))
    powers = np.bincount(steps, weights * gains**2, minlength=len(energies)) / np.maximum(totals, 1e-12)
    return gated_loudness(energies * factor**2 * powers[: len(energies)], rate)


class _BlockPeaks:
    """Highest magnitude in each block of the limiter; the memory is 400 bytes a second."""

    def __init__(self, rate: int) -> None:
        self._size = block_samples(rate)
        self._rest = np.zeros(0, np.float32)
        self._peaks: list[NDArray[np.float16]] = []

    def feed(self, samples: Samples) -> None:
        """Add float32 samples (n,)."""
        samples = np.concatenate([self._rest, samples])
        count = len(samples) // self._size
        self._rest = samples[count * self._size :]
        blocks = np.abs(samples[: count * self._size]).reshape(count, self._size)
        self._peaks.append(blocks.max(axis=1, initial=0.0).astype(np.float16))

    @property
    def peaks(self) -> Samples:
        """Return the peaks, (n,), the last of a block that may be shorter."""
        last = np.abs(self._rest).max(initial=0.0)
        return np.concatenate([*self._peaks, [last]]).astype(np.float32)
