"""The noise in the excitation of the vocoder: fresh in version 2, always the same in version 3. Knows no sound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import RATE

TABLE_SECONDS = 60  # of version 3's noise that are kept (52 MB); longer sounds begin it again
HARMONICS = 9


class Gaussian:
    """Version 2: a normal distribution, drawn from the seed of each row of a batch."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def next(self, samples: int) -> Tensor:
        """float32 (batch, samples, harmonics), those after the last ones.

        On the CPU, where numbers drawn by whole frames (a multiple of 16) are those drawn at once.
        """
        return torch.stack([torch.randn(samples, HARMONICS, generator=drawn) for drawn in self._generators])


class Uniform:
    """Version 3: from 0 to 1, the noise with which Fun-CosyVoice 3 was trained."""

    def __init__(self) -> None:
        self._at = 0

    def next(self, samples: int) -> Tensor:
        """float32 (1, samples, harmonics), those after the last ones."""
        places = torch.arange(self._at, self._at + samples) % (TABLE_SECONDS * RATE)
        self._at += samples
        return table()[places][None]


@cache
def table() -> Tensor:
    """The first rows of version 3's noise, float32 (samples, harmonics).

    CosyVoice draws it from seed 0 while it builds its model, after all that is built before; only what was drawn
    counts here, not what for.
    """
    drawn = torch.Generator().manual_seed(0)
    torch.randn(1, 80, 15_000, generator=drawn)  # noise of the flow
    torch.randn(6561, 80, generator=drawn)  # table of the speech tokens
    speaker, first, rest, pitch = 192 * 80 + 80, 80 * 512 * 4 + 512, 4 * (512 * 512 * 3 + 512), 512 + 1
    torch.rand(speaker + first + rest + pitch, generator=drawn)  # layers of flow and pitch predictor
    torch.rand(1, HARMONICS, generator=drawn)  # phases that are never heard
    return torch.rand(TABLE_SECONDS * RATE, HARMONICS, generator=drawn)
