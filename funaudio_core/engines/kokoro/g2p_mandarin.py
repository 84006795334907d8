"""Mandarin: jieba's words, numbers read out, phonemes as misaki spells them for Kokoro. Knows no sound."""

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
_LONG_DIGITS = 8  # digits from which on a number is one to dial, not to count
_NOT_COUNTED = "年月日号十百千万亿点分秒"  # after these a lone 2 stays 二; measure words make it 两
_DIGITS = "零一二三四五六七八九"
_NO_SYMBOL = str.maketrans("", "", "\u032f")  # the non-syllabic mark of diphthongs


def words(text: str) -> list[tuple[str, str]]:
    """The text as (word as written, phonemes); punctuation and the like with phonemes ""."""
    out: list[tuple[str, str]] = []
    for match in _TOKEN.finditer(text):
        found = match.group()
        if match.lastgroup == "han":
            out += [(word, phonemes(word)) for word in _segmenter()(found)]
        elif match.lastgroup == "number":
            spoken = _read(found, before=text[: match.start()], after=text[match.end() :])
            out.append((found, "".join(phonemes(word) for word in _segmenter()(spoken))))
        else:
            out.append((found, ""))
    return out


@lru_cache(maxsize=8192)
def phonemes(word: str) -> str:
    """Phonemes of a word in Chinese characters, then a space; the few characters nobody can read are left out."""
    sounds = []
    for syllable in _pinyin()(word):
        try:
            sounds.append(_to_ipa()(syllable))
        except ValueError:  # kilowatt and other unit characters, whose pinyin has two syllables
            continue
    joined = "".join(sounds).translate(_NO_SYMBOL)
    return joined + " " if joined else ""


def _read(number: str, before: str, after: str) -> str:
    """A number as it is said."""
    import cn2an

    plain = number.replace(",", "").replace("％", "%")
    sign = "负" if plain.startswith("-") else ""
    plain = plain.lstrip("-")
    if re.fullmatch(r"\d{1,2}:\d\d", plain):
        hours, minutes = plain.split(":")
        half = "" if minutes == "00" else _count(minutes) + "分"
        return _count(hours) + "点" + half
    if plain.isdigit() and (len(plain) >= _LONG_DIGITS or (len(plain) > 1 and plain[0] == "0")):
        return sign + "".join(_DIGITS[int(digit)] for digit in plain)
    if plain == "2" and after[:1] not in _NOT_COUNTED and re.match(f"[{HAN}]", after) and before[-1:] != "第":
        return sign + "两"
    return sign + str(cn2an.transform(plain, "an2cn"))


def _count(digits: str) -> str:
    import cn2an

    return str(cn2an.an2cn(int(digits)))


_lock = threading.Lock()


@cache
def _segmenter() -> Callable[[str], list[str]]:
    """jieba's cutter, its dictionary (0.6 s) loaded once, even by threads at the same time."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba imports pkg_resources and has unescaped patterns
        import jieba

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
    cut: Callable[[str], list[str]] = jieba.lcut
    return cut


@cache
def _pinyin() -> Callable[[str], list[str]]:
    from pypinyin import Style, lazy_pinyin

    def convert(word: str) -> list[str]:
        syllables: list[str] = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore")
        return syllables

    return convert


@cache
def _to_ipa() -> Callable[[str], str]:
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # misaki.zh imports jieba, see above
        from misaki.zh import ZHG2P
    convert: Callable[[str], str] = ZHG2P.py2ipa
    return convert
