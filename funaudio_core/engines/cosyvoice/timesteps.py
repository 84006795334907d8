"""Time steps of the flow-matching solver and their embedding."""

from __future__ import annotations

import math

import torch
from torch import Tensor

NUM_STEPS = 10  # solver steps, `n_timesteps` of CosyVoice 2 and 3
TIME_SCALE = 1000.0  # factor on the time before it is embedded, as in Matcha-TTS
MAX_PERIOD = 10_000.0  # of sinusoidal embeddings, as in "Attention is all you need"


def cosine_schedule(steps: int = NUM_STEPS) -> tuple[float, ...]:
    """Return steps + 1 times from 0 to 1, denser at the beginning (`t_scheduler: cosine`)."""
    return tuple(1 - math.cos(math.pi / 2 * step / steps) for step in range(steps + 1))


def sinusoidal_embedding(times: Tensor, dim: int) -> Tensor:
    """Return float32 (n, dim), sines and then cosines, of times float32 (n,)."""
    half_dim = dim // 2
    indices = torch.arange(half_dim, device=times.device, dtype=torch.float32)
    angles = TIME_SCALE * times[:, None] * torch.exp(indices * (-math.log(MAX_PERIOD) / (half_dim - 1)))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
