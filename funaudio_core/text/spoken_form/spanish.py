"""Spanish written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import numbers, romance
from funaudio_core.text.spoken_form.aligned import rewriter, rule
from funaudio_core.text.spoken_form.tables.spanish import (
    BEFORE_NAMES,
    BEFORE_NUMBERS,
    LEXICON,
    MONTHS,
    REGNAL,
    SHORT_MONTHS,
    WORDS,
)


def _say_date(day: int, month: int, year: str) -> str:
    first = "primero" if day == 1 else numbers.cardinal(day, "es")
    return f"{first} de {MONTHS[month - 1]}" + (f" de {year}" if year else "")


def _say_time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["hour"]), match["minute"] or "00"
    if hour > 24 or int(minute) > 59:
        return None
    clock = numbers.cardinal(hour, "es", "f")
    if minute != "00":
        clock += (" y " if minute[0] == "0" else " ") + numbers.cardinal(int(minute), "es")
    if match["second"]:
        clock += f" y {numbers.cardinal(int(match['second']), 'es')} segundos"
    half = match["half"]
    if half:
        part = "de la mañana" if half[0] in "aA" else "de la tarde" if hour < 8 or hour == 12 else "de la noche"
        return f"{clock} {part}"
    return clock + (" horas" if match["unit"] else "")


_HALF = r"(?P<half>[aApP]\.? ?[mM]\b\.?)"


_TIMES = [
    rule(r"(?<=\d:\d\d) ?[-–—~] ?(?=\d{1,2}:\d\d)|(?<=\dh) ?[-–] ?(?=\d{1,2} ?h)", " a "),
    rule(
        rf"(?<![\w:.,$])(?P<hour>\d{{1,2}})[:](?P<minute>\d\d)(?::(?P<second>\d\d))?(?: ?{_HALF}| ?(?P<unit>h(?:s|oras)?\b\.?))?(?![\w:])",
        _say_time,
    ),
    rule(rf"(?<![\w:.,$])(?P<hour>\d{{1,2}})(?P<minute>)(?P<second>)(?P<unit>) ?{_HALF}(?!\w)", _say_time),
    rule(
        r"(?<![\w:.,$])(?P<hour>\d{1,2}) ?h ?(?P<minute>\d\d)?(?P<second>)(?P<half>)(?P<unit>)\b(?! ?/)",
        lambda m: _say_time(m) if m["minute"] else None,
    ),
    rule(r"(?i)(?<=\blas )(?P<hour>\d{1,2})\.(?P<minute>\d\d)(?P<second>)(?P<half>)(?P<unit>)(?!\w|\.\d)", _say_time),
    rule(r"(?i)(?<=\blas )(?:21|1)\b(?![.,:]\d)", lambda m: numbers.cardinal(int(m.group()), "es", "f")),
    rule(r"(?i)(?<=\bla )1\b(?![.,:]\d)", "una"),
]


def _say_ordinal(match: re.Match[str]) -> str | None:
    value, mark = int(match["n"]), match["mark"]
    before = match.string[: match.start()]
    is_degree = re.search(r"(?i)\b(?:hace|hacen|a|temperatura|bajo|unos|de|hasta|menos|giro|ángulo de) $", before)
    if mark in "º°" and (is_degree or value > 40):
        return f"{numbers.cardinal(value, 'es', 'm')} grados" if value != 1 else "un grado"
    if mark == "°" and not re.search(r"(?i)\b(?:el|del|al|los|lo) $", before):
        return None
    gender = "f" if mark in "ªa" else "m"
    words = numbers.ordinal(value, "es", gender)
    is_short = mark == "er" or (
        mark in "º°"
        and re.match(r" (?:piso|lugar|puesto|premio|grado|día|año|capítulo|curso)", match.string[match.end() :])
    )
    return re.sub(r"(primer|tercer)o$", r"\1", words) if is_short else words


def _say_roman(value: int, kind: str) -> str:
    if kind == "ordinal":
        return numbers.ordinal(value, "es")
    if kind == "queen":
        return numbers.ordinal(value, "es", "f") if value <= 10 else numbers.cardinal(value, "es")
    return numbers.ordinal(value, "es") if kind == "name" and value <= 10 else numbers.cardinal(value, "es")


_FRACTIONS = {2: ("medio", "medios"), 3: ("tercio", "tercios"), 4: ("cuarto", "cuartos")} | {
    n: (numbers.ordinal(n, "es"), numbers.ordinal(n, "es") + "s") for n in range(5, 11)
}


def _say_half(after: str) -> str:
    following = re.match(r" (?:de )?(\w+)", after)
    if not following:
        return "un medio"
    return "media" if following[1].endswith(("a", "as", "ción", "sión", "tad")) else "medio"


RULES = romance.assemble(
    LEXICON,
    r"tel[eé]fono|tel|llam[ae]\w*|m[oó]vil|celular|marc[ae]\w*|fax|whatsapp",
    (
        *romance.date_rules(LEXICON, _say_date, SHORT_MONTHS),
        rule(rf"(?<![\w.,])1 de (?=(?:{'|'.join(MONTHS)}))", "primero de "),
        *_TIMES,
        *romance.abbreviation_rules(LEXICON, WORDS, BEFORE_NAMES, BEFORE_NUMBERS),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>[ºª°])(?! ?[CF]\b)", _say_ordinal),
        rule(r"(?<![\w.,])(?P<n>\d{1,3})\.?(?P<mark>er)\b", _say_ordinal),
        *romance.roman_rules(
            "siglos?|cap[ií]tulos?|tomo|volumen|parte|acto|escena|libro|fase|guerra mundial|título|artículo|tipo|nivel|sección|anexo",
            "Congreso|Cumbre|Edición|edición|Olimpiada|Festival|Jornadas|Juegos|aniversario|Concurso",
            REGNAL,
            _say_roman,
        ),
        rule(r"(?<![\w.,])(?:años? )?['’](\d0)s?\b", lambda m: numbers.cardinal(int(m[1]), "es")),
        rule(r"(?i)(?<=\baños )(\d0)s?\b", lambda m: numbers.cardinal(int(m[1]), "es")),
    ),
    (
        *romance.fraction_rules(LEXICON, _FRACTIONS, _say_half, "y medio"),
        *romance.power_rules(LEXICON, "al cuadrado", "al cubo", "elevado a"),
    ),
)
rewrite = rewriter(RULES)
