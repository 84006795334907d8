"""Noise of the vocoder's source signal: drawn per request in version 2, fixed in version 3."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import SAMPLE_RATE

TABLE_SECONDS = 60  # of version 3's noise (52 MB); longer audio repeats it
NUM_HARMONICS = 9


class GaussianNoise:
    """Noise of version 2: normally distributed, with one generator per row of a batch. Stateful."""

    def __init__(self, seeds: Sequence[int]) -> None:
        """Seed a generator for each row."""
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def next(self, samples: int) -> Tensor:
        """Return the noise of the next samples, float32 (batch, samples, harmonics).

        On the CPU, where drawing whole frames (a multiple of 16 numbers) one by one equals drawing them all at once.
        """
        return torch.stack([torch.randn(samples, NUM_HARMONICS, generator=generator) for generator in self._generators])


class UniformNoise:
    """Noise of version 3: uniform in [0, 1) and always the same, as in the training of Fun-CosyVoice 3. Stateful."""

    def __init__(self) -> None:
        """Start at the beginning of the table."""
        self._position = 0

    def next(self, samples: int) -> Tensor:
        """Return the noise of the next samples, float32 (1, samples, harmonics)."""
        positions = torch.arange(self._position, self._position + samples) % (TABLE_SECONDS * SAMPLE_RATE)
        self._position += samples
        return uniform_noise()[positions][None]


@cache
def uniform_noise() -> Tensor:
    """Return the first TABLE_SECONDS of version 3's noise, float32 (samples, harmonics).

    CosyVoice draws it while it builds the model from seed 0, after the weights that are initialised before it. Drawing
    as many random numbers as those takes reproduces it.
    """
    generator = torch.Generator().manual_seed(0)
    torch.randn(1, 80, 15_000, generator=generator)  # initial noise of the flow
    torch.randn(6561, 80, generator=generator)  # speech token embedding
    speaker, first_conv, other_convs, linear = 192 * 80 + 80, 80 * 512 * 4 + 512, 4 * (512 * 512 * 3 + 512), 512 + 1
    torch.rand(speaker + first_conv + other_convs + linear, generator=generator)  # layers of flow and F0 predictor
    torch.rand(1, NUM_HARMONICS, generator=generator)  # initial phases, which are not used
    return torch.rand(TABLE_SECONDS * SAMPLE_RATE, NUM_HARMONICS, generator=generator)
