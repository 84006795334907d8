"""Greedy decoding of a CTC head into tokens with times, in NumPy.

The times need no forced alignment: the most probable path of a CTC head is the greedy one, row by row. It is therefore
also the most probable of all paths that spell the greedy tokens, which is the path that forced alignment would find.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sensevoice.prompt import PROMPT_ROWS

BLANK = 0  # token id


@dataclass(frozen=True, slots=True)
class Token:
    """Decoded token.

    Attributes:
        id: In the vocabulary.
        start: First row in which it is the most probable one, counted from the first row of audio.
        end: Row behind the last one.
        probability: The highest in these rows.
    """

    id: int
    start: int
    end: int
    probability: float


@dataclass(frozen=True, eq=False, slots=True)
class Output:
    """Model output of one clip.

    Attributes:
        tag_logits: Of the prompt's rows, float32 (PROMPT_ROWS, vocabulary).
        tokens: Of the text.
    """

    tag_logits: NDArray[np.float32]
    tokens: tuple[Token, ...]


def decode(logits: NDArray[np.float32]) -> Output:
    """Decode logits, float32 (PROMPT_ROWS + rows, vocabulary)."""
    text_logits = logits[PROMPT_ROWS:]
    ids = text_logits.argmax(axis=1)
    probabilities = np.ones(len(ids), np.float32)
    not_blank = np.flatnonzero(ids != BLANK)  # a third of the rows or fewer; the others need no softmax
    rows = text_logits[not_blank]
    probabilities[not_blank] = 1 / np.exp(rows - rows.max(axis=1, keepdims=True)).sum(axis=1)
    return Output(logits[:PROMPT_ROWS].copy(), collapse(ids, probabilities))


def collapse(ids: NDArray[np.int64], probabilities: NDArray[np.float32]) -> tuple[Token, ...]:
    """Merge runs of one id into one token and drop the blanks.

    Args:
        ids: Most probable id of each row, (rows,).
        probabilities: Of these ids, (rows,).
    """
    edges = np.flatnonzero(np.diff(ids, prepend=-1, append=-1))
    return tuple(
        Token(int(ids[start]), int(start), int(end), float(probabilities[start:end].max()))
        for start, end in pairwise(edges)
        if ids[start] != BLANK
    )
