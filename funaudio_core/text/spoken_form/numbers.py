"""Numbers in words, from num2words, in the languages written with Latin letters.

num2words has no Hindi, so its numbers are composed here.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_CARDINAL_DIGITS = 15  # longer numbers are read digit by digit
_CODES = {"pt": "pt_BR"}  # "dezesseis", not "dezasseis"
_FEMININE = {  # last word of a cardinal -> before a feminine noun
    "es": {"uno": "una", "veintiuno": "veintiuna"},
    "fr": {"un": "une"},
    "it": {"uno": "una"},
    "pt": {"um": "uma", "dois": "duas"},
}
_MASCULINE = {"es": {"uno": "un", "veintiuno": "veintiún"}, "it": {"uno": "un"}}
_DECADES = {
    1: "tens",
    2: "twenties",
    3: "thirties",
    4: "forties",
    5: "fifties",
    6: "sixties",
    7: "seventies",
    8: "eighties",
    9: "nineties",
}
_HINDI = [
    "शून्य",
    "एक",
    "दो",
    "तीन",
    "चार",
    "पाँच",
    "छह",
    "सात",
    "आठ",
    "नौ",
    "दस",
    "ग्यारह",
    "बारह",
    "तेरह",
    "चौदह",
    "पंद्रह",
    "सोलह",
    "सत्रह",
    "अठारह",
    "उन्नीस",
    "बीस",
    "इक्कीस",
    "बाईस",
    "तेईस",
    "चौबीस",
    "पच्चीस",
    "छब्बीस",
    "सत्ताईस",
    "अट्ठाईस",
    "उनतीस",
    "तीस",
    "इकतीस",
    "बत्तीस",
    "तैंतीस",
    "चौंतीस",
    "पैंतीस",
    "छत्तीस",
    "सैंतीस",
    "अड़तीस",
    "उनतालीस",
    "चालीस",
    "इकतालीस",
    "बयालीस",
    "तैंतालीस",
    "चौवालीस",
    "पैंतालीस",
    "छियालीस",
    "सैंतालीस",
    "अड़तालीस",
    "उनचास",
    "पचास",
    "इक्यावन",
    "बावन",
    "तिरपन",
    "चौवन",
    "पचपन",
    "छप्पन",
    "सत्तावन",
    "अट्ठावन",
    "उनसठ",
    "साठ",
    "इकसठ",
    "बासठ",
    "तिरसठ",
    "चौंसठ",
    "पैंसठ",
    "छियासठ",
    "सड़सठ",
    "अड़सठ",
    "उनहत्तर",
    "सत्तर",
    "इकहत्तर",
    "बहत्तर",
    "तिहत्तर",
    "चौहत्तर",
    "पचहत्तर",
    "छिहत्तर",
    "सतहत्तर",
    "अठहत्तर",
    "उन्यासी",
    "अस्सी",
    "इक्यासी",
    "बयासी",
    "तिरासी",
    "चौरासी",
    "पचासी",
    "छियासी",
    "सत्तासी",
    "अट्ठासी",
    "नवासी",
    "नब्बे",
    "इक्यानवे",
    "बानवे",
    "तिरानवे",
    "चौरानवे",
    "पचानवे",
    "छियानवे",
    "सत्तानवे",
    "अट्ठानवे",
    "निन्यानवे",
]
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


@lru_cache(maxsize=4096)
def cardinal(number: int, language: str, gender: str = "") -> str:
    """Return a cardinal in words; gender: "m" or "f" of the noun behind it, "" if there is none."""
    if language == "hi":
        return _hindi_cardinal(number)
    from num2words import num2words

    words = str(num2words(number, lang=_CODES.get(language, language)))
    if language == "en":
        return words.replace(" and ", " ").replace(",", "").replace("-", " ")
    if language == "pt":
        words = words.replace(",", "")
    if language == "es" and gender == "f":
        words = re.sub(r"cientos\b", "cientas", words).replace("quinientos", "quinientas")
    if language == "pt" and gender == "f":
        words = re.sub(r"entos\b", "entas", words)
    table = (_FEMININE if gender == "f" else _MASCULINE if gender == "m" else {}).get(language, {})
    head, separator, last = words.rpartition("-" if language == "fr" and words.endswith("-un") else " ")
    return head + separator + table.get(last, last)


@lru_cache(maxsize=1024)
def ordinal(number: int, language: str, gender: str = "m") -> str:
    """Return an ordinal in words."""
    from num2words import num2words

    words = str(num2words(number, lang=_CODES.get(language, language), to="ordinal"))
    if language == "en":
        return words.replace(" and ", " ").replace(",", "").replace("-", " ")
    if language == "es":
        words = {"décimoprimero": "undécimo", "décimosegundo": "duodécimo"}.get(words, words)
    if gender == "f":
        if language == "fr":
            return "première" if number == 1 else words
        return " ".join(re.sub(r"o$", "a", word) for word in words.split())
    return words


@lru_cache(maxsize=1024)
def english_year(year: int) -> str:
    """Return a year as it is read in English: 1998, nineteen ninety eight."""
    century, rest = divmod(year, 100)
    if rest == 0:
        return cardinal(year, "en") if century % 10 == 0 else f"{cardinal(century, 'en')} hundred"
    if century % 10 == 0 and rest < 10:
        return cardinal(year, "en")
    return f"{cardinal(century, 'en')} {'oh ' if rest < 10 else ''}{cardinal(rest, 'en')}"


def english_decade(year: int) -> str:
    """Return the decade that begins with a year of two or four digits: 1990, nineteen nineties."""
    century, rest = divmod(year, 100)
    if rest == 0:
        return f"{cardinal(year, 'en')}s" if century % 10 == 0 else f"{cardinal(century, 'en')} hundreds"
    return f"{cardinal(century, 'en')} {_DECADES[rest // 10]}" if century else _DECADES[rest // 10]


def _hindi_cardinal(number: int) -> str:
    """Return a whole number in Hindi, by hundreds, thousands, lakhs and crores."""
    if number < len(_HINDI):
        return _HINDI[number]
    for size, name in ((10_000_000, "करोड़"), (100_000, "लाख"), (1000, "हज़ार"), (100, "सौ")):
        if number >= size:
            high, low = divmod(number, size)
            return f"{_hindi_cardinal(high)} {name}" + (f" {_hindi_cardinal(low)}" if low else "")
    raise ValueError(f"The number must not be negative; got {number}.")


def hindi_year(year: int) -> str:
    """Return a year as it is read in Hindi: 1947, nineteen hundred forty seven."""
    century, rest = divmod(year, 100)
    if not 11 <= century <= 19:
        return _hindi_cardinal(year)
    return f"{_hindi_cardinal(century)} सौ {_hindi_cardinal(rest) if rest else ''}".strip()


def spell_digits(digits: str, language: str, zero: str = "") -> str:
    """Return each digit as a word; zero: word for 0, the usual one if ""."""
    return " ".join(
        zero if zero and digit == "0" else cardinal(int(digit), language) for digit in digits if digit.isdecimal()
    )


def decimal(whole: str, fraction: str, language: str, mark: str, gender: str = "") -> str:
    """Return a number with a fraction in words; mark: word for the decimal mark, gender: of the noun behind it."""
    head = integer(whole, language, "" if fraction else gender) if whole else ""
    if not fraction:
        return head
    if language in ("en", "hi") or len(fraction) > 2 or fraction[0] == "0":
        tail = spell_digits(fraction, language)
    else:
        tail = cardinal(int(fraction), language)
    return f"{head} {mark} {tail}".strip()


def integer(digits: str, language: str, gender: str = "") -> str:
    """Return a whole number in words, digit by digit if it is too long or begins with 0."""
    if not digits.isdecimal() or len(digits) > MAX_CARDINAL_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return spell_digits(digits, language)
    return cardinal(int(digits), language, gender)


def roman_value(numeral: str) -> int:
    """Return the value of a Roman numeral, 0 if it is none."""
    if not numeral or not _ROMAN.fullmatch(numeral):
        return 0
    values = [_ROMAN_DIGITS[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))
