"""Sound of chapters as it is written: block by block, with gains and limiter."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from funaudio_core.audio.limiter import Limiter
from funaudio_core.errors import FunAudioError
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter, RecordedSegment
from funaudio_core.runtime.cancellation import raise_if_cancelled
from funaudio_core.types import Pcm16, Samples

BLOCK_SECONDS = 5.0
_SCALE = 32_768.0  # of int16, so that sound without a gain is written bit for bit
_MISSING_ERRNOS = (errno.ENOENT, errno.ENOTDIR, errno.EACCES)


@dataclass(frozen=True, slots=True)
class ChapterSpan:
    """Place of a chapter in the whole recording, `start` to `end` in samples."""

    chapter: RecordedChapter
    start: int
    end: int


def chapter_spans(book: RecordedBook) -> tuple[ChapterSpan, ...]:
    """Return the places of all chapters that have sound. Raise FunAudioError if none has."""
    spans: list[ChapterSpan] = []
    position = 0
    for chapter in book.chapters:
        length = chapter.total_samples
        if length:
            spans.append(ChapterSpan(chapter, position, position + length))
            position += length
    if not spans:
        raise FunAudioError("There is no sound to export yet. Narrate a chapter first.")
    return tuple(spans)


def chapter_blocks(chapter: RecordedChapter, rate: int, gain_db: float = 0.0) -> Iterator[Samples]:
    """Yield the sound of a chapter in blocks of at most BLOCK_SECONDS.

    Args:
        chapter: The chapter.
        rate: Sample rate in Hz.
        gain_db: Added to the gains of the segments.

    Yields:
        float32 (n,), which may exceed full scale; all together `chapter.total_samples`.

    Raises:
        FunAudioError: A part of the recording is missing or damaged.
        Cancelled: The work was cancelled.
    """
    size = round(BLOCK_SECONDS * rate)
    for segment in chapter.segments:
        factor = np.float32(10 ** ((segment.gain_db + gain_db) / 20) / _SCALE)
        for start in range(0, segment.num_samples, size):
            raise_if_cancelled()
            yield _read(chapter, segment, start, min(start + size, segment.num_samples)) * factor
        for start in range(0, segment.pause_samples, size):
            raise_if_cancelled()
            yield np.zeros(min(size, segment.pause_samples - start), np.float32)


def limited_blocks(chapter: RecordedChapter, rate: int, gain_db: float, ceiling_db: float) -> Iterator[Samples]:
    """Yield the sound of a chapter as `chapter_blocks` does, its true peaks limited to `ceiling_db`."""
    limiter = Limiter(rate, ceiling_db)
    for block in chapter_blocks(chapter, rate, gain_db):
        ready = limiter.feed(block)
        if len(ready):
            yield ready
    yield limiter.close()


def to_pcm16(samples: Samples) -> Pcm16:
    """Return samples as int16, clipped; sound that came from int16 without a gain is the same again."""
    pcm: Pcm16 = np.clip(np.rint(samples * np.float32(_SCALE)), -32_768, 32_767).astype(np.int16)
    return pcm


def _read(chapter: RecordedChapter, segment: RecordedSegment, start: int, end: int) -> Pcm16:
    """Return samples of a segment. Raise FunAudioError if they are missing or damaged."""
    try:
        return segment.read(start, end)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno not in _MISSING_ERRNOS:
            raise
        raise FunAudioError(
            "A part of the chapter {title!r} is missing or damaged. Narrate this chapter again; only the missing part "
            "is made, all others are kept.",
            title=chapter.title,
        ) from error
