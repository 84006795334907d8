"""Digits as words.

In Chinese, English and Japanese by WeText, the normalizer that CosyVoice itself uses, which reads dates, times, units
and prices. Its known mistakes are corrected before or after it; in a sentence that it cannot parse, numbers are spelled
out one by one. In other languages by the rules of funaudio_core.text.spoken_form.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

from funaudio_core.text import spoken_form

LANGUAGES = {"zh": "zh", "yue": "zh", "en": "en", "ja": "ja"}  # language to WeText's code
_MAX_DIGITS = 15  # longer numbers are read digit by digit
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,]|\.\d)")
_PRICE = r"(?<![$€£¥])"
_CLAUSE = re.compile(r"(?:[,:]\s|[，、：])(?!\d)")
_SPOKEN_FORMS = spoken_form.LANGUAGES - LANGUAGES.keys()
_PROBES = {
    "others": ("", " 5", " XX", "."),
    "en": ("5", "the 5th"),
    "zh": ("3", "第3"),
    "ja": ("3", "第3"),
}  # numbers that may follow
_SENTENCE = re.compile(r"(?<=[.?!;。？！；])\s*(?![\d])")


def spell_digits(text: str, language: str) -> str:
    """Return the text with its digits as words if the language has rules for them, else unchanged."""
    if language in _SPOKEN_FORMS:
        return spoken_form.spoken_form(text, language)
    if language not in LANGUAGES or not re.search(r"\d", text):
        return text
    code = LANGUAGES[language]
    if code == "en":
        text = re.sub(
            _PRICE + _GROUPED.pattern, lambda match: spell_english_numbers(match.group().replace(",", "")), text
        )
    else:
        text = _GROUPED.sub(lambda match: match.group().replace(",", ""), text)
        text = re.sub(r"第2(?!\d)", "第二", text)  # WeText makes it 第两
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return "".join(_normalize(text[start:end], code) for start, end in pairwise(ends))


def is_stable(text: str, language: str) -> bool:
    """Return whether the normalized end of a text stays the same if numbers follow in its sentence.

    "Mrs", "AT&T" and "June" are read differently next to a number, and a number depends on what stands around it, so it
    is stable only once the first word of the next clause is there.
    """
    if language in _SPOKEN_FORMS:
        return all(spell_digits(text + after, language).startswith(text) for after in _PROBES["others"])
    if language not in LANGUAGES:
        return True
    code = LANGUAGES[language]
    sentence = _SENTENCE.split(text)[-1]
    clause = _CLAUSE.split(sentence)[-1]
    if re.search(r"\d", clause) or (re.search(r"\d", sentence) and not re.search(r"[^\W\d_]", clause)):
        return False
    normalized = _normalize(sentence, code)
    return all(_normalize(sentence + number, code).startswith(normalized) for number in _PROBES[code])


def spell_english_numbers(text: str) -> str:
    """Spell out each run of digits in English; long ones and those with a leading zero digit by digit."""
    return re.sub(r"\d+", lambda match: _number(match.group()), text)


def _normalize(sentence: str, code: str) -> str:
    if not re.search(r"\d", sentence):
        return sentence
    body = sentence.strip()
    try:
        normalized = str(_wetext(code).normalize(body)).replace('\\"', '"')
    except AssertionError:  # WeText cannot parse the sentence
        normalized = spell_english_numbers(body) if code == "en" else body
    return sentence.replace(body, normalized, 1)


def _number(digits: str) -> str:
    from num2words import num2words

    if len(digits) > _MAX_DIGITS or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(num2words(int(digit)) for digit in digits)
    return str(num2words(int(digits)))


@cache
def _wetext(code: str) -> Any:  # noqa: ANN401 (the package is untyped)
    from wetext import Normalizer

    return Normalizer(lang=code, operator="tn")
