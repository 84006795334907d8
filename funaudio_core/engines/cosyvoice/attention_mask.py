"""Attention masks of the flow: full attention, or chunked attention for streaming.

A chunk is 25 speech tokens, that is 50 mel frames (`chunk_size` in CosyVoice's yaml files), counted from the first
token of the prompt. While streaming, a frame attends to its own chunk and all earlier ones, so frames that have been
computed stay valid when later chunks arrive.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK_TOKENS = 25


def chunk_mask(lengths: Tensor, total: int, chunk: int | None, start: int = 0) -> Tensor:
    """Return which keys each query may attend to.

    Args:
        lengths: Rows that are not padding, int64 (batch,).
        total: Number of keys, padding included.
        chunk: Rows per chunk; None for full attention.
        start: First row that is a query; earlier rows are keys only.

    Returns:
        bool (batch, 1, total - start, total), or (batch, 1, 1, total) for full attention.
    """
    positions = torch.arange(total, device=lengths.device)
    valid = (positions < lengths[:, None])[:, None, None, :]
    if chunk is None:
        return valid
    chunk_ends = (positions[start:] // chunk + 1) * chunk
    return valid & (positions < chunk_ends[:, None])


def mask_to_bias(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the additive attention bias of a mask: 0 where it is True, minus infinity elsewhere."""
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill(~mask, float("-inf"))
