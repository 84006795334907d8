"""Speakers of a transcript: its segments are split where the speaker changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from funaudio_core.pipelines.speakers.diarize import SpeakerTurn
from funaudio_core.types import Segment, Transcript, Word

MAX_DISTANCE_SECONDS = 2.0  # from a word outside all turns to the turn that it belongs to
MIN_RUN_SECONDS = 0.4  # of the words of one speaker; shorter ones within another's are an error of the word times
MAX_SKIPPED_CHARACTERS = 20  # of a text between two of its words, where numbers are written otherwise than spoken


def label_segments(segments: Sequence[Segment], turns: Sequence[SpeakerTurn]) -> tuple[Segment, ...]:
    """Return the segments with the number of their speaker as text, split between words where it changes.

    A segment without words, or far from all turns, is not split; the latter keeps its speaker.
    """
    return tuple(part for segment in segments for part in _label(segment, turns))


def name_speakers(transcript: Transcript, names: Mapping[str, str]) -> Transcript:
    """Return a transcript with speakers renamed by `names`; others keep their name."""
    segments = (
        replace(segment, speaker=names.get(segment.speaker, segment.speaker)) for segment in transcript.segments
    )
    return replace(transcript, segments=tuple(segments))


def speakers_of(transcript: Transcript) -> tuple[str, ...]:
    """Return the speakers of a transcript in order of their first segment."""
    return tuple(dict.fromkeys(segment.speaker for segment in transcript.segments if segment.speaker))


def _label(segment: Segment, turns: Sequence[SpeakerTurn]) -> list[Segment]:
    near = [
        turn
        for turn in turns
        if turn.end > segment.start - MAX_DISTANCE_SECONDS and turn.start < segment.end + MAX_DISTANCE_SECONDS
    ]
    if not near:
        return [segment]
    speakers = _word_speakers(segment.words, near)
    if len(set(speakers)) < 2:
        speaker = speakers[0] if speakers else _speaker_at(segment.start, segment.end, near, 0)
        return [replace(segment, speaker=str(speaker))]
    return _split(segment, speakers)


def _word_speakers(words: Sequence[Word], turns: Sequence[SpeakerTurn]) -> list[int]:
    """Return the speaker of each word; a run that is too short takes its neighbour's."""
    speakers: list[int] = []
    for word in words:
        speakers.append(_speaker_at(word.start, word.end, turns, speakers[-1] if speakers else 0))
    runs = [list(run) for _, run in groupby(range(len(words)), key=lambda number: speakers[number])]
    for before, run, after in zip([[], *runs], runs, [*runs[1:], []], strict=False):
        if words[run[-1]].end - words[run[0]].start < MIN_RUN_SECONDS and (before or after):
            neighbour = speakers[before[-1]] if before else speakers[after[0]]
            for number in run:
                speakers[number] = neighbour
    return speakers


def _speaker_at(start: float, end: float, turns: Sequence[SpeakerTurn], previous: int) -> int:
    """Return the speaker who speaks most of the time, or of the nearest turn; the previous one with equal shares."""

    def rank(turn: SpeakerTurn) -> tuple[float, bool]:
        return min(end, turn.end) - max(start, turn.start), turn.speaker == previous

    return max(turns, key=rank).speaker


def _split(segment: Segment, speakers: Sequence[int]) -> list[Segment]:
    """Return the parts of a segment by the speaker of each word."""
    parts: list[Segment] = []
    rest = segment.text
    runs = [list(run) for _, run in groupby(range(len(speakers)), key=lambda number: speakers[number])]
    for run, following in zip(runs, [*runs[1:], None], strict=True):
        words = segment.words[run[0] : run[-1] + 1]
        cut = len(rest)
        if following is not None:
            cut = _text_length(rest, words)
        start, end = words[0].start, words[-1].end
        events = tuple(event for event in segment.events if event.start < end and event.end > start)
        text, rest = rest[:cut].strip(), rest[cut:]
        parts.append(
            replace(segment, start=start, end=end, text=text, words=words, events=events, speaker=str(speakers[run[0]]))
        )
    return [part for part in parts if part.text]


def _text_length(text: str, words: Sequence[Word]) -> int:
    """Return the length of the beginning of a text that the words make up, with the marks behind the last one."""
    position = 0
    for word in words:
        written = word.text.strip()
        found = text.find(written, position, position + len(written) + MAX_SKIPPED_CHARACTERS)
        if found >= 0:
            position = found + len(written)
    while position < len(text) and not text[position].isalnum() and not text[position].isspace():
        position += 1
    return position
