"""Numbers and lengths of time in what people say, in English and Chinese, in digits or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ONES += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: value for value, word in enumerate(_ONES.split())}
_VALUES |= {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1000}
_WORD = rf"(?:{'|'.join([*_VALUES, *_SCALES])})"
_ENGLISH_NUMBER = rf"(?:\d+(?:[.,]\d+)*|{_WORD}(?:[\s-]+(?:and[\s-]+)?{_WORD})*)"
_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = rf"(?:\d+(?:\.\d+)?|[{''.join([*_HAN_DIGITS, *_HAN_SCALES])}]+)"
_NUMBER = re.compile(rf"\b{_ENGLISH_NUMBER}\b|{_HAN_NUMBER}", re.IGNORECASE)
_ENGLISH_LENGTH = re.compile(
    rf"\b(?P<number>{_ENGLISH_NUMBER}|half[\s-]an?|a[\s-]quarter[\s-]of[\s-]an|an?)(?P<half>[\s-]and[\s-]a[\s-]half)?"
    r"[\s-](?P<unit>second|minute|hour|day)s?\b(?P<tail>[\s-]and[\s-]a[\s-]half)?",
    re.IGNORECASE,
)
_HAN_LENGTH = re.compile(
    rf"(?P<number>{_HAN_NUMBER}|半)个?(?P<half>半)?(?P<unit>秒钟?|分钟|刻钟|小时|钟头|天)(?P<tail>半)?"
)
_HAN_UNITS = {"秒": 1, "秒钟": 1, "分钟": 60, "刻钟": 900, "小时": 3600, "钟头": 3600, "天": 86_400}
_FRACTIONS = {"half": 0.5, "a quarter of an": 0.25, "半": 0.5}
_JOINED = re.compile(r"[\s,，]*(?:and|零|又)?\s*")


class Length(NamedTuple):
    """Length of time in a text. words: As it is written there."""

    words: str
    seconds: float


def find_numbers(text: str) -> frozenset[float]:
    """Return the numbers in a text; that of "half" is 50 too, as a percentage."""
    found = {_value(match[0]) for match in _NUMBER.finditer(text)}
    if re.search(r"\bhalf\b|一半", text, re.IGNORECASE):
        found |= {0.5, 50.0}
    return frozenset(found)


def find_lengths(text: str) -> tuple[Length, ...]:
    """Return the lengths of time in a text; "one hour and ten minutes" is a single one."""
    found: list[tuple[int, int, float]] = []
    for start, end, seconds in _find_parts(text):
        if found and seconds < found[-1][2] and _JOINED.fullmatch(text[found[-1][1] : start]):
            found[-1] = (found[-1][0], end, found[-1][2] + seconds)
        else:
            found.append((start, end, seconds))
    return tuple(Length(text[start:end], seconds) for start, end, seconds in found)


def _find_parts(text: str) -> Iterator[tuple[int, int, float]]:
    """Yield start, end and seconds of each number with a unit, in order."""
    parts = []
    for pattern, units in ((_ENGLISH_LENGTH, UNIT_SECONDS), (_HAN_LENGTH, _HAN_UNITS)):
        for match in pattern.finditer(text):
            halves = 0.5 * bool(match["half"] or match["tail"])
            number = _count(" ".join(re.split(r"[\s-]+", match["number"].lower())))
            parts.append((match.start(), match.end(), (number + halves) * units[match["unit"].lower()]))
    yield from sorted(parts)


def _count(words: str) -> float:
    """Return the number before a unit."""
    if words in ("a", "an"):
        return 1.0
    return next((value for name, value in _FRACTIONS.items() if words.startswith(name)), None) or _value(words)


def _value(written: str) -> float:
    """Return the value of a number in digits or words."""
    if written[0].isascii() and written[0].isdigit():
        return float(re.sub(r",(?=\d{3}\b)", "", written).replace(",", "."))
    return _han_value(written) if not written.isascii() else _english_value(written)


def _english_value(words: str) -> float:
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1000, 0
        else:
            current += _VALUES.get(word, 0)
    return float(total + current)


def _han_value(chars: str) -> float:
    if not any(char in _HAN_SCALES for char in chars):  # read digit by digit
        return float("".join(str(_HAN_DIGITS[char]) for char in chars))
    total, digit = 0, None
    for char in chars:
        if char in _HAN_SCALES:
            total += (1 if digit is None else digit) * _HAN_SCALES[char]
            digit = None
        else:
            digit = _HAN_DIGITS[char]
    return float(total + (digit or 0))
