"""Repetition-aware nucleus sampling of speech tokens, as in CosyVoice.

A token is sampled from the nucleus; if it is among the last WINDOW_TOKENS tokens, it is sampled again from all
others. Both draws invert the cumulative distribution at a given uniform number, so that equal numbers give equal
tokens on any device, in any batch and in any order of requests.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import LMConfig

TOP_P = 0.8  # probability mass of the nucleus
TOP_K = 25  # most tokens of the nucleus
WINDOW_TOKENS = 10  # last tokens that count as repetition
UNIFORMS_PER_TOKEN = 2


class UniformNumbers:
    """Uniform numbers of one request, from its own generator. Stateful; not to be shared between threads."""

    def __init__(self, seed: int) -> None:
        """Seed the generator."""
        self._generator = torch.Generator().manual_seed(seed)

    def draw(self, count: int) -> Tensor:
        """Return the numbers of the next `count` tokens, float32 (count, UNIFORMS_PER_TOKEN) in [0, 1), on the CPU."""
        return torch.rand((count, UNIFORMS_PER_TOKEN), generator=self._generator)


def nucleus(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Return the probabilities of the nucleus, falling and 0 behind its end, and its token ids, both (batch, TOP_K).

    Equal logits are ordered by id. Probabilities are shares of all tokens, so the nucleus sums to less than one.
    """
    probability, ids = torch.softmax(logits.float(), dim=-1).sort(dim=-1, descending=True, stable=True)
    probability, ids = probability[..., :TOP_K], ids[..., :TOP_K]
    mass_before = probability.cumsum(dim=-1) - probability
    return probability.masked_fill(~(mass_before < TOP_P), 0.0), ids


def sample(logits: Tensor, recent: Tensor, uniforms: Tensor) -> Tensor:
    """Sample the next token of each row.

    Args:
        logits: float (batch, tokens); -inf for tokens that are not allowed, of which at least two others remain.
        recent: The last tokens, int64 (batch, WINDOW_TOKENS); -1 for none.
        uniforms: float32 (batch, UNIFORMS_PER_TOKEN) in [0, 1), see UniformNumbers.

    Returns:
        int64 (batch,).
    """
    probability, ids = nucleus(logits)
    first = ids.gather(1, _at(probability, uniforms[:, 0]))
    others = torch.softmax(logits.float().scatter(1, first, -torch.inf), dim=-1)
    second = _at(others, uniforms[:, 1])
    repeated = (recent == first).any(dim=1, keepdim=True)
    return torch.where(repeated, second, first)[:, 0]


def mask_logits(logits: Tensor, special_id: int, allowed: Tensor, config: LMConfig) -> Tensor:
    """Set logits (batch, ids) to -inf but for speech tokens and, where `allowed` (batch,) is True, one special id.

    CosyVoice itself also allows reserved ids and, in version 3, the end before the minimum length; such a draw would
    cut an utterance short.
    """
    masked = torch.full_like(logits, -torch.inf)
    masked[:, : config.num_speech_tokens] = logits[:, : config.num_speech_tokens]
    masked[:, special_id] = logits[:, special_id].masked_fill(~allowed, -torch.inf)
    return masked


def _at(weights: Tensor, uniform: Tensor) -> Tensor:
    """Return the index, int64 (batch, 1), at which the cumulative weights (batch, n) pass the uniform number (batch,).

    In float64, because a float32 number below one times the sum stays below the sum: an index of weight 0 never occurs.
    """
    cumulative = weights.double().cumsum(dim=-1)
    index = (cumulative <= uniform.double()[:, None] * cumulative[:, -1:]).sum(dim=-1, keepdim=True)
    return index.clamp(max=weights.shape[-1] - 1)  # NaN weights would give an index out of range, which halts a GPU


def spawn_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Return `count` seeds derived from one; the first ones don't depend on `count`."""
    return tuple(map(int, np.random.SeedSequence(seed).generate_state(count, np.uint64)))
