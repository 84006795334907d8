"""From the numbers of a CTC head to tokens with times. Pure NumPy; knows neither model nor text.

The times need no forced alignment: the likeliest path of a CTC head is, row by row, the greedy one, so it is also the
likeliest of all paths that spell the greedy tokens, and that is what forced alignment would look for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sensevoice.prompt_rows import COUNT

BLANK = 0  # token id


@dataclass(frozen=True, slots=True)
class Token:
    """One token: the rows [start, end) in which it is likeliest, counted from the first row of sound, and how likely.

    probability: the highest in those rows.
    """

    id: int
    start: int
    end: int
    probability: float


@dataclass(frozen=True, eq=False, slots=True)
class Output:
    """What the model says of one clip. tags: logits of the query rows, float32 (4, pieces)."""

    tags: NDArray[np.float32]
    tokens: tuple[Token, ...]


def output(logits: NDArray[np.float32]) -> Output:
    """The output behind logits, float32 (4 + rows, pieces)."""
    sound = logits[COUNT:]
    ids = sound.argmax(axis=1)
    probability = np.ones(len(ids), np.float32)
    told = np.flatnonzero(ids != BLANK)  # a third of the rows or fewer; the others need no softmax
    rows = sound[told]
    probability[told] = 1 / np.exp(rows - rows.max(axis=1, keepdims=True)).sum(axis=1)
    return Output(logits[:COUNT].copy(), collapse(ids, probability))


def collapse(ids: NDArray[np.int64], probability: NDArray[np.float32]) -> tuple[Token, ...]:
    """Greedy decoding: runs of one id become one token, blanks go. ids, probability: of each row's likeliest token."""
    edges = np.flatnonzero(np.diff(ids, prepend=-1, append=-1))
    return tuple(
        Token(int(ids[start]), int(start), int(end), float(probability[start:end].max()))
        for start, end in pairwise(edges)
        if ids[start] != BLANK
    )
