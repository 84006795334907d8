"""Cutting of a recording into clips of one speaker each, at pauses."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from funaudio_core.audio import segmentation
from funaudio_core.pipelines.speakers.diarize import SpeakerTurn
from funaudio_core.training.data.clip_rows import MAX_SECONDS
from funaudio_core.types import Audio, Span

# Cut off beside a change of the speaker, whose time is uncertain.
EDGE_SECONDS = 0.1
MIN_SPAN_SECONDS = 0.3  # of one speaker's speech; shorter stretches are dropped


def cut_recording(clip: Audio, speech: Sequence[Span], turns: Sequence[SpeakerTurn]) -> tuple[Span, ...]:
    """Return the clips of a recording in order, in its seconds.

    Speech of several people at once, or of nobody whom the turns know, is left out.

    Args:
        clip: The recording.
        speech: Its speech spans.
        turns: Turns of its speakers.

    Returns:
        Spans of at most MAX_SECONDS, each labelled with the number of its speaker.
    """
    spans = []
    for turn in _stretches_of_one(turns):
        for span in speech:
            start, end = max(turn.start, span.start), min(turn.end, span.end)
            if end - start >= MIN_SPAN_SECONDS:
                spans.append(Span(str(turn.speaker), start, end))
    return segmentation.plan_windows(
        clip, spans, MAX_SECONDS, max_merged=MAX_SECONDS - 2 * segmentation.PADDING_SECONDS
    )


def _stretches_of_one(turns: Sequence[SpeakerTurn]) -> list[SpeakerTurn]:
    """Return the stretches in which one speaker speaks alone, shortened where another one is near."""
    edges = sorted({edge for turn in turns for edge in (turn.start, turn.end)})
    alone: list[SpeakerTurn] = []
    for start, end in pairwise(edges):
        speaking = {turn.speaker for turn in turns if turn.start < end and turn.end > start}
        if len(speaking) != 1:
            continue
        speaker = speaking.pop()
        if alone and alone[-1].speaker == speaker and alone[-1].end == start:
            alone[-1] = SpeakerTurn(speaker, alone[-1].start, end)
        else:
            alone.append(SpeakerTurn(speaker, start, end))
    return [_shorten(turn, turns) for turn in alone]


def _shorten(alone: SpeakerTurn, turns: Sequence[SpeakerTurn]) -> SpeakerTurn:
    others = [turn for turn in turns if turn.speaker != alone.speaker]
    start, end = alone.start, alone.end
    if any(turn.start <= start <= turn.end + EDGE_SECONDS for turn in others):
        start += EDGE_SECONDS
    if any(turn.start - EDGE_SECONDS <= end <= turn.end for turn in others):
        end -= EDGE_SECONDS
    return SpeakerTurn(alone.speaker, start, max(start, end))
