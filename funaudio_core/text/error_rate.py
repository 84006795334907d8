"""Word and character error rates of normalized texts."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable
from functools import cache

from funaudio_core.errors import BadInput
from funaudio_core.languages import is_spaced

DECIMAL_POINT_LANGUAGES = frozenset(("en", "zh", "ja", "ko", "yue", "hi"))  # others use a decimal comma
ELISION_LANGUAGES = frozenset(("fr", "it"))  # l'amico is two words; in others an apostrophe is part of a word
CHINESE_LANGUAGES = frozenset(("zh", "yue"))
PERCENT_WORDS = {
    "en": "percent",
    "es": "por ciento",
    "fr": "pour cent",
    "it": "per cento",
    "pt": "por cento",
    "de": "prozent",
    "ja": "パーセント",
}
# A recognizer may write "I'm" for "I am". 's after other words may mean "is", "has" or a possessive, and stays.
CONTRACTIONS = (
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "can not"),
    (r"\bcannot\b", "can not"),
    (r"\blet's\b", "let us"),
    (r"\b(it|that|he|she|what|there|here|who)'s\b", r"\1 is"),
    (r"n't\b", " not"),
    (r"'m\b", " am"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"'ll\b", " will"),
)
MAX_CARDINAL_DIGITS = 9  # longer numbers, such as telephone numbers, are read digit by digit

_NUMBER = re.compile(r"(\d+(?:[.,]\d+)*)((?:st|nd|rd|th)\b)?(\s?%)?(年)?", re.ASCII)
_APOSTROPHES = re.compile("['’‘ʼ`´]")
_HAN_DIGITS = "零一二三四五六七八九"


def normalize(text: str, language: str) -> str:
    """Return the text in the form in which texts are compared.

    NFKC (full width becomes half), lower case, no punctuation, symbols or emoji, single spaces between words, and none
    if `language` is written without spaces. Numbers in digits are spelled out: cardinals, decimals, percentages,
    English ordinals and years (1100 to 2099), Chinese years; Hindi numbers stay in (ASCII) digits. Traditional Chinese
    becomes Simplified, 两 and 〇 become 二 and 零. English contractions are expanded.
    Not covered: years read as cardinals, times, currencies, fractions.
    """
    out = unicodedata.normalize("NFKC", text)
    out = "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in out).lower()
    if language == "en":
        out = re.sub(r"\bper cent\b", "percent", out)
    if language == "it":
        out = re.sub(r"\bpercento\b", "per cento", out)
    out = _NUMBER.sub(lambda match: _spell_number(match, language), out)
    if language == "en":
        out = _APOSTROPHES.sub("'", out)
        for short, full in CONTRACTIONS:
            out = re.sub(short, full, out)
    out = _APOSTROPHES.sub(" " if language in ELISION_LANGUAGES else "", out)
    out = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in out)
    if language == "en":  # "two hundred and five" and "two hundred five" are the same number
        out = re.sub(r"\b(hundred|thousand|million) and\b", r"\1", out)
    if language in CHINESE_LANGUAGES:
        out = to_simplified(out).replace("两", "二").replace("〇", "零")
    if language == "ja":
        out = out.replace("ゼロ", "零").replace("〇", "零")
    return (" " if is_spaced(language) else "").join(out.split())


def wer(reference: str, hypothesis: str, language: str) -> float:
    """Return the word error rate: (substitutions + deletions + insertions) / words of the reference, both normalized.

    It exceeds 1 if there are more errors than reference words. Raise BadInput for a reference without words.
    """
    import jiwer

    return float(jiwer.wer(_normalized_reference(reference, language), normalize(hypothesis, language)))


def cer(reference: str, hypothesis: str, language: str) -> float:
    """Return the character error rate; spaces count if the script has them.

    Raise BadInput for a reference without letters.
    """
    import jiwer

    return float(jiwer.cer(_normalized_reference(reference, language), normalize(hypothesis, language)))


def error_rate(reference: str, hypothesis: str, language: str) -> float:
    """Return the WER, or the CER in languages without spaces. Raise BadInput for an empty reference."""
    return (wer if is_spaced(language) else cer)(reference, hypothesis, language)


def measure_name(language: str) -> str:
    """Return "WER" or "CER", the measure of error_rate() for a language."""
    return "WER" if is_spaced(language) else "CER"


def to_simplified(text: str) -> str:
    """Convert Chinese characters in the text to Simplified."""
    return _converter()(text)


@cache
def _converter() -> Callable[[str], str]:
    # zhconv uses pkg_resources and leaves its table file open; the warnings mean nothing to users.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pkg_resources", category=Warning)
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="pkg_resources")
        warnings.filterwarnings("ignore", message="unclosed file.*zhcdict", category=ResourceWarning)
        import zhconv

        zhconv.convert("漢", "zh-hans")  # loads the table

    def convert(text: str) -> str:
        return str(zhconv.convert(text, "zh-hans"))

    return convert


def _normalized_reference(text: str, language: str) -> str:
    normal = normalize(text, language)
    if not normal:
        raise BadInput(
            "The error rate needs a reference text with words; got {text!r}. Enter the expected text.", text=text
        )
    return normal


def _spell_number(match: re.Match[str], language: str) -> str:
    digits, ordinal, percent, year = (part or "" for part in match.groups())
    whole, fraction = _split_decimal(digits, language)
    if language in CHINESE_LANGUAGES:
        return ("百分之" if percent else "") + _han_number(whole, fraction, bool(year)) + year
    if language == "en" and len(digits) == 4 and 1100 <= int(whole) <= 2099 and not ordinal:
        words = _number_words(whole, "", "year", language)
    else:
        words = _number_words(whole, fraction, "ordinal" if ordinal and language == "en" else "cardinal", language)
    unit = PERCENT_WORDS.get(language, "") if percent else ""
    gap = " " if is_spaced(language) else ""
    return gap + gap.join((words, unit, year)) + gap


def _split_decimal(digits: str, language: str) -> tuple[str, str]:
    """Return whole part and decimals of a written number, without thousands separators."""
    decimal, thousands = (".", ",") if language in DECIMAL_POINT_LANGUAGES else (",", ".")
    if re.fullmatch(rf"\d{{1,3}}(\{thousands}\d{{3}})+(\{decimal}\d+)?", digits):
        digits = digits.replace(thousands, "")
    digits = digits.replace(thousands, decimal)
    whole, _, fraction = digits.partition(decimal)
    return whole, fraction.replace(decimal, "")


def _number_words(whole: str, fraction: str, kind: str, language: str) -> str:
    """Return a number in words; `kind` is num2words' own: cardinal, ordinal or year."""
    import num2words

    def read(value: int | str) -> str:
        return str(num2words.num2words(value, lang=language, to=kind))

    if language not in num2words.CONVERTER_CLASSES:
        return f"{whole} {fraction}".strip()
    if _is_read_by_digit(whole):
        gap = " " if is_spaced(language) else ""
        return gap.join(read(int(digit)) for digit in whole + fraction)
    return read(f"{whole}.{fraction}" if fraction else int(whole))


def _is_read_by_digit(whole: str) -> bool:
    """Return whether a number is read digit by digit: too long for a cardinal, or with a leading zero."""
    return len(whole) > MAX_CARDINAL_DIGITS or (len(whole) > 1 and whole[0] == "0")


def _han_number(whole: str, fraction: str, year: bool) -> str:
    tail = "点" + "".join(_HAN_DIGITS[int(digit)] for digit in fraction) if fraction else ""
    if (year and len(whole) == 4) or _is_read_by_digit(whole):
        return "".join(_HAN_DIGITS[int(digit)] for digit in whole) + tail
    spoken = _han_cardinal(int(whole))
    return (spoken[1:] if spoken.startswith("一十") else spoken) + tail


def _han_cardinal(number: int) -> str:
    """Return a number below 10^9 in Chinese words: 25 -> 二十五, 305 -> 三百零五, 10010 -> 一万零一十."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        gap = "零" if 0 < low < 1_000 else ""
        return _han_cardinal(high) + "万" + gap + (_han_cardinal(low) if low else "")
    out, skipped = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit == 0:
            skipped = bool(out)
            continue
        out += ("零" if skipped else "") + _HAN_DIGITS[digit] + unit
        skipped = False
    return out or _HAN_DIGITS[0]
