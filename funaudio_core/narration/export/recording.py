"""Data types of a finished recording, which audiobooks and podcasts fill and the exports read.

The sound stays on disk: a segment is read in blocks, so that no export holds a whole chapter. Sequences are iterated
several times, in order; a sequence of segments may load them when it is iterated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from funaudio_core.books.model import PARAGRAPH
from funaudio_core.types import Pcm16, Word

NARRATOR = ""  # as a speaker


class SampleSource(Protocol):
    """Sound of a segment on disk."""

    def read(self, start: int, end: int) -> Pcm16:
        """Return samples `start` to `end` of the segment, int16 (end - start,).

        Raises:
            OSError: The file is missing.
            ValueError: The file is damaged or too short.
        """
        ...


@dataclass(frozen=True, slots=True)
class ArraySlice:
    """Samples of a `.npy` file, int16 (n,), from `offset`; the file is mapped into memory for each read alone."""

    path: Path
    offset: int = 0

    def read(self, start: int, end: int) -> Pcm16:
        """Return samples `start` to `end`, counted from the offset. See SampleSource."""
        mapped = np.load(self.path, mmap_mode="r", allow_pickle=False)
        samples = np.array(mapped[self.offset + start : self.offset + end], np.int16)
        if mapped.dtype != np.int16 or mapped.ndim != 1 or len(samples) != end - start:
            raise ValueError(f"{self.path} has no int16 samples {self.offset + start} to {self.offset + end}")
        return samples


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """Sentence of a segment.

    Attributes:
        text_start: Index of its first character in the segment's text.
        text_end: Index after its last character.
        start: Seconds from the start of the segment.
        end: Seconds from the start of the segment.
    """

    text_start: int
    text_end: int
    start: float
    end: float


@dataclass(frozen=True, eq=False, slots=True)
class RecordedSegment:
    """Stretch of a passage that one speaker says, with its sound.

    Attributes:
        text: Text as written. The texts of all segments of a passage, joined, are the text of the passage. "" for
            sound without words, such as a jingle.
        source: The sound.
        num_samples: Length of the sound.
        speaker: Name of the speaker; NARRATOR for the narrator.
        kind: HEADING, PARAGRAPH or VERSE of books.model.
        passage: Number of the passage in its chapter; segments with the same number are one paragraph.
        words: Words as written, in order, with seconds from the start of the segment; () if unknown.
        sentences: Sentences in order; () if unknown, then they are derived from the text and the words.
        pause_samples: Silence after the sound.
        gain_db: Gain of the voice, the same in all its segments. The gain of the chapter is added to it.
    """

    text: str
    source: SampleSource
    num_samples: int
    speaker: str = NARRATOR
    kind: str = PARAGRAPH
    passage: int = 0
    words: tuple[Word, ...] = ()
    sentences: tuple[SentenceMark, ...] = ()
    pause_samples: int = 0
    gain_db: float = 0.0

    def read(self, start: int = 0, end: int | None = None) -> Pcm16:
        """Return samples `start` to `end` from disk, without the gain, int16. See SampleSource."""
        return self.source.read(start, self.num_samples if end is None else end)

    @property
    def total_samples(self) -> int:
        """Return the number of samples that the segment takes, with the pause after it."""
        return self.num_samples + self.pause_samples


@dataclass(frozen=True, eq=False, slots=True)
class RecordedChapter:
    """Chapter of a recording, with at least one segment.

    Attributes:
        title: Title for people.
        segments: Its segments in order.
        part: Title of the part of the book that it belongs to, or "".
        gain_db: Gain of the whole chapter if its loudness has been measured, see levels; None to measure it.
    """

    title: str
    segments: Sequence[RecordedSegment]
    part: str = ""
    gain_db: float | None = None

    @property
    def total_samples(self) -> int:
        """Return the length in samples; the segments are counted anew each time."""
        return sum(segment.total_samples for segment in self.segments)


@dataclass(frozen=True, eq=False, slots=True)
class RecordedBook:
    """Recording of a book or a show.

    Attributes:
        title: Title.
        rate: Sample rate of all segments in Hz.
        chapters: At least one chapter.
        authors: Names of the authors, or of the makers of a show.
        voices: Name of the voice of each speaker; that of NARRATOR is the book's narrator.
        language: ISO 639 code.
        date: Date or year of publication, such as "1898" or "2026-11-30"; "" if unknown.
        cover: Picture of the cover, JPEG, PNG or another format that FFmpeg reads; b"" to draw one.
        description: A few sentences on the content, or "".
        series: Title of the series, or "".
        series_position: Number in the series, such as "2", or "".
        genre: Genre for players: "Audiobook" or "Podcast".
    """

    title: str
    rate: int
    chapters: Sequence[RecordedChapter]
    authors: tuple[str, ...] = ()
    voices: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    date: str = ""
    cover: bytes = b""
    description: str = ""
    series: str = ""
    series_position: str = ""
    genre: str = "Audiobook"

    @property
    def narrator(self) -> str:
        """Return the name of the narrator's voice, or ""."""
        return self.voices.get(NARRATOR, "")
