"""English written forms and how they are spoken."""

from __future__ import annotations

import re

from funaudio_core.text.spoken_form import contacts, numbers, shared
from funaudio_core.text.spoken_form.aligned import Rule, rewriter, rule
from funaudio_core.text.spoken_form.english_dates import DATES, TIMES, YEARS, cardinal
from funaudio_core.text.spoken_form.lexicon import alternatives
from funaudio_core.text.spoken_form.tables.english import (
    BEFORE_NUMBERS,
    COUNTED,
    LEXICON,
    NUMBERED,
    PER,
    REGNAL,
    SPELLED,
    TITLES,
    WORDS,
)

_NAME = r"[A-Z][\w'’-]*"


_DENOMINATORS = {2: ("half", "halves"), 4: ("quarter", "quarters")}


def _say_fraction(match: re.Match[str]) -> str | None:
    whole, top, bottom = match["whole"], int(match["top"]), int(match["bottom"])
    if not bottom or (len(match["bottom"]) > 1 and match["bottom"][0] == "0"):
        return None
    if (top, bottom) == (24, 7) and not whole:
        return "twenty four seven"
    if bottom == 11 and top in (7, 9) and not whole:
        return f"{cardinal(match['top'])} eleven"
    if top == bottom and not whole:
        return f"{cardinal(match['top'])} {cardinal(match['bottom'])}"
    if bottom > 100 or (bottom > 20 and top > bottom):
        return f"{cardinal(match['top'])} over {cardinal(match['bottom'])}"
    one, many = _DENOMINATORS.get(bottom) or (numbers.ordinal(bottom, "en"), numbers.ordinal(bottom, "en") + "s")
    if whole:
        count = "a" if top == 1 else cardinal(match["top"])
        return f"{cardinal(whole)} and {count} {one if top == 1 else many}"
    return f"{cardinal(match['top'])} {one if top == 1 else many}"


_FRACTIONS = [
    rule(
        r"(?<![\w.,/-])(\d+\.\d+|\d+(?=/\d+ (?:stars?|points?|votes)\b))/(\d+)(?![\w/]|[.,]\d)",
        lambda m: f"{LEXICON.say_number(m[1])} out of {cardinal(m[2])}",
    ),
    rule(r"(?<![\w.,/-])(?:(?P<whole>\d+)[ -])?(?P<top>\d+)/(?P<bottom>\d+)(?![\w/]|[.,]\d)", _say_fraction),
]


def _say_power(match: re.Match[str]) -> str:
    base = match["base"] if match["base"].isdigit() else " ".join(match["base"])
    exponent = match["up"] or match["caret"]
    exponent = exponent.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")).strip("{}()")
    if exponent == "2":
        return f"{base} squared"
    if exponent == "3" and not base.isdigit():
        return f"{base} cubed"
    sign = "minus " if exponent.startswith("-") else ""
    number = exponent.lstrip("+-")
    return f"{base} to the power of {sign}{cardinal(number) if number.isdigit() else number}"


_POWERS = [
    rule(
        r"(?P<base>\d+|(?<![\w])[a-zA-Z]{1,2}|\))(?:(?P<up>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\^(?P<caret>\{?\(?[-+]?\w+\)?\}?))",
        _say_power,
    ),
]


def _say_regnal(match: re.Match[str]) -> str | None:
    value = numbers.roman_value(match[2])
    return f"{match[1]} the {numbers.ordinal(value, 'en')}" if value else None


def _say_numbered(match: re.Match[str]) -> str | None:
    value = numbers.roman_value(match[2])
    return f"{match[1]} {cardinal(str(value))}" if value else None


def _say_roman_ordinal(match: re.Match[str]) -> str | None:
    value = numbers.roman_value(match[1])
    return numbers.ordinal(value, "en") if value else None


_ROMANS = [
    rule(rf"\b((?:{REGNAL})) ([IVXL]{{2,}}|[VX])(?=['’]s|\b(?!\.\w))", _say_regnal),
    rule(
        rf"\b((?:{REGNAL})) (I)(?='s|’s|[,.;:)]| (?:was|is|had|of|and|ruled|reigned|died|became|in|to)\b|$)",
        _say_regnal,
    ),
    rule(rf"\b((?:{NUMBERED})s?) ([IVXLC]+)\b(?!['’.]\w)", _say_numbered),
    rule(
        r"\b([IVXL]+)(?= (?:century|Century|centuries|dynasty|Dynasty|Olympi|Congress|Corps|Amendment))",
        _say_roman_ordinal,
    ),
    rule(rf"\b({_NAME}) (II|III|IV|VI|VII|VIII|IX|XI|XII|XIII|XIV|XV|XVI)\b(?!['’.]\w)", _say_numbered),
]


def _title(short: str, full: str) -> Rule:
    return rule(rf"\b{short}\.(?= ?[A-Z])|\b{short}(?= [A-Z][a-z])", full)


def _say_saint(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()], match.string[match.end() :]
    is_named = re.match(rf" {_NAME}", after) is not None
    follows_name = re.search(rf"(?:\b{_NAME}|\d(?:st|nd|rd|th)) $", before) is not None
    in_address = re.search(
        rf"(?:\b(?:on|at|of|along|down|off|and|near|to)|\d+[A-Za-z]?) (?:[NSEW]\.? )?(?:{_NAME} |\d+\w* )+$", before
    )
    if match[1] == "St":
        return "Street" if (follows_name and not is_named) or in_address else "Saint"
    return "Drive" if (follows_name and not is_named) or (in_address and follows_name) else "Doctor"


_TITLES = [
    rule(r"\b(St|Dr)\b\.?(?!\w)", _say_saint),
    *(_title(short, full) for short, full in TITLES.items()),
    rule(r"\bMs\.(?= ?[A-Z])|\bMs(?= [A-Z])", "Miz"),
    rule(
        r"\b(?:Rep|Pres|Supt|Insp)\.(?= [A-Z])",
        lambda m: {"Rep.": "Representative", "Pres.": "President", "Supt.": "Superintendent"}.get(
            m.group(), "Inspector"
        ),
    ),
    rule(r"\bJr\b\.?", "Junior"),
    rule(r"(?<=[a-z]) Sr\b\.?|(?<=[a-z]), Sr\b\.?", " Senior"),
]


def _spell_acronym(match: re.Match[str]) -> str | None:
    """Return the letters of an acronym, unless the text is in capitals."""
    return " ".join(match[1]) + match[2] if re.search(r"[a-z]{2}", match.string) else None


_ABBREVIATIONS = [
    rule(rf"(?<![\w.])({alternatives(BEFORE_NUMBERS)}) ?(?=\d|[IVXL]+\b)", lambda m: f"{BEFORE_NUMBERS[m[1]]} "),
    rule(r"(?<!\w)№ ?", "number "),
    *_TITLES,
    rule(rf"(?<![\w.])(?:{alternatives(WORDS)})(?!\w)", shared.unless_unit(LEXICON, WORDS)),
    rule(rf"(?<![\w.-])({SPELLED})(s?)(?![\w-])", _spell_acronym),
    rule(r"\b(?:[A-Z]\.){2,}(?!\w)", lambda m: " ".join(m.group().replace(".", ""))),
    rule(
        r"\b((?:[A-Z]\. ?)+)(?=[A-Z][a-z])",
        lambda m: f"{m[1].replace('.', ' ')} ".replace("  ", " ") if len(m[1]) > 1 else None,
    ),
]


_DIGIT_CONTEXT = r"(?:zip|zip code|postcode|postal code|area code|code|pin|password|passcode|flight|extension|ext|account|serial number)"


def _say_code(match: re.Match[str]) -> str:
    lead, first, second = match[1], match[2], match[3]
    lead = re.sub(r"\b([A-Z])([A-Z]) ?#?$", r"\1 \2 ", lead)
    return lead + ", ".join(numbers.spell_digits(part, "en", "oh") for part in (first, second) if part)


def _say_flight(match: re.Match[str]) -> str | None:
    if match[1] in ("AD", "BC", "OR", "IN", "AT", "NO"):
        return None
    return f"{' '.join(match[1])} {numbers.spell_digits(match[2], 'en')}"


_CODES = [
    rule(
        rf"(?i)\b({_DIGIT_CONTEXT}(?: is| was|:|,| number)? (?:[A-Z]{{1,2}} ?)?#?)(\d{{3,10}})(?:-(\d{{4}}))?(?!\w|[.,]\d)",
        _say_code,
    ),
    rule(r"\b([A-Z]{2} )(\d{5})(?:-(\d{4}))?(?![\w,])", _say_code),
    rule(r"(?<![\w-])()(\d{5})-(\d{4})(?![\w-])", _say_code),
    rule(r"\b([A-Z]{2})[ -]?(\d{3,4})\b(?![.,]\d)", _say_flight),
    rule(r"(?<![\w.,])0\d+(?![\w.,:/-])", lambda m: numbers.spell_digits(m.group(), "en", "oh")),
]


def _say_feet(match: re.Match[str]) -> str | None:
    """Return a length in feet, unless the mark closes a quotation."""
    if re.search(r"(?:^|[\s(])['‘]\w[^'’]*$", match.string[: match.start()]):
        return None
    return LEXICON.say_counted(match[1], LEXICON.units["ft"])


def _final_dot(match: re.Match[str]) -> str:
    return "." if match.group().endswith(".") and not match.string[match.end() :].strip() else ""


def _say_formula(match: re.Match[str]) -> str:
    digits = match[2].translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    letters = " ".join(match[1]) if len(match[1]) < 4 else match[1]
    return f"{letters} {numbers.integer(digits, 'en')}" + (f" {' '.join(match[3])}" if match[3] else "")


_LETTERS = [
    rule(r"\bC\+\+", "C plus plus"),
    rule(r"\b([CF])#|\b([CF])♯", lambda m: f"{m[1] or m[2]} sharp"),
    rule(r"\b([A-Z][\w]*)\+(?!\w|\+)", r"\1 plus"),
    rule(r"(?<=[a-z])\.js\b", " dot J S"),
    rule(r"\.NET\b", "dot net"),
    rule(r"(?<=\d)\+(?!\w)", " plus"),
    rule(r"\b([A-Z]{1,6})([₀-₉\d]+)([A-Z][A-Za-z]?)?\b", _say_formula),
    rule(r"(?<![\w.,])(\d+)(st|nd|rd|th)\b", lambda m: numbers.ordinal(int(m[1]), "en"), re.IGNORECASE),
    rule(
        r"(?<![\w.,])(\d{1,3}(?:,\d{3})+)(?:st|nd|rd|th)\b", lambda m: numbers.ordinal(int(m[1].replace(",", "")), "en")
    ),
    rule(r"(?<![\w.,])(\d+)([A-Z]{1,4}|[a-z])(?![\w'’])", lambda m: f"{numbers.integer(m[1], 'en')} {' '.join(m[2])}"),
    rule(
        r"(?<![\d.,])(\d{1,3}),(\d{1,2})(?![\d,]|\.\d)",
        lambda m: f"{cardinal(m[1])} comma {numbers.spell_digits(m[2], 'en')}",
    ),
    rule(r"(\d+)['′’] ?(\d{1,2})(?:[\"″”]|'')", lambda m: f"{cardinal(m[1])} foot {cardinal(m[2])}"),
    rule(r"(?<![\w.,°'‘’])(\d{1,3})['′](?![\w'′\"])", _say_feet),
]


# Words behind "in" that make it the preposition: "5 ft 11 in the photo".
_BEHIND_IN = (
    "the|an?|this|that|these|those|his|her|its|our|my|your|their|all|each|every|both|any|one|no|some|many|most"
    "|fact|total|case|order|time|front"
)
_NO_INCHES = rf"(?! (?:{_BEHIND_IN}|\d+|[A-Z]\w*)\b)"
_LENGTHS = [
    rule(
        rf"(?<=\d)(?P<feet> ?(?:ft\.?|feet|foot) ?)(?P<inches>\d+(?:\.\d+)?) ?in\b(?![.-]\w)\.?{_NO_INCHES}",
        lambda m: m["feet"] + LEXICON.say_counted(m["inches"], LEXICON.units["in."]) + _final_dot(m),
    ),
    rule(rf"(?<=\d [x×] )(\d+) in\b{_NO_INCHES}|(?<=\d[x×])(\d+) in\b{_NO_INCHES}", lambda m: f"{m[1] or m[2]} in."),
    rule(rf"(?<=\d)-in(?= [A-Za-z])(?! (?:{_BEHIND_IN})\b)", "-inch"),
    *shared.dimension_rules(LEXICON),
    rule(r"(?<=\d)(?<!\b0)[x×](?=\d+ (?!is\b|equals\b|makes\b|gives\b|in\b)[a-z]{2})", " by "),
]


def _say_per(match: re.Match[str]) -> str | None:
    before = re.search(r"(\w+)$", match.string[: match.start()])
    counted = before is not None and (before[1][-1].isdigit() or before[1] in COUNTED)
    return f" per {PER[match[1]]}" if counted else None


_PER = [rule(rf"(?<=[\w%]) ?/ ?({alternatives(PER)})\b(?<!and/or)", _say_per)]


_COUNTED_PEOPLE = (
    r"(?= (?:followers|views|subscribers|likes|users|people|words|downloads|stars|members|copies|dollars|jobs|sales)\b)"
)
_MAGNITUDES = {"M": "million", "B": "billion", "K": "thousand", "k": "thousand"}
_SHORT_FORMS = [
    rule(r"\b(\d)-(\d00)-([A-Z]{4,})\b", lambda m: f"{cardinal(m[1])} {cardinal(m[2])} {m[3].capitalize()}"),
    rule(r"\b([A-Z]{2})&([A-Z])\b", lambda m: f"{' '.join(m[1])} and {m[2]}"),
    rule(r"\b([kcm]?m|ft|in)\^([23])\b", lambda m: m[1] + {"2": "²", "3": "³"}[m[2]]),
    rule(
        r"(?<![\w.,])(\d{1,2})h ?(\d{1,2})m(?:in)?\b",
        lambda m: f"{LEXICON.say_counted(m[1], LEXICON.units['h'])} {LEXICON.say_counted(m[2], LEXICON.units['min'])}",
    ),
    rule(
        rf"(?<![\w.,$€£])(\d+(?:\.\d+)?)([MBKk]){_COUNTED_PEOPLE}|(?<![\w.,$€£])(\d+\.\d+)([MBKk])\b|(?<![\w.,$€£])(\d+)(k)\b",
        lambda m: f"{LEXICON.say_number(m[1] or m[3] or m[5])} {_MAGNITUDES[m[2] or m[4] or m[6]]}",
    ),
    rule(r"(?<=\d)×(?!\w)", " times"),
]
RULES: tuple[Rule, ...] = (
    *shared.subtraction_rules(LEXICON),
    *shared.compatible_characters(),
    *contacts.address_rules(LEXICON),
    *shared.group_rules(),
    *_SHORT_FORMS,
    *_LENGTHS,
    *_LETTERS[:6],
    *DATES,
    *TIMES,
    *contacts.phone_rules(LEXICON, "call|phone|tel|dial|text|fax|mobile|cell|hotline|reach|ring|number"),
    *_CODES[:4],
    *YEARS[:4],
    *_ABBREVIATIONS,
    *_ROMANS,
    *shared.money_rules(LEXICON),
    *_PER,
    *shared.range_rules(LEXICON),
    *shared.minus_rules(LEXICON),
    *shared.unit_rules(LEXICON),
    *_POWERS,
    *_FRACTIONS,
    *YEARS[4:],
    *_CODES[4:],
    *_LETTERS[6:],
    *shared.sign_rules(LEXICON),
    *shared.number_rules(LEXICON),
    *shared.letter_rules(),
)
rewrite = rewriter(RULES)
