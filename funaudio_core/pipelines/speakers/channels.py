"""Results of the channels of a call, merged to one in which each channel is a speaker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from funaudio_core.pipelines.recognize import build_transcript
from funaudio_core.types import Segment, Span, Transcript


def merge_channels(transcripts: Sequence[Transcript]) -> Transcript:
    """Return the transcripts of all channels as one, sorted by time.

    A segment's speaker is the number of its channel, from 1.
    """
    segments: list[Segment] = [
        replace(segment, speaker=str(number))
        for number, transcript in enumerate(transcripts, 1)
        for segment in transcript.segments
    ]
    first = transcripts[0]
    return build_transcript(
        sorted(segments, key=lambda segment: segment.start),
        _merge_events(event for transcript in transcripts for event in transcript.events),
        first.duration,
        first.engine,
        first.notes,
    )


def _merge_events(events: Iterable[Span]) -> tuple[Span, ...]:
    """Return events of which none of one label overlap, sorted by start."""
    merged: list[Span] = []
    for event in sorted(events, key=lambda event: (event.label, event.start)):
        if merged and merged[-1].label == event.label and event.start <= merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(event.label, last.start, max(last.end, event.end), max(last.score, event.score))
        else:
            merged.append(event)
    return tuple(sorted(merged, key=lambda event: (event.start, event.label)))
