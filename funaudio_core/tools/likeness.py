"""Likeness of names and days to the words of a request."""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W_]+")


def closest_names(names: Sequence[str], wanted: str) -> list[str]:
    """Return the names that are most like a text: equal, else one holds the other, else most words are shared."""

    def likeness(name: str) -> tuple[bool, bool, int]:
        first, second = name.casefold().strip(), wanted.casefold().strip()
        return first == second, first in second or second in first, len(words_of(first) & words_of(second))

    scores = {name: likeness(name) for name in names}
    best = max(scores.values(), default=(False, False, 0))
    return [name for name, score in scores.items() if score == best and any(score)]


def is_same_day(written: str, wanted: str) -> bool:
    """Return whether all words of one of two days, such as "Friday" and "Friday at 5", are in the other."""
    first, second = (set(_WORD.findall(text.casefold())) for text in (written, wanted))
    if not first or not second:
        return False
    return first <= second or second <= first or (not wanted.isascii() and (wanted in written or written in wanted))


def words_of(text: str) -> set[str]:
    """Return the words of a text without a plural s; of Chinese, pairs of characters."""
    found: set[str] = set()
    for word in _WORD.findall(text.casefold()):
        if word.isascii():
            found |= {word.removesuffix("s")} if len(word) > 2 else set()
        else:
            found |= {word[start : start + 2] for start in range(max(1, len(word) - 1))}
    return found
