"""Splitting of a long text with SSML and HTML in it: tags are never cut, and hold on in the next chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from funaudio_core.text.sentences import reopen_tags, split_text
from funaudio_core.text.speech_markup import TAG, TAG_NAMES

_SPANS = frozenset(("prosody", "emphasis", "say-as", "sub", "phoneme"))  # tags with an effect on what they enclose
_WHOLE = frozenset(("say-as", "sub", "phoneme"))  # what they enclose is said as one
MAX_WHOLE_CHARACTERS = 100  # enclosed by such a tag; more may be cut
_Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Tag:
    """Tag and its place: the index in the text without tags."""

    place: int
    written: str
    name: str
    is_closing: bool

    @property
    def opens(self) -> bool:
        return self.name in _SPANS and not self.is_closing


def split_marked_text(
    text: str, language: str, max_length: int, span_tags: Sequence[re.Pattern[str]] = ()
) -> tuple[str, ...]:
    """Split a text as split_text() does, whose arguments these are; markup does not count as length.

    A chunk closes the tags of SSML that are open at its end, and the next one reopens them.
    """
    plain, tags = _take_tags(text, span_tags)
    if not tags:
        return split_text(text, language, max_length, span_tags)
    if len(plain) <= max_length:
        return (text,)
    ranges = _find_ranges(plain, split_text(plain, language, max_length))
    return tuple(reopen_tags(_put_tags(plain, _keep_whole(ranges, tags), tags), span_tags))


def _take_tags(text: str, span_tags: Sequence[re.Pattern[str]]) -> tuple[str, list[_Tag]]:
    """Return the text without tags, and the tags; those of `span_tags` stay in the text."""
    parts: list[str] = []
    tags: list[_Tag] = []
    position = length = 0
    for match in TAG.finditer(text):
        name = match["name"].lower()
        if name not in TAG_NAMES or any(kind.fullmatch(match.group()) for kind in span_tags):
            continue
        parts.append(text[position : match.start()])
        length += len(parts[-1])
        position = match.end()
        tags.append(_Tag(length, match.group(), "" if match["empty"] else name, bool(match["close"])))
    return "".join(parts) + text[position:], tags


def _find_ranges(plain: str, chunks: Sequence[str]) -> list[_Range]:
    """Return start and end of each chunk in the text, which has the same characters apart from white space."""
    places = [i for i, char in enumerate(plain) if not char.isspace()]
    ranges, first = [], 0
    for chunk in chunks:
        count = sum(not char.isspace() for char in chunk)
        ranges.append((places[first], places[first + count - 1] + 1))
        first += count
    return ranges


def _keep_whole(ranges: list[_Range], tags: Sequence[_Tag]) -> list[_Range]:
    """Return the ranges with no cut inside of what is said as one."""
    for opening, closing in pairwise(tags):
        is_whole = opening.name in _WHOLE and opening.opens and closing.name == opening.name and closing.is_closing
        if not is_whole or closing.place - opening.place > MAX_WHOLE_CHARACTERS:
            continue
        inside = [i for i, (_, end) in enumerate(ranges[:-1]) if opening.place < end < closing.place]
        for i in inside[:1]:
            last = inside[-1] + 1
            following = (max(ranges[last][0], closing.place), ranges[last][1])
            ranges = [*ranges[:i], (ranges[i][0], closing.place), following, *ranges[last + 1 :]]
    return [(start, end) for start, end in ranges if start < end]


def _put_tags(plain: str, ranges: Sequence[_Range], tags: Sequence[_Tag]) -> Iterator[str]:
    """Yield the chunks with their tags; a tag that opens between two chunks belongs to the second."""
    rest = list(tags)
    opened: list[_Tag] = []
    for number, (start, end) in enumerate(ranges):
        parts = [tag.written for tag in opened]
        position = start
        is_last = number == len(ranges) - 1
        while rest and (is_last or rest[0].place < end or (rest[0].place == end and not rest[0].opens)):
            tag = rest.pop(0)
            place = min(max(tag.place, position), end)
            parts += (plain[position:place], tag.written)
            position = place
            if tag.opens:
                opened.append(tag)
            elif any(other.name == tag.name for other in opened):
                while opened.pop().name != tag.name:
                    pass
        parts += (plain[position:end], *(f"</{tag.name}>" for tag in reversed(opened)))
        yield "".join(parts).strip()
