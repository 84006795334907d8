"""Ids of a text that is still being written, each as soon as nothing that follows can change it. Knows no sound.

Two things look ahead: the rules that make words of digits and signs (see text), and byte pairs (see tokenizer). All
that is handed on is the same as if the text had been read whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from funaudio_core.engines.cosyvoice import control_tokens
from funaudio_core.engines.cosyvoice.config import Version
from funaudio_core.engines.cosyvoice.text import BY_CHARACTER, normalised, one_line, stopped
from funaudio_core.engines.cosyvoice.text_normalizer import steady

if TYPE_CHECKING:
    from funaudio_core.engines.cosyvoice.tokenizer import Tokenizer

_WORD = "so"  # stands for the word that follows white space: it belongs to no number
_OPEN = re.compile(r"[\[<][^\]>\s]*$")  # perhaps a mark, of which the end is missing
_KANA_MARKS = "、。？！"  # behind them Japanese is read anew


@dataclass(frozen=True, slots=True)
class Part:
    """The next part of a text as it is read: its words, and their ids."""

    text: str
    ids: tuple[int, ...]


def read(written: Iterable[str], language: str, version: Version, tokenizer: Tokenizer) -> Iterator[Part]:
    """The text that comes in pieces of any size, normalised and with a stop at its end; no part is without ids.

    Of a text that is read in another way than its beginning promised, the rest follows as it is read alone.
    """
    text, tried = "", 0  # ends that have been tried need not be tried again
    read, given = "", 0  # what has been handed on: text, how many ids
    left, end = "", 0  # what else is certain: normalised, and as it is written from there on
    for piece in written:
        text += piece
        found = _certain(text, tried, language, version)
        tried = max(len(text) - _in_katakana(language, version), 0)
        if found is None:
            continue
        looked, certain = found
        if not certain.startswith(read):
            continue
        length = tokenizer.settled(certain)
        ids = tokenizer.encode(certain[:length])
        if length > len(read) and len(ids) > given:
            yield Part(certain[len(read) : length], ids[given:])
            read, given, left, end = certain[:length], len(ids), certain[length:], looked
    whole = stopped(normalised(text, language, version), language)
    if whole.startswith(read):
        last = Part(whole[len(read) :], tokenizer.encode(whole)[given:])
    else:
        rest = stopped(left + normalised(text[end:], language, version), language)
        last = Part(rest, tokenizer.encode(rest))
    if last.ids:
        yield last


def _certain(text: str, tried: int, language: str, version: Version) -> tuple[int, str] | None:
    """How far a text can be read behind `tried`, and normalised() of all up to there; None where nothing is new.

    What follows can't change it, but for the last character of a script without spaces.
    """
    kana = _in_katakana(language, version)
    for end in range(len(text), tried, -1):
        before, after = text[end - 1], text[end : end + 1]
        if kana:
            possible = before in _KANA_MARKS and after.isalpha()
        else:
            possible = before.isalpha() if language in BY_CHARACTER else before.isspace()
        if not possible or _OPEN.search(text[:end]):
            continue
        word = "" if language in BY_CHARACTER else _WORD
        begun = f"{text[:end]}{word}"
        said = [part for part, mark in control_tokens.parts(one_line(begun, language), version) if not mark]
        if kana or (said and steady(said[-1].removesuffix(word), language)):
            return end, normalised(begun, language, version).removesuffix(word)
    return None


def _in_katakana(language: str, version: Version) -> bool:
    """Whether it becomes katakana; then an end depends on the character behind it as well."""
    return language == "ja" and version == 3
