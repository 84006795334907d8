"""Italian written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import rewriter, rule
from funaudio_core.text.spoken_form.tables.italian import (
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    LEXICON,
    MONTHS,
    REGNAL,
    SHORT_MONTHS,
    WORDS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primo" if day == 1 else numbers.cardinal(day, "it")
    return f"{first} {MONTHS[month - 1]}" + (f" {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = "una" if hour == 1 else numbers.cardinal(hour, "it")
    if minute != "00":
        clock += f" e {numbers.cardinal(int(minute), 'it')}"
    if match["second"]:
        clock += f" e {numbers.cardinal(int(match['second']), 'it')} secondi"
    return clock


_TIMES = [
    rule(r"(?<=\d[:.]\d\d) ?[-–—~] ?(?=\d{1,2}[:.]\d\d)", " a "),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?![\w:])", _say_time),
    rule(
        r"(?i)(?:(?<=\balle )|(?<=\bore )|(?<=\ble ))(?P<hour>\d{1,2})[.,](?P<minute>[0-5]\d)(?P<second>)(?!\w|\.\d)",
        _say_time,
    ),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2})h(?P<minute>[0-5]\d)(?P<second>)(?!\w)", _say_time),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    if mark in "º°" and (
        re.search(r"(?i)\b(?:sono|fanno|a|di|circa|oltre|sotto|ci sono|meno|fino a) $", before) or value > 40
    ):
        return f"{numbers.cardinal(value, 'it', 'm')} grad{'o' if value == 1 else 'i'}"
    if (
        mark == "°"
        and not re.match(r" (?!all)[a-z]", match.string[match.end() :])
        and not re.search(r"(?i)(?:\b(?:il|lo|al|del|nel|dal|i|gli)|l['’]) ?$", before)
    ):
        return None
    return numbers.ordinal(value, "it", "f" if mark in "ªa" else "m")


def _say_roman(value: int, kind: str) -> str:
    if kind == "noun" and value > 20:
        return numbers.cardinal(value, "it")
    return numbers.ordinal(value, "it", "f" if kind == "queen" else "m")


def _say_noun_roman(value: int, kind: str) -> str:
    return numbers.cardinal(value, "it") if kind == "noun" else _say_roman(value, kind)


_FRACTIONS = {2: ("mezzo", "mezzi")} | {
    n: (numbers.ordinal(n, "it"), numbers.ordinal(n, "it")[:-1] + "i") for n in range(3, 21)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:di )?(\w+)", after)
    if not following:
        return "un mezzo"
    return "mezza" if following[1].endswith("a") else "mezzo"


RULES = romance.assemble(
    LEXICON,
    r"telefono|tel|cell|chiam\w*|cellulare|fax|compon\w*",
    (
        *romance.date_rules(LEXICON, _say_date, SHORT_MONTHS),
        rule(rf"(?<![\w.,])1[°º]? (?=(?:{'|'.join(MONTHS)})\b)", "primo "),
        *_TIMES,
        rule(r"(?<![\w.,])(?P<n>\d{1,3})(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        *romance.roman_rules(
            "secolo|sec\\.|papa",
            "secolo|secoli|sec\\.|edizione|congresso|olimpiade|capitolo|legislatura|municipio|secc\\.",
            REGNAL,
            _say_roman,
        ),
        *romance.roman_rules(
            "capitolo|tomo|volume|parte|atto|scena|libro|fase|guerra mondiale|titolo|articolo|tipo|livello|sezione|allegato",
            "",
            REGNAL,
            _say_noun_roman,
        )[:1],
        *romance.abbreviation_rules(LEXICON, WORDS, BEFORE_NAMES, BEFORE_NUMBERS),
        rule(r"(?i)(?<=anni )['’]?(\d0)\b", lambda m: numbers.cardinal(int(m[1]), "it")),
        rule(r"(?<!\w)['’](\d\d0?)\b", lambda m: numbers.cardinal(int(m[1]), "it")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "e mezzo"),
        *romance.power_rules(LEXICON, "al quadrato", "al cubo", "alla"),
    ),
)
rewrite = rewriter(RULES)
