"""Which speech token comes next: nucleus sampling that is aware of repetition. Knows no model, only logits.

The rule is that of CosyVoice: draw from the likeliest tokens; where the token drawn was among the last ones already,
draw again from all others. Both draws invert a cumulated distribution at a given uniform number, so that the same
numbers give the same tokens whatever else is in the batch, on any device and in any order of requests.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import LMConfig

MASS = 0.8  # of probability: tokens are candidates until those before them hold as much ...
CANDIDATES = 25  # ... or are as many
MEMORY = 10  # tokens in which none is drawn twice by the first draw
DRAWS = 2  # uniform numbers a token


class Chances:
    """The uniform numbers of one utterance, from a generator of its own. Never shared: it holds its stream's state."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def next(self, tokens: int) -> Tensor:
        """float32 (tokens, DRAWS) in [0, 1), on the CPU."""
        return torch.rand((tokens, DRAWS), generator=self._generator)


def nucleus(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Probabilities (batch, CANDIDATES) of the candidates, falling, 0 behind the last, and their ids.

    Equal logits come in the order of their ids. Probabilities are over all tokens: those of the candidates sum to less
    than one.
    """
    probability, ids = torch.softmax(logits.float(), dim=-1).sort(dim=-1, descending=True, stable=True)
    probability, ids = probability[..., :CANDIDATES], ids[..., :CANDIDATES]
    before = probability.cumsum(dim=-1) - probability
    return probability.masked_fill(~(before < MASS), 0.0), ids


def draw(logits: Tensor, recent: Tensor, chance: Tensor) -> Tensor:
    """The next token of each row, int64 (batch,).

    logits: float (batch, tokens), -inf for what may not come; at least two others in each row. recent: int64 (batch,
    MEMORY), the last tokens, -1 for none. chance: float32 (batch, DRAWS) in [0, 1), see Chances.
    """
    probability, ids = nucleus(logits)
    first = ids.gather(1, _at(probability, chance[:, 0]))
    others = torch.softmax(logits.float().scatter(1, first, -torch.inf), dim=-1)
    second = _at(others, chance[:, 1])
    repeated = (recent == first).any(dim=1, keepdim=True)
    return torch.where(repeated, second, first)[:, 0]


def allowed(logits: Tensor, special: int, may: Tensor, layout: LMConfig) -> Tensor:
    """Logits (batch, ids) with -inf for all but speech tokens and, where `may` (batch,) is True, one special id.

    CosyVoice itself lets reserved ids through and, in version 3, the end before the least length: such a draw cuts an
    utterance short.
    """
    only = torch.full_like(logits, -torch.inf)
    only[:, : layout.codes] = logits[:, : layout.codes]
    only[:, special] = logits[:, special].masked_fill(~may, -torch.inf)
    return only


def _at(weights: Tensor, chance: Tensor) -> Tensor:
    """Where the cumulated weights (batch, n) pass the chance, (batch, 1): each place as likely as its weight.

    In float64, where a float32 chance below one times the sum stays below the sum: a place of weight 0 never comes.
    """
    rising = weights.double().cumsum(dim=-1)
    place = (rising <= chance.double()[:, None] * rising[:, -1:]).sum(dim=-1, keepdim=True)
    return place.clamp(
        max=weights.shape[-1] - 1
    )  # matters only where weights are no numbers: an accelerator would halt


def seeds(seed: int, count: int) -> tuple[int, ...]:
    """A seed for each of so many pieces of one request; the first ones are the same for any count."""
    return tuple(map(int, np.random.SeedSequence(seed).generate_state(count, np.uint64)))
