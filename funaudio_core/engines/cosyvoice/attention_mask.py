"""Which frames may attend to which: all to all, or none to a later chunk. Knows no model.

A chunk is 25 tokens, that is 50 mel frames (`chunk_size` in CosyVoice's yaml files), counted from the first token of
the prompt. In streaming every frame sees its own chunk and all before, so what has been computed once stays as it is.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 25  # tokens


def visible(lengths: Tensor, size: int, chunk: int | None, start: int = 0) -> Tensor:
    """Whether query i may see key j: bool (batch, 1, size - start, size), or (batch, 1, 1, size) where chunk is None.

    lengths: int64 (batch,), rows that are no padding. chunk: its rows; None lets every row see every other. start:
    the first row that asks; those before it are only seen.
    """
    places = torch.arange(size, device=lengths.device)
    real = (places < lengths[:, None])[:, None, None, :]
    if chunk is None:
        return real
    ends = (places[start:] // chunk + 1) * chunk
    return real & (places < ends[:, None])


def bias(seen: Tensor, dtype: torch.dtype) -> Tensor:
    """What is added to attention scores: 0 where `seen`, minus infinity elsewhere."""
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill(~seen, float("-inf"))
