"""Levels of chapters: one gain for each chapter, so that whispers and shouts stay what they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter
from funaudio_core.narration.export.samples import chapter_blocks, limited_blocks
from funaudio_core.types import Samples

MAX_GAIN_DB = 30.0  # for a chapter that is hardly audible; more would only raise noise
# Limiting by less hardly changes the loudness of a chapter; by more, the gain is corrected by what it took away.
MAX_PLAIN_REDUCTION_DB = 2.0
MAX_CORRECTIONS = 2
TOLERANCE_LU = 0.2

Progress = Callable[[float], None]  # takes the share that is done, 0 to 1


@dataclass(frozen=True, slots=True)
class LevelTarget:
    """Loudness in LUFS and highest true peak in dB relative to full scale."""

    loudness: float
    true_peak: float


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
        return max(0.0, self.true_peak + self.gain_db - target.true_peak)


def measure_chapter(chapter: RecordedChapter, rate: int, target: LevelTarget) -> ChapterLevel:
    """Return the level of a chapter and the gain that it needs, reading it in blocks."""
    peaks = PeakMeter()
    loudness = _loudness(chapter_blocks(chapter, rate), rate, peaks)
    if math.isinf(loudness):
        return ChapterLevel(loudness, peaks.decibels, 0.0)
    level = ChapterLevel(loudness, peaks.decibels, min(MAX_GAIN_DB, target.loudness - loudness))
    if level.reduction_db(target) <= MAX_PLAIN_REDUCTION_DB:
        return level
    for _ in range(MAX_CORRECTIONS):
        limited = _loudness(limited_blocks(chapter, rate, level.gain_db, target.true_peak), rate)
        missing = target.loudness - limited
        if abs(missing) <= TOLERANCE_LU:
            break
        level = replace(level, gain_db=min(MAX_GAIN_DB, level.gain_db + missing))
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


def _loudness(blocks: Iterable[Samples], rate: int, peaks: PeakMeter | None = None) -> float:
    """Return the integrated loudness of blocks in LUFS, and feed them to the meter of peaks."""
    meter = LoudnessMeter(rate)
    for block in blocks:
        meter.feed(block)
        if peaks:
            peaks.feed(block)
    return meter.loudness
