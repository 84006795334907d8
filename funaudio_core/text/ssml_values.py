"""Values of SSML's attributes."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Callable

MAX_BREAK_SECONDS = 10.0


_MEAN_F0_HZ = 180.0  # of speech; turns a pitch in hertz into semitones


_BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}  # seconds


_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}


_PITCHES = {"x-low": -4.0, "low": -2.0, "medium": 0.0, "default": 0.0, "high": 2.0, "x-high": 4.0}  # semitones


_LEVELS = {
    "silent": -24.0,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}  # dB


def read_break(attributes: dict[str, str]) -> float:
    """Return the seconds of a break."""
    time = re.fullmatch(r"\+?(\d*\.?\d+)\s*(ms|s)?", attributes.get("time", "").strip())
    if time:
        seconds = float(time[1]) / (1000 if time[2] == "ms" else 1)
        return min(seconds, MAX_BREAK_SECONDS)
    return _BREAKS.get(attributes.get("strength", "medium"), _BREAKS["medium"])


def _read(value: str, names: dict[str, float], parse_value: Callable[[str], float | None]) -> float | None:
    value = value.strip().lower()
    return names[value] if value in names else parse_value(value)


def _rate(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(%?)", value)
    if not number:
        return None
    share = float(number[2]) / (100 if number[3] else 1)
    rate = 1 + share if number[1] == "+" else 1 - share if number[1] == "-" else share
    return rate if rate > 0 else None


def _pitch(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(%|st|hz)?", value)
    if not number or (number[3] == "hz" and not number[1]):
        return None
    size = float(f"{number[1]}{number[2]}")
    if number[3] == "st":
        return size
    factor = 1 + size / (_MEAN_F0_HZ if number[3] == "hz" else 100)
    if number[3] == "%" and not number[1]:
        factor = size / 100
    return 12 * math.log2(factor) if factor > 0 and number[3] else None


def _level(value: str) -> float | None:
    number = re.fullmatch(r"([+-]?)(\d*\.?\d+)(db|%)?", value)
    if not number:
        return None
    size = float(f"{number[1]}{number[2]}")
    if number[3] == "db":
        return size
    share = 1 + size / 100 if number[1] else size / 100
    return 20 * math.log10(share) if share > 0 else _LEVELS["silent"]


def read_rate(value: str) -> float | None:
    """Return a speaking rate as a factor, None if it can't be read."""
    return _read(value, _RATES, _rate)


def read_pitch(value: str) -> float | None:
    """Return a pitch in semitones, None if it can't be read."""
    return _read(value, _PITCHES, _pitch)


def read_volume(value: str) -> float | None:
    """Return a volume in dB, None if it can't be read."""
    return _read(value, _LEVELS, _level)


_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>/]+))""")

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


def read_attributes(attributes: str) -> dict[str, str]:
    """Return the attributes of a tag by name, in small letters."""
    return {
        name.lower(): html.unescape(next((value for value in values if value), ""))
        for name, *values in _ATTRIBUTE.findall(attributes)
    }


def unescape_entities(text: str) -> str:
    """Return a text with its character references replaced."""
    return _ENTITY.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    char = html.unescape(match.group())
    if char == match.group() or char == "\u00a0":
        return " " if char == "\u00a0" else char
    return "".join(
        part for part in unicodedata.normalize("NFC", char) if unicodedata.category(part) not in ("Co", "Cs", "Cc")
    )


def read_say_as(attributes: dict[str, str], written: str) -> str | None:
    """Return the words of a say-as tag, None if it has no effect."""
    kind = attributes.get("interpret-as", "").lower()
    if kind in ("characters", "spell-out", "verbatim", "letters"):
        return " ".join(char for char in written if not char.isspace())
    if kind in ("digits", "telephone", "number:digits"):
        return " ".join(char for char in written if char.isalnum())
    if kind == "expletive":
        return "beep"
    if kind == "ordinal" and re.fullmatch(r"\d+", written):
        return f"{written}{_ordinal_suffix(int(written))}"
    known = (
        "cardinal",
        "number",
        "ordinal",
        "fraction",
        "date",
        "time",
        "unit",
        "currency",
        "address",
        "name",
        "measure",
    )
    return written if kind in known else None


def _ordinal_suffix(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
