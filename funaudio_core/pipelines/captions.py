"""Live captions: audio in small chunks to finished segments and the text of the unfinished one."""

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

LEAD_SECONDS = 0.3  # kept before a start, since soft onsets precede the detected one
TAIL_SECONDS = 0.3  # kept after an end
MAX_CAPTION_SECONDS = 12.0  # longer speech is cut at its quietest moment
# An unfinished caption is recognized again after so many seconds of new speech, or after this share of its length if
# that is more, since the text of a long caption changes little.
REFRESH_SECONDS = 1.0
REFRESH_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class CaptionUpdate:
    """Result of one chunk.

    Attributes:
        finished: Segments that won't change any more, in seconds of the stream.
        partial: Text of the unfinished caption.
    """

    finished: tuple[Segment, ...]
    partial: str


class LiveCaptions:
    """Captions of one stream. Stateful, so one thread at a time may use it.

    A chunk causes at most one recognition of at most MAX_CAPTION_SECONDS, and none while there is no speech. If speech
    ends or becomes too long in it, it causes one for each finished segment. During silence only LEAD_SECONDS of audio
    are kept.
    """

    def __init__(
        self, recognizer: Recognizer, endpointer: Endpointer, options: RecognitionOptions | None = None
    ) -> None:
        """Start a stream.

        Args:
            recognizer: Recognizes the segments.
            endpointer: Of a new stream.
            options: Of the recognizer.
        """
        self._recognizer, self._endpointer = recognizer, endpointer
        self._options = options or RecognitionOptions()
        self._rate = 0
        self._buffer: Samples = np.zeros(0, np.float32)
        self._buffer_start = 0.0  # time of the first sample in the buffer
        self._start: float | None = None  # of the open caption
        self._refreshed_at = 0.0  # end of the audio of the partial text
        self._partial = ""

    def feed(self, chunk: Audio) -> CaptionUpdate:
        """Process the next chunk, about half a second.

        Raises:
            BadInput: Its sample rate differs from that of the first chunk.
        """
        if self._rate not in (0, chunk.rate):
            raise sample_rate_changed_error(self._rate, chunk.rate)
        self._rate = chunk.rate
        self._buffer = np.concatenate([self._buffer, chunk.samples])
        finished = [segment for edge in self._endpointer.feed(chunk) for segment in self._apply_edge(edge)]
        finished += self._cut_long()
        self._refresh_partial()
        self._trim_buffer()
        return CaptionUpdate(tuple(finished), self._partial)

    def close(self) -> CaptionUpdate:
        """End the stream and finish the open caption."""
        finished = [segment for edge in self._endpointer.close() for segment in self._apply_edge(edge)]
        return CaptionUpdate(tuple(finished), "")

    @property
    def _now(self) -> float:
        return self._buffer_start + len(self._buffer) / max(self._rate, 1)

    def _apply_edge(self, edge: Edge) -> Iterator[Segment]:
        """Open a caption at a start of speech, or finish it at an end."""
        if edge.speech:
            self._start = self._refreshed_at = max(self._buffer_start, edge.time - LEAD_SECONDS)
            return
        yield from self._cut_long(until=edge.time)
        if self._start is not None:
            yield from self._recognize(self._start, min(self._now, edge.time + TAIL_SECONDS))
        self._start, self._partial = None, ""

    def _cut_long(self, until: float | None = None) -> list[Segment]:
        """Finish the first part of a caption that is longer than MAX_CAPTION_SECONDS."""
        finished: list[Segment] = []
        end = self._now if until is None else until
        while self._start is not None and end - self._start > MAX_CAPTION_SECONDS:
            buffer = Audio(self._buffer, self._rate)
            earliest = self._start + MAX_CAPTION_SECONDS / 2 - self._buffer_start
            cut = self._buffer_start + segmentation.find_quietest(buffer, earliest, earliest + MAX_CAPTION_SECONDS / 2)
            finished += self._recognize(self._start, cut)
            self._start = self._refreshed_at = cut
            self._partial = ""
        return finished

    def _refresh_partial(self) -> None:
        """Recognize the open caption again if enough of it is new."""
        if self._start is None or self._now - self._refreshed_at < max(
            REFRESH_SECONDS, REFRESH_SHARE * (self._now - self._start)
        ):
            return
        self._refreshed_at = self._now
        segments = self._recognize(self._start, self._now)
        self._partial = join_sentences([s.text for s in segments], segments[-1].language) if segments else ""

    def _recognize(self, start: float, end: float) -> list[Segment]:
        part = Audio(self._buffer, self._rate).slice(start - self._buffer_start, end - self._buffer_start)
        return [
            replace(
                segment,
                start=segment.start + start,
                end=segment.end + start,
                words=tuple(word.shift(start) for word in segment.words),
            )
            for segment in self._recognizer.transcribe(part, self._options)
        ]

    def _trim_buffer(self) -> None:
        """Drop audio that no caption can need any more."""
        first_needed = (
            self._start if self._start is not None else self._now - LEAD_SECONDS - segmentation.MAX_CONFIRMATION_SECONDS
        )
        count = round((first_needed - self._buffer_start) * self._rate)
        if count > 0:
            self._buffer = self._buffer[count:].copy()
            self._buffer_start += count / self._rate
