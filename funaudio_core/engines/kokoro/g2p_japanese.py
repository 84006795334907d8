"""Japanese: Open JTalk's readings, grouped to words, in the phonemes Kokoro was trained on. Knows no sound.

The phonemes are those of misaki's ja.py by hexgrad (Apache-2.0), here built from rows of the kana table. misaki's own
reader needs another dictionary (unidic), so the readings come from pyopenjtalk-plus and only its word list is used.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

KANA = "\u3041-\u309f\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_RUN = re.compile(r"(?P<run>(?:\d[\d,.]*\d|[^\W_]|[%％℃°¥＋+])+)|.", re.DOTALL)  # what goes to the analyser as one
_LONGEST = 8  # morphemes tried as one word of the list

_ROWS = (  # five kana and their phonemes, vowels a i u e o
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
_PALATAL = "キギシジチヂニヒビピミリ"  # with ャ ュ ョ: their consonant, then a ɨ o; with ェ: e
_ROUNDED = (  # first kana, its consonant before ァ ィ ェ ォ ("" where the pair has no sound of its own)
    ("ウ", "", "β", "β", "β"),
    ("ク", "kᵝ", "kᵝ", "kᵝ", "kᵝ"),
    ("グ", "ɡᵝ", "ɡᵝ", "ɡᵝ", "ɡᵝ"),
    ("ツ", "ʦ", "ʦʲ", "ʦ", "ʦ"),
    ("フ", "ɸ", "ɸʲ", "ɸ", "ɸ"),
    ("ヴ", "v", "vʲ", "v", "v"),
)
_PAIRS = {
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
_SMALL = "ァィゥェォャュョヮ"
_NASALS = (("mpb", "m"), ("kɡ", "ŋ"), ("ɲʨʥ", "ɲ"), ("ntdɾz", "n"))  # ン before these consonants; ɴ elsewhere


@cache
def _table() -> dict[str, str]:
    table = {kana: sound for row, sounds in _ROWS for kana, sound in zip(row, sounds.split(), strict=True)}
    pairs = dict(_PAIRS)
    for kana in _PALATAL:
        for small, vowel in zip("ャュョェ", "aɨoe", strict=True):
            pairs[kana + small] = table[kana][:-1] + vowel
    for kana, *consonants in _ROUNDED:
        for small, vowel, consonant in zip("ァィェォ", "aieo", consonants, strict=True):
            if consonant:
                pairs[kana + small] = consonant + vowel
    return table | pairs


@dataclass(frozen=True, slots=True)
class _Morpheme:
    """surface: as written. kana: its reading in katakana, "" for punctuation."""

    surface: str
    kana: str


def words(text: str) -> list[tuple[str, str]]:
    """The text as (word as written, phonemes); punctuation, one character each, with phonemes ""."""
    morphemes = [
        morpheme
        for match in _RUN.finditer(text)
        for morpheme in (_read(match.group()) if match.lastgroup else [_Morpheme(match.group(), "")])
    ]
    out: list[tuple[str, str]] = []
    i = 0
    while i < len(morphemes):
        end = _word_end(morphemes, i)
        surface = "".join(morpheme.surface for morpheme in morphemes[i:end])
        out.append((surface, phonemes("".join(morpheme.kana for morpheme in morphemes[i:end]))))
        i = end
    return [
        (surface, sound if _parted(sound, out[k + 1][1] if k + 1 < len(out) else "") else sound.rstrip())
        for k, (surface, sound) in enumerate(out)
    ]


def _parted(sound: str, following: str) -> bool:
    """Whether a space stands between two words; a doubled consonant (ʔ) belongs to both sides."""
    return not (sound.endswith("ʔ ") or following.startswith("ʔ"))


def phonemes(kana: str) -> str:
    """Phonemes of a word in katakana, then a space; "" for ""."""
    table = _table()
    out = ""
    i = 0
    while i < len(kana):
        first, second = kana[i], kana[i + 1 : i + 2]
        if first + second in table and second:
            out += table[first + second]
            i += 2
        elif second and second in _SMALL and first in table:  # a pair the table lacks: one consonant, other vowel
            out += table[first][:-1] + table[second]
            i += 2
        else:
            out += _sound(first, table.get(kana[i + 1 : i + 3]) or table.get(second, ""))
            i += 1
    return out + " " if out else ""


def _sound(kana: str, following: str) -> str:
    """One kana by itself. following: the phonemes after it, which decide the sound of ン."""
    if kana == "ン":
        return next((nasal for before, nasal in _NASALS if following and following[0] in before), "ɴ")
    return {"ー": "ː", "ッ": "ʔ"}.get(kana) or _table().get(kana, "")


def _read(text: str) -> list[_Morpheme]:
    """Open JTalk's morphemes, laid on the text as it is written (it spells digits out and widens letters)."""
    out: list[_Morpheme] = []
    position = 0
    for node in _frontend(text):
        surface = unicodedata.normalize("NFKC", node["string"])
        kana = "" if node["pos"] == "記号" and not node["mora_size"] else node["pron"].replace("’", "")
        length = _match(text, position, surface)
        if length:
            out.append(_Morpheme(text[position : position + length], kana))
            position += length
            continue
        number = re.match(r"[\d０-９][\d０-９,，.．]*", text[position:])
        if number:  # the first spelled-out part of a number takes its digits; later parts take nothing
            out.append(_Morpheme(number.group(), kana))
            position += number.end()
        elif out:
            out[-1] = _Morpheme(out[-1].surface, out[-1].kana + kana)
    if position < len(text) and out:
        out[-1] = _Morpheme(out[-1].surface + text[position:], out[-1].kana)
    return out


def _match(text: str, position: int, surface: str) -> int:
    """How many characters of the text, from `position` on, are written `surface` in normal form; 0 if they are not."""
    for length in range(1, len(text) - position + 1):
        normal = unicodedata.normalize("NFKC", text[position : position + length])
        if normal == surface:
            return length
        if len(normal) > len(surface):
            return 0
    return 0


def _word_end(morphemes: list[_Morpheme], start: int) -> int:
    """Where the word that begins at `start` ends: the longest run that the word list has, else one morpheme."""
    for end in range(min(len(morphemes), start + _LONGEST), start + 1, -1):
        run = morphemes[start:end]
        if all(morpheme.kana for morpheme in run) and "".join(m.surface for m in run) in _word_list():
            return end
    return start + 1


@cache
def _word_list() -> frozenset[str]:
    """Words of the list in misaki's package; the file is read, its code is not imported."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("misaki")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The package misaki is missing. Run `make install`.")
    text = (Path(spec.origin).parent / "data" / "ja_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


_lock = threading.Lock()  # Open JTalk's analyser is one object with state


def _frontend(text: str) -> Sequence[Mapping[str, Any]]:
    import pyopenjtalk

    with _lock:
        return list(pyopenjtalk.run_frontend(text))
