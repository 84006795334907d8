"""Resampling as CosyVoice was trained with: windowed-sinc interpolation, in NumPy.

Numerically equal to torchaudio.functional.resample with its defaults, which fed both prompt encoders in training; a
sharper filter would change their input.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.types import Audio, Samples

ZERO_CROSSINGS = 6  # of the sinc on each side
ROLLOFF = 0.99  # cut-off as a share of the lower Nyquist frequency
PERIODS_PER_BLOCK = 1 << 14  # computed at a time, which bounds the memory


def resample(clip: Audio, rate: int) -> Samples:
    """Return the float32 samples of a clip at `rate` Hz, ceil(n * rate / clip.rate) of them."""
    if clip.rate == rate:
        return clip.samples
    divisor = math.gcd(clip.rate, rate)
    old, new = clip.rate // divisor, rate // divisor
    kernel, half_width = _kernel(old, new)
    padded = np.pad(clip.samples, (half_width, half_width + old))
    periods = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[1])[::old]
    blocks = [
        periods[start : start + PERIODS_PER_BLOCK] @ kernel.T for start in range(0, len(periods), PERIODS_PER_BLOCK)
    ]
    return np.concatenate(blocks).reshape(-1)[: -(-len(clip.samples) * new // old)]


@lru_cache(maxsize=8)
def _kernel(old: int, new: int) -> tuple[NDArray[np.float32], int]:
    """Return the filters (new, taps), one for each sample of a period, and their half width in samples."""
    cutoff = min(old, new) * ROLLOFF
    half_width = math.ceil(ZERO_CROSSINGS * old / cutoff)
    taps = np.arange(-half_width, half_width + old) / old
    times = np.clip((taps - np.arange(new)[:, None] / new) * cutoff, -ZERO_CROSSINGS, ZERO_CROSSINGS)
    window = np.cos(times * np.pi / ZERO_CROSSINGS / 2) ** 2
    return (np.sinc(times) * window * (cutoff / old)).astype(np.float32), half_width
