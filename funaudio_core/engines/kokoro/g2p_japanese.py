"""Grapheme-to-phoneme conversion of Japanese with Open JTalk, in Kokoro's phoneme symbols.

The phonemes are those of misaki's ja.py by hexgrad (Apache-2.0), here built from rows of the kana table. misaki's own
analyzer needs another dictionary (unidic), so the readings come from pyopenjtalk-plus, and only misaki's word list is
used.
"""

from __future__ import annotations

import re
import threading
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

KANA = "\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_RUN = re.compile(r"(?P<run>(?:\d[\d,.]*\d|[^\W_]|[%％℃°¥＋+])+)|.", re.DOTALL)  # runs are analyzed as a whole
_MAX_WORD_MORPHEMES = 8  # tried as one word of the list

_KANA_ROWS = (  # kana and their phonemes, vowels a i u e o
    ("アイウエオ", "a i ɯ e o"),
    ("カキクケコ", "ka kʲi kɯ ke ko"),
    ("ガギグゲゴ", "ɡa ɡʲi ɡɯ ɡe ɡo"),
    ("サシスセソ", "sa ɕi sɨ se so"),
    ("ザジズゼゾ", "ʣa ʥi zɨ ʣe ʣo"),
    ("タチツテト", "ta ʨi ʦɨ te to"),
    ("ダヂヅデド", "da ʥi zɨ de do"),
    ("ナニヌネノ", "na ɲi nɯ ne no"),
    ("ハヒフヘホ", "ha çi ɸɯ he ho"),
    ("バビブベボ", "ba bʲi bɯ be bo"),
    ("パピプペポ", "pa pʲi pɯ pe po"),
    ("マミムメモ", "ma mʲi mɯ me mo"),
    ("ラリルレロ", "ɾa ɾʲi ɾɯ ɾe ɾo"),
    ("ワヰヴヱヲ", "βa i vɯ e o"),
    ("ヤユヨヵヶ", "ja jɯ jo ka ke"),
    ("ァィゥェォ", "a i ɯ e o"),
    ("ャュョヮ", "ja jɯ jo βa"),
    ("ヷヸヹヺ", "va vʲi ve vo"),
)
_PALATAL_KANA = "キギシジチヂニヒビピミリ"  # with ャ ュ ョ: their consonant, then a ɨ o; with ェ: e
_ROUNDED_KANA = (  # first kana, its consonant before ァ ィ ェ ォ ("" where the pair has no phonemes of its own)
    ("ウ", "", "β", "β", "β"),
    ("ク", "kᵝ", "kᵝ", "kᵝ", "kᵝ"),
    ("グ", "ɡᵝ", "ɡᵝ", "ɡᵝ", "ɡᵝ"),
    ("ツ", "ʦ", "ʦʲ", "ʦ", "ʦ"),
    ("フ", "ɸ", "ɸʲ", "ɸ", "ɸ"),
    ("ヴ", "v", "vʲ", "v", "v"),
)
_KANA_PAIRS = {
    "イェ": "je",
    "ティ": "tʲi",
    "テュ": "tʲɨ",
    "ディ": "dʲi",
    "デュ": "dʲɨ",
    "トゥ": "tɯ",
    "ドゥ": "dɯ",
    "フュ": "ɸʲɨ",
    "フョ": "ɸʲo",
    "ヴュ": "bʲɨ",
    "ヴョ": "bʲo",
}
_SMALL_KANA = "ァィゥェォャュョヮ"
_NASALS = (("mpb", "m"), ("kɡ", "ŋ"), ("ɲʨʥ", "ɲ"), ("ntdɾz", "n"))  # ン before these consonants; ɴ elsewhere


@cache
def _kana_table() -> dict[str, str]:
    """Return the phonemes of each kana and of each pair with a small kana."""
    table = {kana: sound for row, phonemes in _KANA_ROWS for kana, sound in zip(row, phonemes.split(), strict=True)}
    pairs = dict(_KANA_PAIRS)
    for kana in _PALATAL_KANA:
        for small, vowel in zip("ャュョェ", "aɨoe", strict=True):
            pairs[kana + small] = table[kana][:-1] + vowel
    for kana, *consonants in _ROUNDED_KANA:
        for small, vowel, consonant in zip("ァィェォ", "aieo", consonants, strict=True):
            if consonant:
                pairs[kana + small] = consonant + vowel
    return table | pairs


@dataclass(frozen=True, slots=True)
class _Morpheme:
    """Morpheme.

    Attributes:
        surface: The text as written.
        kana: Reading in katakana; "" for punctuation.
    """

    surface: str
    kana: str


def phonemize_words(text: str) -> list[tuple[str, str]]:
    """Split a text into words; return each as (written, phonemes), punctuation by character with phonemes ""."""
    morphemes = [
        morpheme
        for match in _RUN.finditer(text)
        for morpheme in (_analyze(match.group()) if match.lastgroup else [_Morpheme(match.group(), "")])
    ]
    words: list[tuple[str, str]] = []
    i = 0
    while i < len(morphemes):
        end = _word_end(morphemes, i)
        surface = "".join(morpheme.surface for morpheme in morphemes[i:end])
        words.append((surface, kana_to_phonemes("".join(morpheme.kana for morpheme in morphemes[i:end]))))
        i = end
    next_phonemes = [*(phonemes for _, phonemes in words[1:]), ""]  # of each word's right neighbour
    return [
        (surface, phonemes if _has_space_between(phonemes, next_phonemes[k]) else phonemes.rstrip())
        for k, (surface, phonemes) in enumerate(words)
    ]


def _has_space_between(phonemes: str, next_phonemes: str) -> bool:
    """Return whether a space separates two words; a doubled consonant (ʔ) belongs to both."""
    return not (phonemes.endswith("ʔ ") or next_phonemes.startswith("ʔ"))


def kana_to_phonemes(kana: str) -> str:
    """Return the phonemes of a word in katakana, followed by a space; "" for ""."""
    table = _kana_table()
    phonemes = ""
    i = 0
    while i < len(kana):
        first, second = kana[i], kana[i + 1 : i + 2]
        if first + second in table and second:
            phonemes += table[first + second]
            i += 2
        elif second and second in _SMALL_KANA and first in table:  # not in the table: first consonant, second vowel
            phonemes += table[first][:-1] + table[second]
            i += 2
        else:
            phonemes += _single_kana(first, table.get(kana[i + 1 : i + 3]) or table.get(second, ""))
            i += 1
    return phonemes + " " if phonemes else ""


def _single_kana(kana: str, next_phonemes: str) -> str:
    """Return the phonemes of one kana; those after it decide the sound of ン."""
    if kana == "ン":
        return next((nasal for before, nasal in _NASALS if next_phonemes and next_phonemes[0] in before), "ɴ")
    return {"ー": "ː", "ッ": "ʔ"}.get(kana) or _kana_table().get(kana, "")


def _analyze(text: str) -> list[_Morpheme]:
    """Align Open JTalk's morphemes with the written text (it spells digits out and widens letters)."""
    morphemes: list[_Morpheme] = []
    position = 0
    for node in _run_frontend(text):
        surface = unicodedata.normalize("NFKC", node["string"])
        kana = "" if node["pos"] == "記号" and not node["mora_size"] else node["pron"].replace("’", "")
        length = _match_length(text, position, surface)
        if length:
            morphemes.append(_Morpheme(text[position : position + length], kana))
            position += length
            continue
        number = re.match(r"[\d０-９][\d０-９,，.．]*", text[position:])
        if number:  # the first spelled-out part of a number gets its digits, the others get none
            morphemes.append(_Morpheme(number.group(), kana))
            position += number.end()
        elif morphemes:
            morphemes[-1] = _Morpheme(morphemes[-1].surface, morphemes[-1].kana + kana)
    if position < len(text) and morphemes:
        morphemes[-1] = _Morpheme(morphemes[-1].surface + text[position:], morphemes[-1].kana)
    return morphemes


def _match_length(text: str, position: int, surface: str) -> int:
    """Return how many characters of the text, from `position` on, normalize to `surface`; 0 if none do."""
    for length in range(1, len(text) - position + 1):
        normal = unicodedata.normalize("NFKC", text[position : position + length])
        if normal == surface:
            return length
        if len(normal) > len(surface):
            return 0
    return 0


def _word_end(morphemes: list[_Morpheme], start: int) -> int:
    """Return the end of the word at `start`: the longest run of morphemes in the word list, else one morpheme."""
    for end in range(min(len(morphemes), start + _MAX_WORD_MORPHEMES), start + 1, -1):
        run = morphemes[start:end]
        if all(morpheme.kana for morpheme in run) and "".join(m.surface for m in run) in _load_word_list():
            return end
    return start + 1


@cache
def _load_word_list() -> frozenset[str]:
    """Return the word list of the package misaki; the file is read without importing its code."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("misaki")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The package misaki is missing. Run `make install`.")
    text = (Path(spec.origin).parent / "data" / "ja_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


_lock = threading.Lock()  # Open JTalk's analyzer is one object with state


def _run_frontend(text: str) -> Sequence[Mapping[str, Any]]:
    import pyopenjtalk

    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pyopenjtalk calls a method that Sudachi will rename
        return list(pyopenjtalk.run_frontend(text))
