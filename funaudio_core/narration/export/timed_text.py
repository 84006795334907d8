"""Text of a recording with its times: sentences and words, in samples from the start of their chapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from funaudio_core.narration.export.recording import RecordedChapter, RecordedSegment, SentenceMark
from funaudio_core.text import is_speakable, split_sentences
from funaudio_core.text.subtitles import estimate_words
from funaudio_core.types import Segment

_MAX_SKIPPED_CHARACTERS = 60  # of the text before a word; a word that isn't found there was spoken in another form


@dataclass(frozen=True, slots=True)
class TimedWord:
    """Word: its characters in the text of the segment, and its samples in the chapter."""

    text_start: int
    text_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TimedSentence:
    """Sentence of a segment.

    Attributes:
        text_start: Index of its first character in the text of the segment.
        text_end: Index after its last character; no white space is at either end.
        start: Sample of the chapter.
        end: Sample of the chapter.
        words: Words in order.
    """

    text_start: int
    text_end: int
    start: int
    end: int
    words: tuple[TimedWord, ...]


@dataclass(frozen=True, slots=True)
class TimedSegment:
    """Segment with its sentences, and its place in the chapter in samples, without the pause after it."""

    segment: RecordedSegment
    start: int
    end: int
    sentences: tuple[TimedSentence, ...]


def timed_segments(chapter: RecordedChapter, rate: int, language: str) -> Iterator[TimedSegment]:
    """Yield the segments of a chapter with the times of their text, which never run backwards."""
    position = 0
    for segment in chapter.segments:
        end = position + segment.num_samples
        yield TimedSegment(segment, position, end, _sentences(segment, position, rate, language))
        position += segment.total_samples


def _sentences(segment: RecordedSegment, offset: int, rate: int, language: str) -> tuple[TimedSentence, ...]:
    """Return the sentences of a segment that starts at sample `offset`."""
    if not is_speakable(segment.text) or segment.num_samples == 0:
        return ()
    words = _words(segment, offset, rate, language)
    if segment.sentences:
        return _marked_sentences(segment, words, offset, rate)
    groups: list[tuple[int, int, list[TimedWord]]] = []
    start = 0
    for end in _sentence_ends(segment.text, language):
        inside = [word for word in words if start <= word.text_start < end]
        if inside or not groups:
            groups.append((start, end, inside))
        else:  # text without a word belongs to the sentence before
            groups[-1] = (groups[-1][0], end, groups[-1][2])
        start = end
    if len(groups) > 1 and not groups[0][2]:
        groups[:2] = [(0, groups[1][1], groups[1][2])]
    last = offset + segment.num_samples
    return tuple(
        TimedSentence(
            *_trim(segment.text, first, end),
            inside[0].start if inside else offset,
            inside[-1].end if inside else last,
            tuple(inside),
        )
        for first, end, inside in groups
    )


def _marked_sentences(
    segment: RecordedSegment, words: Sequence[TimedWord], offset: int, rate: int
) -> tuple[TimedSentence, ...]:
    """Return the sentences as the segment marks them; text between two belongs to the first of them."""
    sentences: list[TimedSentence] = []
    following = [*segment.sentences[1:], SentenceMark(len(segment.text), 0, 0.0, 0.0)]
    earliest, latest = offset, offset + segment.num_samples
    for number, (mark, after) in enumerate(zip(segment.sentences, following, strict=True)):
        first, end = (mark.text_start if number else 0), after.text_start
        start = min(max(earliest, offset + round(mark.start * rate)), latest)
        earliest = min(max(start, offset + round(mark.end * rate)), latest)
        inside = tuple(
            TimedWord(word.text_start, word.text_end, max(start, word.start), min(max(start, word.end), earliest))
            for word in words
            if first <= word.text_start < end
        )
        sentences.append(TimedSentence(*_trim(segment.text, first, end), start, earliest, inside))
    return tuple(sentences)


def _words(segment: RecordedSegment, offset: int, rate: int, language: str) -> list[TimedWord]:
    """Return the words of a segment that are found in its text; estimated ones if there are none."""
    seconds = segment.num_samples / rate
    words = segment.words or estimate_words(Segment(0.0, seconds, segment.text, language))
    found: list[TimedWord] = []
    position, earliest, latest = 0, offset, offset + segment.num_samples
    for word in words:
        text = word.text.strip()
        index = segment.text.find(text, position, position + len(text) + _MAX_SKIPPED_CHARACTERS) if text else -1
        if index < 0:
            continue
        start = min(max(earliest, offset + round(word.start * rate)), latest)
        earliest = min(max(start, offset + round(word.end * rate)), latest)
        position = index + len(text)
        found.append(TimedWord(index, position, start, earliest))
    return found


def _sentence_ends(text: str, language: str) -> list[int]:
    """Return the index after each sentence, the last being that after the text."""
    places = [index for index, char in enumerate(text) if not char.isspace()]
    counts = [sum(not char.isspace() for char in sentence) for sentence in split_sentences(text, language)]
    ends, total = [], 0
    for count in counts:
        total += count
        ends.append(places[min(total, len(places)) - 1] + 1)
    return [*(end for end, after in pairwise(ends) if end < after), len(text)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range of text without the white space at its ends."""
    stripped = text[start:end].strip()
    first = text.index(stripped, start) if stripped else start
    return first, first + len(stripped)
