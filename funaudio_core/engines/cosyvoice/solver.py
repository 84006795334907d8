"""From noise to a mel spectrogram in ten steps along the velocity. Knows neither tokens nor the network's inside."""

from __future__ import annotations

from functools import cache
from typing import Protocol

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import chunks, clock
from funaudio_core.engines.cosyvoice.layout import MELS

GUIDANCE = 0.7  # how far beyond the unconditional velocity, `inference_cfg_rate` of CosyVoice
NOISE_FRAMES = 15_000  # of the fixed noise: the longest mel, prompt included, 300 s
NOISE_SEED = 0


class Estimator(Protocol):
    """A velocity network: UNet or DiT. Its forward branches on no value, so that it may be compiled or captured."""

    def tables(self, times: Tensor) -> Tensor:
        """What the network needs to know of each time, one row of the outcome a time."""

    def __call__(
        self, state: Tensor, mu: Tensor, speaker: Tensor, known: Tensor, table: Tensor, hidden: Tensor
    ) -> Tensor:
        """The velocity (batch, mels, time)."""


@cache
def noise() -> Tensor:
    """float32 (1, mels, 15,000), where every mel begins; what CosyVoice 2 and 3 draw when they are built.

    Always the same, so a stream continues what it began and equal requests give equal sound.
    """
    return torch.randn(1, MELS, NOISE_FRAMES, generator=torch.Generator().manual_seed(NOISE_SEED))


def solve(
    estimator: Estimator, mu: Tensor, speaker: Tensor, known: Tensor, seen: Tensor, dtype: torch.dtype = torch.float32
) -> Tensor:
    """The mel spectrogram, float32 (batch, mels, time), natural logarithm of magnitudes.

    mu, known: float32 (batch, mels, time). speaker: float32 (batch, mels). seen: bool, which frames attend to which,
    see chunks.visible(). dtype: of the network's weights; state and times are float32 whatever it is. Every step asks
    for the velocity with and without the conditions, in one batch.
    """
    grid = clock.grid()
    tables = estimator.tables(torch.tensor(grid[:-1], device=mu.device)).to(dtype)
    said, spoken_by, prompt = (torch.cat([given, torch.zeros_like(given)]).to(dtype) for given in (mu, speaker, known))
    hidden = chunks.bias(torch.cat([seen, seen]), dtype)
    state = noise()[:, :, : mu.shape[2]].to(mu.device).expand_as(mu)
    for table, start, end in zip(tables, grid, grid[1:], strict=False):
        twice = torch.cat([state, state]).to(dtype)
        with_it, without = estimator(twice, said, spoken_by, prompt, table, hidden).float().chunk(2)
        state = state + (end - start) * ((1 + GUIDANCE) * with_it - GUIDANCE * without)
    return state
