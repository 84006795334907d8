"""Sampling of text tokens and speech codes: repetition penalty, temperature and nucleus, for several rows at a time.

A draw divides the probabilities by exponentially distributed noise and takes the largest quotient, as
torch.multinomial does. The noise comes from a generator per conversation, on the CPU, so that equal seeds give equal
tokens on any device and in any batch.
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import TopPLogitsWarper

REPETITION_PENALTY = 1.2  # these three are those of the authors' demo
TEMPERATURE = 0.8
TOP_P = 0.9

_nucleus = TopPLogitsWarper(TOP_P)


def draw_noise(size: int, generator: torch.Generator) -> Tensor:
    """Return the noise of one draw among `size` tokens, float32 (size,)."""
    return torch.empty(size).exponential_(generator=generator)


def penalize(logits: Tensor, seen: Tensor) -> Tensor:
    """Lower the logits of tokens that have occurred.

    Args:
        logits: float32 (…, tokens).
        seen: Which tokens have occurred, bool (…, tokens).
    """
    lowered = torch.where(logits < 0, logits * REPETITION_PENALTY, logits / REPETITION_PENALTY)
    return torch.where(seen, lowered, logits)


def sample(logits: Tensor, noise: Tensor) -> Tensor:
    """Draw a token of each row, int64 (rows,).

    Args:
        logits: float32 (rows, tokens), penalized; -inf for tokens that are not allowed.
        noise: draw_noise() of each row, float32 (rows, tokens).
    """
    probabilities = torch.softmax(_nucleus(None, logits / TEMPERATURE), dim=-1)
    return (probabilities / noise).argmax(dim=-1)
