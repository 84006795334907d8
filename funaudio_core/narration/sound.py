"""Finished sound of a narration: lines with their place in part files, pauses and levels, as the exports read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np

from funaudio_core.audio.limiter import Limiter
from funaudio_core.narration.delivery import pause_after
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.recording import ArraySlice, RecordedSegment, SentenceMark
from funaudio_core.narration.making import voice_id
from funaudio_core.narration.model import ChapterSound, Line, Options, PlannedChapter, Role, SpokenLine
from funaudio_core.narration.parts import Part
from funaudio_core.runtime.jobs import Job, Json
from funaudio_core.types import Pcm16, Word

SOUND = "sound"  # array of a part: int16, all lines without pauses
MAX_GAIN_DB = 12.0  # of a voice
FULL_SCALE = 32767.0


def measure_gains(summaries: Mapping[str, Json]) -> dict[str, float]:
    """Return the gain in dB of each voice, by voice_id(), that brings its neutral lines to the loudness of a chapter.

    Args:
        summaries: Summaries of finished parts.
    """
    totals: dict[str, list[float]] = {}
    for summary in summaries.values():
        for key, (seconds, power) in summary.get("loudness", {}).items():
            total = totals.setdefault(key, [0.0, 0.0])
            total[0] += seconds
            total[1] += power
    gains = {}
    for key, (seconds, power) in totals.items():
        gain = AUDIOBOOK.loudness - 10 * float(np.log10(power / seconds))
        gains[key] = float(np.clip(gain, -MAX_GAIN_DB, MAX_GAIN_DB))
    return gains


def read_segments(
    job: Job,
    chapter: PlannedChapter,
    parts: Sequence[Part],
    role_of: Callable[[str], Role],
    options: Options,
    gains: Mapping[str, float],
) -> Iterator[RecordedSegment]:
    """Yield the lines of finished parts with their sound; each record is loaded when it is needed.

    Raises:
        BadInput: A part is gone.
    """
    usual = float(np.median(list(gains.values()))) if gains else 0.0
    for part in parts:
        record = job.load_part_result(part.digest)
        path, offset = job.array_path(part.digest, SOUND), 0
        for number, row in zip(range(part.first, part.end), record["lines"], strict=True):
            line = chapter.lines[number]
            after = chapter.lines[number + 1] if number + 1 < len(chapter.lines) else None
            role = role_of(line.speaker)
            yield RecordedSegment(
                line.text,
                ArraySlice(path, offset),
                row["samples"],
                line.speaker,
                line.kind,
                line.passage,
                tuple(Word(*word) for word in row["words"]),
                tuple(SentenceMark(int(mark[0]), int(mark[1]), *mark[2:]) for mark in row["sentences"]),
                round(pause_after(line, after, options) * record["rate"]),
                gains.get(row.get("voice") or voice_id(role), usual),
            )
            offset += row["samples"]


def overlapping_parts(
    chapter: PlannedChapter,
    parts: Sequence[Part],
    summaries: Mapping[str, Json],
    options: Options,
    bounds: tuple[int, int],
) -> tuple[tuple[Part, ...], int]:
    """Return the parts with sound between two samples of a chapter, and the sample at which the first one starts.

    Only these need to be read from disk.
    """
    found: list[Part] = []
    position = first = 0
    for part in parts:
        summary = summaries[part.digest]
        end = position + summary["samples"]
        for number in range(part.first, part.end):
            after = chapter.lines[number + 1] if number + 1 < len(chapter.lines) else None
            end += round(pause_after(chapter.lines[number], after, options) * summary["rate"])
        if position < bounds[1] and end > bounds[0]:
            first = first if found else position
            found.append(part)
        position = end
    return tuple(found), first


class LazySegments(Sequence[RecordedSegment]):
    """Segments of a finished chapter, which are read from disk whenever they are iterated."""

    def __init__(self, read: Callable[[], Iterator[RecordedSegment]], count: int) -> None:
        """Wrap what yields them. count: Their number."""
        self._read, self._count = read, count

    def __len__(self) -> int:
        """Return the number of segments."""
        return self._count

    def __iter__(self) -> Iterator[RecordedSegment]:
        """Yield the segments."""
        return self._read()

    @overload
    def __getitem__(self, index: int) -> RecordedSegment: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RecordedSegment]: ...
    def __getitem__(self, index: int | slice) -> RecordedSegment | Sequence[RecordedSegment]:
        """Return one segment, or some of them."""
        return list(self._read())[index]


def describe_chapter(
    title: str,
    lines: Sequence[Line],
    segments: Sequence[RecordedSegment],
    rate: int,
    *,
    is_finished: bool,
    version: str,
) -> ChapterSound:
    """Return the lines of segments with their times in the chapter."""
    spoken, start = [], 0
    for number, (line, segment) in enumerate(zip(lines, segments, strict=False)):
        seconds = start / rate
        words = tuple(word.shift(seconds) for word in segment.words)
        spoken.append(SpokenLine(number, line, seconds, (start + segment.num_samples) / rate, words))
        start += segment.total_samples
    return ChapterSound(title, tuple(spoken), rate, start, is_finished, version)


def read_sound(segments: Iterable[RecordedSegment], rate: int, start: int, end: int) -> Pcm16:
    """Return samples `start` to `end` of segments with their pauses and gains, limited in peaks, int16."""
    sound = np.zeros(max(0, end - start), np.int16)
    position = 0
    for segment in segments:
        if position >= end:
            break
        if position + segment.num_samples > start:
            samples = segment.read().astype(np.float32) * np.float32(10 ** (segment.gain_db / 20) / FULL_SCALE)
            limiter = Limiter(rate, AUDIOBOOK.true_peak)
            limited = np.concatenate([limiter.feed(samples), limiter.close()])
            first, last = max(start - position, 0), min(end - position, len(limited))
            sound[position + first - start : position + last - start] = np.rint(limited[first:last] * FULL_SCALE)
        position += segment.total_samples
    return sound
