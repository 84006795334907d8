"""Portuguese (Brazilian) written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import rewriter, rule
from funaudio_core.text.spoken_form.tables.portuguese import (
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    LEXICON,
    MONTHS,
    REGNAL,
    SHORT_MONTHS,
    WORDS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primeiro" if day == 1 else numbers.cardinal(day, "pt")
    return f"{first} de {MONTHS[month - 1]}" + (f" de {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = numbers.cardinal(hour, "pt", "f")
    if "h" in match.group():
        clock += " hora" if hour == 1 else " horas"
    if minute != "00":
        clock += f" e {numbers.cardinal(int(minute), 'pt')}"
    if match["second"]:
        clock += f" e {numbers.cardinal(int(match['second']), 'pt')} segundos"
    return clock


_TIMES = [
    rule(
        r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\dh) ?[-–] ?(?=\d{1,2} ?h)|(?<=\dh\d\d) ?[-–] ?(?=\d{1,2}h)",
        " às ",
    ),
    rule(r"(?<![\w:.,$])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?h\b)?(?![\w:])", _say_time),
    rule(r"(?<![\w:.,$])(?P<hour>\d{1,2}) ?[hH](?P<minute>[0-5]\d)?(?P<second>)(?:min)?(?!\w|/)", _say_time),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    if mark in "º°" and (re.search(r"(?i)\b(?:faz|fazem|a|de|temperatura|menos|até|uns) $", before) or value > 40):
        return f"{numbers.cardinal(value, 'pt', 'm')} grau{'' if value == 1 else 's'}"
    if mark == "°" and not re.search(r"(?i)\b(?:o|do|no|ao|os) $", before):
        return None
    return numbers.ordinal(value, "pt", "f" if mark in "ªa" else "m")


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "pt")
    if kind == "queen":
        return numbers.ordinal(value, "pt", "f") if value <= 10 else numbers.cardinal(value, "pt")
    return numbers.ordinal(value, "pt") if kind == "name" and value <= 10 else numbers.cardinal(value, "pt")


_FRACTIONS = {2: ("meio", "meios"), 3: ("terço", "terços")} | {
    n: (numbers.ordinal(n, "pt"), numbers.ordinal(n, "pt") + "s") for n in range(4, 11)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:de )?(\w+)", after)
    if not following:
        return "um meio"
    return "meia" if following[1].endswith(("a", "ção", "dade")) else "meio"


RULES = romance.assemble(
    LEXICON,
    r"telefone|tel|lig\w*|celular|disque|fax|whatsapp|zap",
    (
        *romance.date_rules(LEXICON, _say_date, SHORT_MONTHS),
        rule(rf"(?<![\w.,])1[º°]? de (?=(?:{'|'.join(MONTHS)})\b)", "primeiro de "),
        *_TIMES,
        rule(r"(?<![\w.,])(\d) ?x ?(\d)(?![\w.,]\w)", r"\1 a \2"),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})(?P<mark>a)(?= \w)(?!\w)", _say_ordinal),
        *romance.abbreviation_rules(LEXICON, WORDS, BEFORE_NAMES, BEFORE_NUMBERS),
        *romance.roman_rules(
            "séculos?|capítulo|tomo|volume|parte|ato|cena|livro|fase|guerra mundial|título|artigo|tipo|nível|seção|anexo",
            "Congresso|Cúpula|edição|Olimpíada|Festival|Jornada",
            REGNAL,
            _say_roman,
        ),
        rule(r"(?i)(?<=anos )['’]?(\d0)\b", lambda m: numbers.cardinal(int(m[1]), "pt")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "e meio"),
        *romance.power_rules(LEXICON, "ao quadrado", "ao cubo", "elevado a"),
    ),
)
rewrite = rewriter(RULES)
