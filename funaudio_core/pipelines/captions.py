"""Live captions: sound in small chunks becomes finished segments and the text so far. Knows Protocols, no engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from funaudio_core.audio import segmentation
from funaudio_core.audio.segmentation import Edge
from funaudio_core.engines.protocols import Endpointer, RecognitionOptions, Recognizer
from funaudio_core.errors import sample_rate_changed_error
from funaudio_core.languages import join_sentences
from funaudio_core.types import Audio, Samples, Segment

LEAD_SECONDS = 0.3  # seconds kept before a start: soft onsets come before the detector is sure
TAIL_SECONDS = 0.3  # seconds kept after an end
MAX_CAPTION_SECONDS = 12.0  # seconds of one caption; longer speech is cut at its quietest moment
REFRESH_SECONDS = 1.0  # seconds of new speech between two looks at an unfinished caption,
REFRESH_SHARE = 0.25  # or this share of its length where that is more: a long caption changes little


@dataclass(frozen=True, slots=True)
class CaptionUpdate:
    """What one chunk brought. finished: segments that won't change, in the stream's time. partial: the text so far."""

    finished: tuple[Segment, ...]
    partial: str


class LiveCaptions:
    """Captions of one visitor's stream; keeps that stream's state, so one object each and one thread at a time.

    The cost of a chunk is bounded: at most one reading of at most LONGEST seconds, and none while nobody speaks;
    a chunk in which speech also ends or grows too long costs one reading for each segment that it finishes.
    Memory is bounded too: silence keeps LEAD seconds.
    """

    def __init__(
        self, recognizer: Recognizer, endpointer: Endpointer, options: RecognitionOptions | None = None
    ) -> None:
        self._recognizer, self._endpointer = recognizer, endpointer
        self._hearing = options or RecognitionOptions()
        self._rate = 0
        self._held: Samples = np.zeros(0, np.float32)
        self._origin = 0.0  # time of the first held sample
        self._start: float | None = None  # where the open caption begins
        self._seen = 0.0  # how far the partial text reaches
        self._partial = ""

    def feed(self, chunk: Audio) -> CaptionUpdate:
        """Hear the next chunk, about half a second. Raises BadInput where its rate differs from the first one's."""
        if self._rate not in (0, chunk.rate):
            raise sample_rate_changed_error(self._rate, chunk.rate)
        self._rate = chunk.rate
        self._held = np.concatenate([self._held, chunk.samples])
        finished = [segment for edge in self._endpointer.feed(chunk) for segment in self._pass(edge)]
        finished += self._cut_long()
        self._look()
        self._forget()
        return CaptionUpdate(tuple(finished), self._partial)

    def close(self) -> CaptionUpdate:
        """The stream is over: whatever was still open becomes final."""
        finished = [segment for edge in self._endpointer.close() for segment in self._pass(edge)]
        return CaptionUpdate(tuple(finished), "")

    @property
    def _now(self) -> float:
        return self._origin + len(self._held) / max(self._rate, 1)

    def _pass(self, edge: Edge) -> Iterator[Segment]:
        if edge.speech:
            self._start = self._seen = max(self._origin, edge.time - LEAD_SECONDS)
            return
        yield from self._cut_long(until=edge.time)
        if self._start is not None:
            yield from self._read(self._start, min(self._now, edge.time + TAIL_SECONDS))
        self._start, self._partial = None, ""

    def _cut_long(self, until: float | None = None) -> list[Segment]:
        """Finish the first part of a caption that has outgrown LONGEST."""
        finished: list[Segment] = []
        end = self._now if until is None else until
        while self._start is not None and end - self._start > MAX_CAPTION_SECONDS:
            held = Audio(self._held, self._rate)
            low = self._start + MAX_CAPTION_SECONDS / 2 - self._origin
            cut = self._origin + segmentation.find_quietest(held, low, low + MAX_CAPTION_SECONDS / 2)
            finished += self._read(self._start, cut)
            self._start = self._seen = cut
            self._partial = ""
        return finished

    def _look(self) -> None:
        """Read the open caption again once enough of it is new."""
        if self._start is None or self._now - self._seen < max(
            REFRESH_SECONDS, REFRESH_SHARE * (self._now - self._start)
        ):
            return
        self._seen = self._now
        segments = self._read(self._start, self._now)
        self._partial = join_sentences([s.text for s in segments], segments[-1].language) if segments else ""

    def _read(self, start: float, end: float) -> list[Segment]:
        piece = Audio(self._held, self._rate).slice(start - self._origin, end - self._origin)
        return [
            replace(
                segment,
                start=segment.start + start,
                end=segment.end + start,
                words=tuple(word.shift(start) for word in segment.words),
            )
            for segment in self._recognizer.transcribe(piece, self._hearing)
        ]

    def _forget(self) -> None:
        """Drop what no caption can need any more."""
        keep = (
            self._start if self._start is not None else self._now - LEAD_SECONDS - segmentation.MAX_CONFIRMATION_SECONDS
        )
        drop = round((keep - self._origin) * self._rate)
        if drop > 0:
            self._held = self._held[drop:].copy()
            self._origin += drop / self._rate
