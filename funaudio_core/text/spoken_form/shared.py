"""Rules that hold in every language with spaces, built from its lexicon."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from funaudio_core.text.spoken_form import numbers
from funaudio_core.text.spoken_form.aligned import Rule, rule
from funaudio_core.text.spoken_form.lexicon import Lexicon, Noun, alternatives

_START = r"(?<![\w.,])"  # not inside a word or a number


_END = r"(?![\w\u0900-\u0903\u093a-\u094f])"  # Devanagari's vowel signs are no \w


_DASH = r"[-–—‐‑−~～〜]"


_MIN_MAGNITUDE_LETTERS = 4  # "million" may stand before a unit, "M" may not


MIN_SPELLED_DIGITS = 10  # from this length on a number without separators is read digit by digit


_FRACTIONS = {char: unicodedata.normalize("NFKC", char).replace("\u2044", "/") for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅐⅑⅒"}


def compatible_characters(*, unspaced: bool = False) -> list[Rule]:
    """Return rules that turn special forms of letters and digits into plain ones.

    Marks of full width stay in scripts without spaces (`unspaced`), where they are punctuation.
    """
    wide = "" if unspaced else "＋＠＃＄％＆＊．，：／（）＜＞＝"
    return [
        rule("[\ufe0e\ufe0f\u20e3]+", ""),
        rule(r"№ ?(?=\d)", "No. "),
        rule("[①-⑳⓪](?=[①-⑳⓪])", lambda m: f"{_plain(m)}, "),
        rule("[Ⅰ-Ⅻ]", _plain),
        rule(
            "[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅐⅑⅒]",
            lambda m: _FRACTIONS[m.group()] if not _digit_before(m) else " " + _FRACTIONS[m.group()],
        ),
        rule(r"(?<=\d)\u2044(?=\d)", "/"),
        rule("[™®℠©]", lambda m: " copyright " if m.group() == "©" else ""),
        rule("[①-⓿🄰-🅉㈀-㋿㌀-㏿℀-℠℡℻Å０-９Ａ-Ｚａ-ｚ𝐀-𝟿₀-₉ₐ-ₜ" + wide + "]+", _plain, pads=False),
        rule("[\u2212\ufe63]", "-"),
    ]


def _digit_before(match: re.Match[str]) -> bool:
    return match.string[match.start() - 1 : match.start()].isdigit()


def _plain(match: re.Match[str]) -> str | None:
    plain = unicodedata.normalize("NFKC", match.group())
    return plain if plain.isprintable() else None


def group_rules() -> list[Rule]:
    """Return a rule that joins the groups of "1 000 000"."""
    return [
        rule(
            "(?<![\\w.,+-])\\d{1,3}(?:(?: \\d{3}){2,}|(?:[\u00a0\u202f\u2009]\\d{3})+)(?![\\d-]| \\d)",
            lambda m: re.sub(r"\s", "", m.group()),
        )
    ]


_LENGTH_SYMBOLS = ("mm", "cm", "dm", "m", "km", "ft", "ft.", "in.", "yd", "px", "'", "′", '"', "″", "”")


def dimension_rules(lexicon: Lexicon) -> list[Rule]:
    """Return a rule for the cross between lengths: 20 x 30 cm."""
    length = alternatives(_LENGTH_SYMBOLS)
    rest = rf"\d[\d.,]*(?: ?(?:{length}))?"
    return [
        rule(
            rf"(?<=\d)( ?(?:{length}))? ?[x×] ?(?=(?:{rest} ?[x×] ?)*\d[\d.,]* ?(?:{length}){_END})",
            lambda m: f"{m[1] or ''} {lexicon.words['by']} ",
        )
    ]


def unless_unit(lexicon: Lexicon, words: dict[str, str]) -> Callable[[re.Match[str]], str | None]:
    """Return a function that reads an abbreviation, but leaves "5 min." to the units."""

    def read(match: re.Match[str]) -> str | None:
        is_unit = match.group().rstrip(".") in lexicon.units and re.search(r"\d ?$", match.string[: match.start()])
        return None if is_unit else words[match.group()]

    return read


def range_rules(lexicon: Lexicon) -> list[Rule]:
    """Return rules that read the dash between two numbers."""
    to = lexicon.words["to"]
    unit = r"(?:%|°[CF]?|º|€|£|(?!(?:st|nd|rd|th)\b)[kKM]?[a-zA-Z]{1,2}²?)?"
    return [
        rule(
            rf"(?<=\d)({unit}) ?(?:{_DASH}) ?(?=[$£€¥₹]?\d+(?:[.,]\d+)*(?!\d*-))(?<!\d-\d-)",
            _read_dash(to, lexicon.words["minus"]),
        ),
    ]


def _read_dash(to: str, minus: str) -> Callable[[re.Match[str]], str | None]:
    def say(match: re.Match[str]) -> str | None:
        before = match.string[: match.start()]
        head = re.search(r"\S*$", before)
        token = head.group() if head else ""
        rest = match.string[match.end() :]
        if " -" in match.group() and re.match(r"[\d.,]+ ?=", rest):
            return f"{match[1]} {minus} "
        if re.search(r"[^\W\d]", token) or re.search(r"\d-", token):  # "GPT-4-1", a date or a part number
            return None
        return f"{match[1]} {to} "

    return say


def money_rules(lexicon: Lexicon) -> list[Rule]:
    """Return rules for amounts of money, with the sign before or behind the number."""
    number, to = lexicon.number, lexicon.words["to"]
    currency = alternatives(lexicon.currencies)
    magnitude = alternatives(lexicon.magnitudes)
    pair = rf"(?:(?P<low>{number}) ?(?:{_DASH}|{re.escape(to)}) ?(?:{currency})? ?)?(?P<number>{number})"
    size = rf"(?:[ \u00a0]?(?P<magnitude>{magnitude}){_END})?"

    def say(match: re.Match[str]) -> str | None:
        unit, hundredth = lexicon.currencies[match["currency"]]
        sign = f"{lexicon.words['minus']} " if match["sign"] else ""
        if match["low"]:
            sign += f"{lexicon.say_number(match['low'], unit.gender)} {to} "
        if _is_attributive(match, lexicon):
            unit = Noun(unit.one, unit.one, unit.gender)
        if match["magnitude"]:
            return sign + lexicon.say_amount(match["number"], unit, match["magnitude"])
        return sign + _say_money(match["number"], unit, hundredth, lexicon)

    sign = r"(?P<sign>(?<![\w\d])[-−–])?"
    return [
        rule(
            rf"{sign}(?<!\w)(?P<currency>{currency})[ \u00a0\u202f]?(?P<minus>-)?{pair}{size}{_END}",
            _with_inner_sign(say, lexicon.words["minus"]),
        ),
        rule(rf"{sign}{_START}{pair}{size}[ \u00a0\u202f]?(?P<currency>{currency}){_END}", say),
        rule(
            r"(?<=[^\W\d] )[€£₹](?!\S?\d)",
            lambda m: lexicon.currencies[m.group()][0].many if m.group() in lexicon.currencies else None,
        ),
    ]


def _with_inner_sign(say: Callable[[re.Match[str]], str | None], minus: str) -> Callable[[re.Match[str]], str | None]:
    """Return a function that also reads "$-5"."""

    def read(match: re.Match[str]) -> str | None:
        return say(match) if not match["minus"] else f"{minus} {say(match)}"

    return read


def _is_attributive(match: re.Match[str], lexicon: Lexicon) -> bool:
    """Return whether an English amount stands before its noun, as in "a 5 km run", where its unit is singular."""
    if lexicon.language != "en":
        return False
    has_article = re.search(r"\b[Aa]n? (?:\d[\d.]* by )*$", match.string[: match.start()]) is not None
    return has_article and re.match(r"[ -][a-z]", match.string[match.end() :]) is not None


def _say_money(written: str, unit: Noun, hundredth: Noun | None, lexicon: Lexicon) -> str:
    whole, fraction = lexicon.split_number(written)
    if hundredth is None or len(fraction) != 2:
        return lexicon.say_amount(whole if fraction and not fraction.strip("0") else written, unit)
    cents = lexicon.say_counted(str(int(fraction)), hundredth) if int(fraction) else ""
    if not int(whole or 0) and cents:
        return cents
    amount = lexicon.say_amount(whole or "0", unit)
    return f"{amount} {lexicon.words['and cents']} {cents}".replace("  ", " ") if cents else amount


def unit_rules(lexicon: Lexicon) -> list[Rule]:
    """Return rules for units, percentages and degrees behind a number."""
    number = lexicon.number
    unit = alternatives(lexicon.units)
    per = lexicon.words["per"]
    magnitude = alternatives([name for name in lexicon.magnitudes if len(name) >= _MIN_MAGNITUDE_LETTERS])

    def say(match: re.Match[str]) -> str:
        noun = lexicon.units[match["unit"]]
        if _is_attributive(match, lexicon):
            noun = Noun(noun.one, noun.one, noun.gender)
        below = match["below"]
        said = lexicon.say_amount(match["number"], noun, match["magnitude"] or "")
        return said + (f" {per} {lexicon.units[below].one}" if below else "")

    return [
        rule(
            rf"(?<![\w.,])(?P<number>{number})(?:[ ](?P<magnitude>{magnitude})(?=[ \u00a0]))?[ \u00a0\u202f-]?(?P<unit>{unit})(?:/(?P<below>{unit}))?(?![²³]){_END}",
            say,
        ),
    ]


def subtraction_rules(lexicon: Lexicon) -> list[Rule]:
    """Return a rule for the minus sign between numbers; a hyphen there is mostly a range."""
    return [rule(r"(?<=\d) ?− ?(?=\d)", f" {lexicon.words['minus']} ")]


def minus_rules(lexicon: Lexicon) -> list[Rule]:
    """Return rules for the minus before a number."""
    minus = lexicon.words["minus"]
    return [
        rule(r"(?<![\w.,)%°€-])[-–−](?=[.,]?\d)", f"{minus} "),
        rule(r"(?<=[=(+×÷]) ?-(?=\d)", f" {minus} "),
    ]


def sign_rules(lexicon: Lexicon) -> list[Rule]:
    """Return rules for mathematical and other signs."""
    words = lexicon.words
    operators = {
        "+": "plus",
        "×": "times",
        "÷": "divided",
        "=": "equals",
        "≠": "not equal",
        "<": "less",
        ">": "greater",
    }
    operators |= {
        "≤": "at most",
        "≥": "at least",
        "≈": "about equal",
        "±": "plus or minus",
        "→": "to",
        "⇒": "to",
        "➔": "to",
    }
    operators |= {"·": "times", "∗": "times", "√": "root", "∞": "infinity", "π": "pi", "&": "and", "§": "section"}
    operators |= {"←": "to left", "↔": "to"}
    rules = [
        rule(
            rf"(?<=[\w)²³]) ?{re.escape(sign)} ?(?=[\w(√π+-])" if sign in "+=<>×·" else rf" ?{re.escape(sign)} ?",
            f" {words[name]} ",
        )
        for sign, name in operators.items()
        if name in words
    ]
    return [
        rule(r"(?<=\d) ?[xX*] ?(?=\d)", f" {words['times']} "),
        rule(r"(?<=[\w)]) \* (?=[\w(])", f" {words['times']} "),
        rule(r"(?<![\w.,])[~≈∼] ?(?=[$£€]?\d)", f"{words['about']} "),
        rule(r"(?<![\w.,])±(?=\d)|(?<![\w])\+/-(?=\d)", f"{words['plus or minus']} "),
        rule(r"(?<!\w)\+(?=\d)", f"{words['plus']} "),
        rule(r"(?<![\w&])#(?=\d)", f"{words['number']} "),
        rule(r"(?<![\w&/])#([^\W\d_]\w*)", lambda m: f"{words['hashtag']} {_split_camel(m[1])}"),
        rule(r"(?<![\w.])@(?=[^\W_])", f"{words['at']} "),
        *rules,
    ]


def _split_camel(word: str) -> str:
    return re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_+", " ", word)


def number_rules(lexicon: Lexicon, guess_gender: Callable[[str, int], str] | None = None) -> list[Rule]:
    """Return rules for the numbers that are left; guess_gender: returns that of the noun in the text behind one."""
    language = lexicon.language

    def say(match: re.Match[str]) -> str:
        written = match.group()
        digits = re.sub(r"\D", "", written)
        if digits == written and len(digits) >= MIN_SPELLED_DIGITS:
            return numbers.spell_digits(digits, language)
        gender = ""
        if guess_gender and digits == written:
            gender = guess_gender(match.string[match.end() :], int(digits))
        return lexicon.say_number(written, gender)

    point = lexicon.words["point"]

    def say_version(match: re.Match[str]) -> str:
        parts = match.group().lstrip("vV").split(".")
        lead = f"{lexicon.words['version']} " if match.group()[0] in "vV" else ""
        joint = lexicon.words["dot"] if len(parts) == 4 else point
        return lead + f" {joint} ".join(numbers.integer(part, language) for part in parts)

    not_grouped = r"(?!\d{1,3}(?:\.\d{3})+(?!\d))" if lexicon.decimal_mark == "," else ""
    return [
        rule(
            rf"(?<![\w.]){not_grouped}[vV]?\d+(?:\.\d+){{2,4}}(?![\w]|\.\d)|(?<![\w.])[vV]\d+(?:\.\d+)?(?![\w]|\.\d)",
            say_version,
        ),
        rule(rf"(?<![\d.,])(?:{lexicon.number})(?!\d)", say),
        rule(r"\d+", lambda m: numbers.integer(m.group(), language)),
    ]


def letter_rules() -> list[Rule]:
    """Return rules for marks between words and for letters beside digits."""
    return [
        rule(r"(?<=[^\W\d_])/(?=[^\W\d_])", " "),
        rule(r"(?<=[^\W_])_+(?=[^\W_])", " "),
        rule(r"(?<=[A-Za-z])[-–](?=\d)", " "),
    ]
