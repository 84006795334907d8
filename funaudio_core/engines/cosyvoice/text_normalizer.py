"""Digits as words: what CosyVoice would stumble over in Chinese, English and Japanese. Knows no model.

WeText (the normaliser that CosyVoice itself uses) reads dates, times, units and prices. What it is known to get wrong
is put right before or after it; a sentence that it can't parse has its numbers spelled out one by one.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import Any

LANGUAGES = {"zh": "zh", "yue": "zh", "en": "en", "ja": "ja"}  # whose digits are read out -> WeText's code
_LONGEST = 15  # digits of a number that is counted rather than told digit by digit
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,]|\.\d)")
_PRICE = r"(?<![$€£¥])"
_CLAUSE = re.compile(r"(?:[,:]\s|[，、：])(?!\d)")
_NUMBERS = {"en": ("5", "the 5th"), "zh": ("3", "第3"), "ja": ("3", "第3")}  # that may follow
_SENTENCE = re.compile(r"(?<=[.?!;。？！；])\s*(?![\d])")


def read_out(text: str, language: str) -> str:
    """The text with its digits as words, where the language has rules for that; else as it is."""
    if language not in LANGUAGES or not re.search(r"\d", text):
        return text
    code = LANGUAGES[language]
    if code == "en":
        text = re.sub(_PRICE + _GROUPED.pattern, lambda match: spelled(match.group().replace(",", "")), text)
    else:
        text = _GROUPED.sub(lambda match: match.group().replace(",", ""), text)
        text = re.sub(r"第2(?!\d)", "第二", text)  # WeText counts: 第两
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return "".join(_read(text[start:end], code) for start, end in pairwise(ends))


def steady(text: str, language: str) -> bool:
    """Whether the end of a text, read out, stays as it is where numbers follow in its sentence.

    "Mrs", "AT&T" and "June" are read another way beside a number, and a number is read by what stands around it: it
    waits for the first word of another clause.
    """
    if language not in LANGUAGES:
        return True
    code = LANGUAGES[language]
    sentence = _SENTENCE.split(text)[-1]
    clause = _CLAUSE.split(sentence)[-1]
    if re.search(r"\d", clause) or (re.search(r"\d", sentence) and not re.search(r"[^\W\d_]", clause)):
        return False
    read = _read(sentence, code)
    return all(_read(sentence + number, code).startswith(read) for number in _NUMBERS[code])


def spelled(text: str) -> str:
    """English with each run of digits as a number; many digits, and those behind a zero, one by one."""
    return re.sub(r"\d+", lambda match: _number(match.group()), text)


def _read(sentence: str, code: str) -> str:
    if not re.search(r"\d", sentence):
        return sentence
    body = sentence.strip()
    try:
        read = str(_wetext(code).normalize(body)).replace('\\"', '"')
    except AssertionError:  # its grammar has no way through the sentence
        read = spelled(body) if code == "en" else body
    return sentence.replace(body, read, 1)


def _number(digits: str) -> str:
    from num2words import num2words

    if len(digits) > _LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(num2words(int(digit)) for digit in digits)
    return str(num2words(int(digits)))


@cache
def _wetext(code: str) -> Any:  # noqa: ANN401 (the package carries no types)
    from wetext import Normalizer

    return Normalizer(lang=code, operator="tn")
