"""French written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import rewriter, rule
from funaudio_core.text.spoken_form.tables.french import (
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    LEXICON,
    MONTHS,
    REGNAL,
    SHORT_MONTHS,
    WORDS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "premier" if day == 1 else numbers.cardinal(day, "fr")
    return f"{first} {MONTHS[month - 1]}" + (f" {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = f"{numbers.cardinal(hour, 'fr', 'f')} heure{'s' if hour > 1 else ''}"
    if minute != "00":
        clock += f" {numbers.cardinal(int(minute), 'fr', 'f' if match['second'] else '')}"
    if match["second"]:
        clock += f" minutes et {numbers.cardinal(int(match['second']), 'fr', 'f')} secondes"
    return clock


_TIMES = [
    rule(r"\b24 ?h(?:eures)?(?:/| sur )24\b", "vingt-quatre heures sur vingt-quatre"),
    rule(r"\b7 ?j(?:ours)?(?:/| sur )7\b", "sept jours sur sept"),
    rule(
        r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\dh\d\d) ?[-–] ?(?=\d{1,2} ?h)|(?<=\dh) ?[-–] ?(?=\d{1,2}h)",
        " à ",
    ),
    rule(r"(?<![\w:.,€])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?h\b)?(?![\w:])", _say_time),
    rule(
        r"(?<![\w:.,€])(?P<hour>\d{1,2})[ \u00a0\u202f]?[hH][ \u00a0\u202f]?(?P<minute>[0-5]\d)?(?P<second>)(?:[ \u00a0]?min)?(?!\w|/)",
        _say_time,
    ),
]


def _say_ordinal(match: re.Match[str]) -> str:
    value, mark = int(match["n"]), match["mark"]
    if value == 1:
        return "première" if mark in ("re", "ère", "ere", "ʳᵉ") else "premier"
    if value == 2 and mark in ("nd", "nde", "d", "de"):
        return "second" if mark in ("nd", "d") else "seconde"
    plural = "s" if mark.endswith("s") else ""
    return numbers.ordinal(value, "fr") + plural


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "fr")
    return "premier" if kind == "name" and value == 1 else numbers.cardinal(value, "fr")


_FRACTIONS = {2: ("demi", "demis"), 3: ("tiers", "tiers"), 4: ("quart", "quarts")}


_SUFFIX = r"(?P<mark>ers?|ères?|eres?|res?|nde?s?|i?[èe]mes?|ᵉʳ|ʳᵉ|ᵉ|es?)"


def _say_decade(match: re.Match[str]) -> str:
    return numbers.cardinal(int(match[1]), "fr")


def _say_roman_suffix(match: re.Match[str]) -> str | None:
    value = numbers.roman_value(match["roman"])
    if not value or (match["roman"] in ("C", "D", "L", "M") and match["mark"] in ("e", "es")):
        return None
    if value == 1:
        return "première" if match["mark"] in ("re", "ère") else "premier"
    return numbers.ordinal(value, "fr")


def _say_half(after: str) -> str:
    return "une demi" if romance.guess_noun_gender("fr")(after, 1) == "f" else "un demi"


RULES = romance.assemble(
    LEXICON,
    r"t[ée]l[ée]phone|t[ée]l|appel\w*|portable|num[ée]ro|fax|composez",
    (
        *romance.date_rules(LEXICON, _say_date, SHORT_MONTHS),
        *_TIMES,
        rule(rf"(?<![\w.,])(?P<n>\d{{1,4}}){_SUFFIX}(?![\w'’])", _say_ordinal),
        rule(
            r"(?<![\w])(?P<roman>[IVXLC]+)(?P<mark>er|ers|re|ère|ème|èmes|eme|es?|ᵉʳ|ᵉ)(?!\w)",
            _say_roman_suffix,
        ),
        *romance.abbreviation_rules(LEXICON, WORDS, BEFORE_NAMES, BEFORE_NUMBERS),
        *romance.roman_rules(
            "chapitre|tome|volume|partie|acte|scène|livre|phase|guerre mondiale|titre|article|type|niveau|section|annexe",
            "",
            REGNAL,
            _say_roman,
        ),
        rule(r"(?i)(?<=années )['’]?(\d0)s?\b", _say_decade),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "et demi"),
        *romance.power_rules(LEXICON, "au carré", "au cube", "puissance"),
    ),
    phone_groups=2,
)
rewrite = rewriter(RULES)
