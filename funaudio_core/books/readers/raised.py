"""Raised characters without a link: marks of notes, which aren't read, and exponents, which are."""

from __future__ import annotations

import re

_MARK = re.compile(r"[\[(（【]?\s*(?:\d{1,3}(?:\s?[,–-]\s?\d{1,3})*|[*†‡§¶]{1,4}|注\d*)\s*[\])）】]?")
_POWER = re.compile(r"[-−–+]?\d{1,3}")
_RAISED_DIGITS = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
# What a power is taken of: a unit, a variable, "mc" or a number. A note stands after words, and after years.
_UNIT = re.compile(r"(?:^|[^A-Za-z])(?:[b-hj-zB-HJ-Z]|[kcdmnµμ]m|mc|ft|yd|mi|kg|Hz|ha|[Ss]in|[Cc]os|[Tt]an)$|[α-ωΑ-Ω]$")
_COUNTED_UNIT = re.compile(r"\d\s?[A-Za-zµμ]{1,3}$")
_VARIABLE_IN_BRACKETS = re.compile(r"\((?:\w{1,2}|\d+)?\s*[-+−–=×*/^·]?\s*(?:\w{1,2}|\d+)\)$")
_NUMBER = re.compile(r"(?:^|[^\w.,])(\d[\d.,]*)$")
_YEAR = re.compile(r"1\d{3}|20\d\d")
_SMALL_BASES = ("2", "10")  # alone they have exponents of several digits
_SENTENCE_END = re.compile(r"[.!?…,;:。！？，；：]\s$")


def read_raised(label: str, before: str, after: str, *, is_heading: bool) -> str | None:
    """Return what to read for raised text: "" for the mark of a note, None for the text as it is.

    Args:
        label: The raised text.
        before: Text of the block before it.
        after: Text right after it.
        is_heading: It stands in a heading, where a number has a note and no exponent.
    """
    label = label.strip()
    if not before.strip() or after[:1].isalpha():  # a label at the start of a note; "the isotope 14C"
        return None
    if _POWER.fullmatch(label) and _has_power(label, before[-40:], is_heading=is_heading):
        return label.translate(_RAISED_DIGITS)
    if not _MARK.fullmatch(label):
        return None
    return "" if not before[-1].isspace() or _SENTENCE_END.search(before) else None


def _has_power(label: str, before: str, *, is_heading: bool) -> bool:
    """Return whether digits after a text are the exponent of its end."""
    number = _NUMBER.search(before)
    if not label.isdigit():
        return bool(number or _UNIT.search(before) or _COUNTED_UNIT.search(before))
    if number is None:
        return bool(_UNIT.search(before) or _COUNTED_UNIT.search(before) or _VARIABLE_IN_BRACKETS.search(before))
    if is_heading or _YEAR.fullmatch(number[1]) or number[1].endswith((".", ",")):
        return False
    return number[1] in _SMALL_BASES or (len(label) == 1 and label > "1")
