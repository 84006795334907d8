"""Grapheme-to-phoneme conversion of Mandarin with jieba, pypinyin and misaki, in Kokoro's phoneme symbols."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇"
_TOKEN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<number>-?\d[\d,]*(?:[.:/]\d+)*[%％℃年月日号]?)|(?P<other>.)", re.DOTALL)
_MIN_DIAL_DIGITS = 8  # numbers from this length on are read digit by digit, as phone numbers are
_NON_MEASURE_WORDS = "年月日号十百千万亿点分秒"  # before these 2 is read 二; before measure words, 两
_DIGITS = "零一二三四五六七八九"
_UNSUPPORTED_SYMBOLS = str.maketrans("", "", "\u032f")  # the non-syllabic mark of diphthongs


def phonemize_words(text: str) -> list[tuple[str, str]]:
    """Split a text into words; return each as (written, phonemes), other characters with phonemes ""."""
    words: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(text):
        written = match.group()
        if match.lastgroup == "han":
            words += [(word, phonemize_word(word)) for word in _load_segmenter()(written)]
        elif match.lastgroup == "number":
            spoken = _spell_number(written, text_before=text[: match.start()], text_after=text[match.end() :])
            words.append((written, "".join(phonemize_word(word) for word in _load_segmenter()(spoken))))
        else:
            words.append((written, ""))
    return words


@lru_cache(maxsize=8192)
def phonemize_word(word: str) -> str:
    """Return the phonemes of a word in Chinese characters, followed by a space; unreadable characters are left out."""
    syllables = []
    for pinyin in _load_pinyin()(word):
        try:
            syllables.append(_load_ipa()(pinyin))
        except ValueError:  # kilowatt and other unit characters, whose pinyin has two syllables
            continue
    joined = "".join(syllables).translate(_UNSUPPORTED_SYMBOLS)
    return joined + " " if joined else ""


def _spell_number(number: str, text_before: str, text_after: str) -> str:
    """Return a number in the Chinese characters in which it is read."""
    import cn2an

    plain = number.replace(",", "").replace("％", "%")
    sign = "负" if plain.startswith("-") else ""
    plain = plain.lstrip("-")
    if re.fullmatch(r"\d{1,2}:\d\d", plain):
        hours, minutes = plain.split(":")
        minute_text = "" if minutes == "00" else _spell_integer(minutes) + "分"
        return _spell_integer(hours) + "点" + minute_text
    if plain.isdigit() and (len(plain) >= _MIN_DIAL_DIGITS or (len(plain) > 1 and plain[0] == "0")):
        return sign + "".join(_DIGITS[int(digit)] for digit in plain)
    is_measured = text_after[:1] not in _NON_MEASURE_WORDS and re.match(f"[{HAN}]", text_after)
    if plain == "2" and is_measured and text_before[-1:] != "第":
        return sign + "两"
    return sign + str(cn2an.transform(plain, "an2cn"))


def _spell_integer(digits: str) -> str:
    import cn2an

    return str(cn2an.an2cn(int(digits)))


_lock = threading.Lock()


@cache
def _load_segmenter() -> Callable[[str], list[str]]:
    """Return jieba's word segmentation, its dictionary loaded once (0.6 s), also by concurrent threads."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba imports pkg_resources and has unescaped patterns
        import jieba

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
    cut: Callable[[str], list[str]] = jieba.lcut
    return cut


@cache
def _load_pinyin() -> Callable[[str], list[str]]:
    """Return a function from a word to its syllables in pinyin with tone numbers."""
    from pypinyin import Style, lazy_pinyin

    def convert(word: str) -> list[str]:
        syllables: list[str] = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        return syllables

    return convert


@cache
def _load_ipa() -> Callable[[str], str]:
    """Return misaki's function from a pinyin syllable to phonemes."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # misaki.zh imports jieba, see above
        from misaki.zh import ZHG2P
    convert: Callable[[str], str] = ZHG2P.py2ipa
    return convert
