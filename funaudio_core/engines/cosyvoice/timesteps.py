"""The times at which the flow is evaluated, and the sinusoids that tell a network the time. Knows no network."""

from __future__ import annotations

import math

import torch
from torch import Tensor

STEPS = 10  # evaluations of the velocity, `n_timesteps` of CosyVoice 2 and 3
SCALE = 1000.0  # of time in front of the sinusoids, as in Matcha-TTS
LONGEST_WAVE = 10_000.0  # of the sinusoids, as in "Attention is all you need"


def grid(steps: int = STEPS) -> tuple[float, ...]:
    """steps + 1 times from 0 to 1, dense at the beginning where the noise is: the cosine schedule."""
    return tuple(1 - math.cos(math.pi / 2 * step / steps) for step in range(steps + 1))


def sinusoids(times: Tensor, width: int) -> Tensor:
    """float32 (n, width) of times float32 (n,): sines, then cosines."""
    half = width // 2
    places = torch.arange(half, device=times.device, dtype=torch.float32)
    angles = SCALE * times[:, None] * torch.exp(places * (-math.log(LONGEST_WAVE) / (half - 1)))
    return torch.cat([angles.sin(), angles.cos()], dim=1)
