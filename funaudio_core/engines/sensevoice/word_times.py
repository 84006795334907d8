"""Merging of SentencePiece pieces with times into words with times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from funaudio_core.engines.sensevoice.ctc import Token
from funaudio_core.types import Word

_SPACE = "▁"  # as SentencePiece writes one
# Chinese characters and kana, each of which is a word.
_UNSPACED = r"\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PART = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]").match


def merge_pieces(pieces: Iterable[tuple[str, Token]], row_seconds: float) -> Iterator[Word]:
    """Yield the words that pieces spell.

    A piece that begins with a space starts a word, and so does each character of a script without spaces. Other pieces,
    such as punctuation, are appended to the word before.

    Args:
        pieces: Text of each piece, with its token.
        row_seconds: Seconds from one row to the next.

    Yields:
        Words with times in seconds from the start of the clip.
    """
    word: Word | None = None
    starts_word = True
    for piece, token in pieces:
        starts_word = starts_word or piece.startswith(_SPACE)
        for part in _parts(piece.replace(_SPACE, ""), token, row_seconds):
            if word is not None and not starts_word and not _is_boundary(word.text, part.text):
                word = _join(word, part)
                continue
            if word is not None:
                yield word
            word, starts_word = part, False
    if word is not None:
        yield word


def _parts(text: str, token: Token, row_seconds: float) -> Iterator[Word]:
    """Yield the piece, or its characters if each is a word; these share its time equally.

    As in FunASR, a row starts half a row earlier, since its first frames do.
    """
    parts = _PART.findall(text)
    start, end = max(0.0, (token.start - 0.5) * row_seconds), (token.end - 0.5) * row_seconds
    for index, part in enumerate(parts):
        step = (end - start) / len(parts)
        yield Word(part, start + index * step, start + (index + 1) * step, token.probability)


def _is_boundary(before: str, after: str) -> bool:
    """Return whether a word ends between two parts without a space."""
    return bool(_IS_UNSPACED(after)) or (bool(_IS_UNSPACED(before)) and after[0].isalnum())


def _join(word: Word, part: Word) -> Word:
    probability = min(word.probability, part.probability)
    return replace(word, text=word.text + part.text, end=part.end, probability=probability)
