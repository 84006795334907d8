"""English dates, clock times and years."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers
from funaudio_core.text.spoken_form.aligned import rule
from funaudio_core.text.spoken_form.tables.english import (
    DAY_SHORT,
    MONTH_SHORT,
    MONTHS,
    NOT_PLURAL,
    QUANTITY_BEFORE,
    QUANTITY_NOUNS,
)


def cardinal(digits: str) -> str:
    """Return a whole number in words."""
    return numbers.integer(digits, "en")


def _say_date(month: int, day: int, year: str) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    tail = f", {_say_year(year)}" if year else ""
    return f"{MONTHS[month - 1]} {numbers.ordinal(day, 'en')}{tail}"


def _say_year(year: str) -> str:
    value = int(year)
    if len(year) == 2:
        return f"oh {cardinal(str(value))}" if value < 10 else cardinal(year)
    return numbers.english_year(value)


def _say_numeric_date(match: re.Match[str]) -> str | None:
    first, second, year = int(match[1]), int(match[3]), match[4]
    is_day_first = first > 12 or match[2] == "."
    return _say_date(second, first, year) if is_day_first and second <= 12 else _say_date(first, second, year)


def _say_month_day(match: re.Match[str]) -> str | None:
    month = MONTH_SHORT.get(match["month"].rstrip("."), match["month"])
    written_year = match.groupdict().get("year")
    comma = "," if match["day"] else ""
    year = f"{comma} {_say_year(written_year)}" if written_year else ""
    day = f" {numbers.ordinal(int(match['day']), 'en')}" if match["day"] else ""
    return f"{month}{day}{year}"


def _say_first_day(match: re.Match[str]) -> str:
    """Return the start of a range of days or months."""
    month = MONTH_SHORT.get(match["month"].rstrip("."), match["month"])
    return f"{month} {numbers.ordinal(int(match['day']), 'en') if match['day'] else ''}".rstrip() + " to "


def _say_day_month(match: re.Match[str]) -> str:
    month = MONTH_SHORT.get(match["month"].rstrip("."), match["month"])
    year = f" {_say_year(match['year'])}" if match["year"] else ""
    return f"the {numbers.ordinal(int(match['day']), 'en')} of {month}{year}"


_MONTH_NAMES = rf"(?:{'|'.join(MONTHS)}|(?:{'|'.join(MONTH_SHORT)})\b\.?)"


_YEAR = r"(?:1[0-9]|20)\d\d"


DATES = [
    rule(rf"\b(?P<month>{_MONTH_NAMES})(?P<day> [0-3]?\d)? ?[-–—] ?(?={_MONTH_NAMES}(?:[ ,.]|$))", _say_first_day),
    rule(
        rf"\b(?P<month>{_MONTH_NAMES}) (?P<day>[0-3]?\d) ?[-–—] ?(?P<last>[0-3]?\d)(?![\w:/%-]|[.,]\d)",
        lambda m: f"{_say_month_day(m)} to {numbers.ordinal(int(m['last']), 'en')}",
    ),
    rule(
        r"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.? ?[-–] ?(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?",
        lambda m: f"{DAY_SHORT[m[1]]} to {DAY_SHORT[m[2]]}",
    ),
    rule(r"(?<![\w.,/-])(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?![\w/-])", lambda m: _say_date(int(m[3]), int(m[4]), m[1])),
    rule(r"(?<![\w.,/-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|\.\d)", _say_numeric_date),
    rule(
        r"(?i)(?<![\w])((?:on|by|until|till|before|after|since|due|from) )(\d{1,2})/(\d{1,2})(?![\w/-]|\.\d)",
        lambda m: m[1] + d if (d := _say_date(int(m[2]), int(m[3]), "")) else None,
    ),
    rule(
        rf"\b(?P<month>{_MONTH_NAMES}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?:(?:,| of)? (?P<year>{_YEAR}))?(?![\w:/%]|[.,–-]\d| ?[ap]\.?m)",
        _say_month_day,
    ),
    rule(
        rf"\b(?:[Tt]he )?(?P<day>[0-3]?\d)(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTH_NAMES})(?:,? (?P<year>{_YEAR}))?(?!\w)",
        _say_day_month,
    ),
    rule(rf"\b(?P<month>{_MONTH_NAMES}),? (?P<day>)(?P<year>{_YEAR})(?!\w|[.,]\d)", _say_month_day),
    rule(
        rf"\b({'|'.join(key for key in MONTH_SHORT if key != 'May')})\.(?= \d| [A-Z]|,|$)",
        lambda m: MONTH_SHORT[m[1]],
    ),
    rule(
        r"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\.(?=,? [A-Z\d]|,)|\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?=, [A-Z]|[-–][MTWFS])",
        lambda m: DAY_SHORT[m[1] or m[2]],
    ),
]


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    half = _say_half(match["half"])
    if hour > 24 or int(minute) > 59 or (not half and not second and _is_ratio(match)):
        return None
    if minute == "00" and not second:
        clock = cardinal(str(hour)) if hour else "midnight"
        tail = "" if half or not hour else " o'clock" if hour <= 12 else " hundred"
        return clock + tail + half
    words = f"{cardinal(str(hour))} {_say_minute(minute)}"
    if second:
        words += f" {_say_minute(second)}"
    return words + half


def _is_ratio(match: re.Match[str]) -> bool:
    """Return whether two numbers with a colon between them are called a ratio or a score."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return re.search(rf"(?i)\b(?:{_RATIO_BEFORE})(?: of| is| was| are)? $", before) is not None or (
        re.match(r" (?:ratios?|odds|scale|score|mix|aspect)\b", after) is not None
    )


def _say_ratio(match: re.Match[str]) -> str:
    """Return minutes and seconds, beyond the hours of a day, or a ratio."""
    first, second = match[1], match[2]
    is_clock = len(first) <= 2 and len(second) == 2 and int(second) < 60 and not _is_ratio(match)
    if not is_clock:
        return f"{cardinal(first)} to {cardinal(second)}"
    return f"{cardinal(first)} minutes" if second == "00" else f"{cardinal(first)} {_say_minute(second)}"


def _say_minute(minute: str) -> str:
    if minute == "00":
        return "zero"
    return f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)


def _say_half(half: str | None) -> str:
    return f" {half[0].upper()} M" if half else ""


_RATIO_BEFORE = "ratios?|odds|scale|score|proportions?|won|win|lost|beat|defeated|leading|led|ahead"
_HALF = r"(?P<half>[ap]\.? ?m\b\.?)"


TIMES = [
    rule(r"(?<=\d:\d\d)[-–](?=\d{1,3}\b(?!:))", " to "),
    rule(
        r"(?i)(?<=\d) ?[-–—] ?(?=\d{1,2}(?::\d\d)? ?[ap]\.?m\b)|(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=[ap]m)[-–—](?=\d)|(?<=[ap]\.m\.)[-–—](?=\d)",
        " to ",
    ),
    rule(
        rf"(?i)(?<![\w:.,$])(?P<hour>\d{{1,2}}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?{_HALF})?(?![\w:])",
        _say_time,
    ),
    rule(rf"(?i)(?<![\w:.,$])(?P<hour>\d{{1,2}})\.(?P<minute>[0-5]\d)(?P<second>) ?{_HALF}(?!\w)", _say_time),
    rule(rf"(?i)(?<![\w:.,$])(?P<hour>\d{{1,2}}) ?{_HALF}(?!\w)", lambda m: cardinal(m["hour"]) + _say_half(m["half"])),
    rule(
        r"(?i)\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) ([ap])\.?m\b\.?",
        lambda m: f"{m[1]} {m[2].upper()} M",
    ),
    rule(r"(?<![\w.:,])(\d{1,3}):(\d{1,3})(?![\w:])", _say_ratio),
]


def _say_bare_year(match: re.Match[str]) -> str | None:
    before = re.search(r"(\w+)\W*$", match.string[: match.start()])
    after = re.match(r" ([a-z]+)", match.string[match.end() :])
    if re.match(r" by \d", match.string[match.end() :]):
        return None
    previous = before[1].lower() if before else ""
    following = after[1] if after else ""
    is_counting = following in QUANTITY_NOUNS or (following.endswith("s") and following not in NOT_PLURAL)
    if previous in QUANTITY_BEFORE or (is_counting and previous not in ("in", "since", "by", "year", "the")):
        return None
    return numbers.english_year(int(match.group()))


def _say_decade(match: re.Match[str]) -> str | None:
    value = int(match[1])
    is_named = match.group()[0] in "'’‘" or re.search(
        r"(?:\b[Tt]he|\band|early|late|mid|\bto|ies)[ –-]$", match.string[: match.start()]
    )
    if value < 1000 and not is_named:
        return None
    return numbers.english_decade(value) if value % 10 == 0 and (value >= 1000 or 10 <= value <= 90) else None


YEARS = [
    rule(
        r"(?<=\byear )10\d\d\b|(?<=\b[Ii]n )10[1-9]\d\b(?! [a-z]+s\b)", lambda m: numbers.english_year(int(m.group()))
    ),
    rule(r"(?<![\w.,])(?:['’‘])?(\d{4}|\d0)['’]?s\b(?!\w)", _say_decade),
    rule(r"(?<![\w.,])['’‘](\d\d)\b(?!['’\w])", lambda m: _say_year(m[1])),
    rule(
        r"(?<![\w.,$/-])((?:1[1-9]|20)\d\d)(?: ?[-–—] ?| to )((?:1[1-9]|20)?\d\d)(?![\w%/°-]|[.,]\d)",
        lambda m: f"{_say_year(m[1])} to {_say_year(m[2])}",
    ),
    rule(r"(?<![\w.,$/-])(?:1[1-9]|20)\d\d(?![\w%/°]|[.,]\d|-\d)", _say_bare_year),
    rule(r"(?<=\d) ?BCE?\b|(?<=[a-z]) BCE?(?=\W|$)", lambda m: " " + " ".join(m.group().strip())),
    rule(r"\bAD (?=\d|[a-z])|(?<=[a-z\d]) AD\b", " A D "),
]
