"""Synthetic weights: the same numbers for the same names and shapes, here and where the golden outputs were made.

The reference implementations ran with these tensors, so their outputs can be checked without a file of weights.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def tensor(name: str, shape: Sequence[int]) -> Tensor:
    """Return float32 values seeded by the CRC-32 of the name, scaled so that activations stay near unit size."""
    noise = torch.randn(tuple(shape), generator=torch.Generator().manual_seed(zlib.crc32(f"0:{name}".encode())))
    magnitude = name.endswith(("original0", "weight_g"))  # of a weight-normalized layer
    if name.endswith("conv_post.bias"):  # an exponential follows; small values prevent clipping
        return 0.02 * noise - 3
    if "conv_post" in name and magnitude:
        return 0.3 + 0.03 * noise
    if name.endswith("alpha"):  # of Snake
        return 1 + 0.1 * noise.abs()
    if magnitude:
        return 1 + 0.1 * noise
    if "embedding" in name or "embed_tokens" in name or name.startswith("embed."):
        return 0.5 * noise
    if len(shape) >= 2:
        return noise / math.sqrt(math.prod(shape[1:]))
    if name.endswith("weight"):  # gain of a norm
        return 1 + 0.05 * noise
    return 0.02 * noise


def state_dict(shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """Return a checkpoint of tensors with these names and shapes."""
    return {name: tensor(name, shape) for name, shape in shapes.items()}
