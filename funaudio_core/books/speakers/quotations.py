"""Quotations of a text: the outer ones, with their marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from funaudio_core.books.speakers.types import Quotation

_PAIRS = {"“": "”", "「": "」", "『": "』", "«": "»", "‹": "›", "„": "“”", "‘": "’"}
_STRAIGHT = '"'
_DOUBLE_OPEN = re.compile(f"[{_STRAIGHT}{''.join(_PAIRS)}]")
_SINGLE_OPEN = re.compile(r"(?<![\w’'])[‘'](?=[\w“\"—…])")
_SINGLE_CLOSE = re.compile(r"(?<=[.,!?;:—…-])[’'](?!\w)|(?<=\w)[’'](?=\s*$)")
_MIN_SINGLE_SHARE = 5  # single marks are the outer ones if there are so many times more of them than double ones
_PARAGRAPH = re.compile(r"[^\n]+")


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return start and end of the paragraphs; each line is one, and lines of white space are none."""
    return [match.span() for match in _PARAGRAPH.finditer(text) if not match.group().isspace()]


def find_quotations(text: str) -> list[Quotation]:
    """Return the quotations in order; nested ones belong to the outer one.

    A quotation without a closing mark ends with its paragraph; if the next paragraph opens with a mark, it goes on.
    """
    find = _single_spans if _uses_single_marks(text) else _double_spans
    found: list[Quotation] = []
    was_open = False
    for number, (start, end) in enumerate(paragraphs(text)):
        spans = list(find(text, start, end))
        for index, (first, last, is_closed) in enumerate(spans):
            before = spans[index - 1][1] if index else start
            after = spans[index + 1][0] if index + 1 < len(spans) else end
            goes_on = was_open and index == 0 and not text[start:first].strip()
            found.append(Quotation(first, last, number, (before, first), (last, after), goes_on))
            was_open = not is_closed
        if not spans:
            was_open = False
    return found


def _uses_single_marks(text: str) -> bool:
    """Return whether single marks are the outer ones, as in British books."""
    if any(mark in text for mark in "「『«"):
        return False
    double = sum(text.count(mark) for mark in '“"')
    single = len(_SINGLE_OPEN.findall(text))
    return single > 1 and single >= _MIN_SINGLE_SHARE * double


def _double_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it is closed of the quotations in text[start:end]."""
    position = start
    while opened := _DOUBLE_OPEN.search(text, position, end):
        position, char = opened.start(), opened.group()
        if char == "‘" and not _is_chinese(text, position):
            position += 1
            continue
        close = _straight_end(text, position, end) if char == _STRAIGHT else _closing(text, position, end)
        yield position, (end if close is None else close), close is not None
        position = end if close is None else close


def _is_chinese(text: str, position: int) -> bool:
    """Return whether a mark stands in Chinese text, where it is no apostrophe."""
    return "\u3000" <= text[position + 1 : position + 2] <= "\u9fff"


def _closing(text: str, start: int, end: int) -> int | None:
    """Return the index after the mark that closes the one at `start`, or None; a straight mark closes too."""
    opening, closing = text[start], _PAIRS[text[start]]
    depth = 0
    first = None
    for position in range(start, end):
        char = text[position]
        if char == opening:
            depth += 1
        elif char in closing:
            depth -= 1
            first = first or position + 1
            if depth == 0:
                return position + 1
        elif char == _STRAIGHT and opening == "“" and depth == 1:
            return position + 1
    return first  # marks that don't balance: the first that closes


def _straight_end(text: str, start: int, end: int) -> int | None:
    """Return the index after the straight or curly mark that closes a straight one, or None."""
    for position in range(start + 1, end):
        if text[position] in '"”' and not _opens(text, position, start, end):
            return position + 1
    return None


def _opens(text: str, position: int, start: int, end: int) -> bool:
    """Return whether a straight mark inside a quotation opens one: after a space and before a word."""
    before, after = text[position - 1 : position], text[position + 1 : min(position + 2, end)]
    return position > start + 1 and before.isspace() and after.isalnum() and text[position] == _STRAIGHT


def _single_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the quotations in single marks in text[start:end]; an apostrophe is no mark."""
    position = start
    while opened := _SINGLE_OPEN.search(text, position, end):
        closed = _SINGLE_CLOSE.search(text, opened.end(), end)
        last = closed.end() if closed else end
        yield opened.start(), last, closed is not None
        position = last
