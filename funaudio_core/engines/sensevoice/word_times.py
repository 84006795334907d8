"""SentencePiece pieces with times to words with times. Pure; knows neither the vocabulary nor the model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from funaudio_core.engines.sensevoice.ctc import Token
from funaudio_core.types import Word

_SPACE = "▁"  # how SentencePiece writes one
_ALONE = r"\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese characters and kana
_PART = re.compile(f"[{_ALONE}]|[^{_ALONE}]+")


def merge(pieces: Iterable[tuple[str, Token]], row: float) -> Iterator[Word]:
    """Words in order, in seconds from the start of the sound; `row` seconds lie between two rows.

    A piece that begins with a space opens a word, and so does each character of a script that writes no spaces; other
    pieces, punctuation among them, go with the word before.
    """
    word: Word | None = None
    opens = True
    for piece, token in pieces:
        opens = opens or piece.startswith(_SPACE)
        for part in _parts(piece.replace(_SPACE, ""), token, row):
            if word is not None and not opens and not _parted(word.text, part.text):
                word = _joined(word, part)
                continue
            if word is not None:
                yield word
            word, opens = part, False
    if word is not None:
        yield word


def _parts(text: str, token: Token, row: float) -> Iterator[Word]:
    """A piece, or its characters where they stand alone; these share out its time.

    A row is dated half a row before it begins, as FunASR dates it: its frames reach from there into the row.
    """
    found = _PART.findall(text)
    start, end = max(0.0, (token.start - 0.5) * row), (token.end - 0.5) * row
    for index, part in enumerate(found):
        step = (end - start) / len(found)
        yield Word(part, start + index * step, start + (index + 1) * step, token.probability)


def _parted(before: str, after: str) -> bool:
    """Whether a word ends between the two although no space is written."""
    alone = re.compile(f"[{_ALONE}]").match
    return bool(alone(after)) or (bool(alone(before)) and after[0].isalnum())


def _joined(word: Word, part: Word) -> Word:
    probability = min(word.probability, part.probability)
    return replace(word, text=word.text + part.text, end=part.end, probability=probability)
