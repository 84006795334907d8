"""Noise in place of the harmonic source, for whispers.

The published graph has no noise where nothing is voiced, as in training: its source is constant there, so that what it
generates repeats with every frame and sounds like a voice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# About as in training, .025: a third of the amplitude of the harmonics times the norm of the weights that mix them.
NOISE_DEVIATION = 0.03
_OFFSET = -0.029  # of the source, the bias of those weights
_WINDOW_SAMPLES, _HOP_SAMPLES = 20, 5  # of the transform of the source
_SEED = 0  # the same for every request: short chunks are cached


def make_source(num_spectra: int) -> NDArray[np.float32]:
    """Return the magnitudes and the phases of noise, float32 (1, 22, num_spectra)."""
    noise = np.random.default_rng(_SEED).normal(_OFFSET, NOISE_DEVIATION, (num_spectra - 1) * _HOP_SAMPLES)
    padded = np.pad(np.tanh(noise), _WINDOW_SAMPLES // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_SAMPLES)[::_HOP_SAMPLES]
    window = np.hanning(_WINDOW_SAMPLES + 1)[:-1]
    spectra = np.fft.rfft(frames * window, axis=1).T
    return np.concatenate([np.abs(spectra), np.angle(spectra)])[None].astype(np.float32)
