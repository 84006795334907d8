"""Another sample rate the way CosyVoice was trained to hear it: a windowed sinc. NumPy only; knows no model.

The numbers are those of torchaudio.functional.resample with its defaults, from which both networks that listen to a
prompt got their sound; a sharper filter would change what they are given.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.types import Audio, Samples

ZEROS = 6  # zero crossings of the sinc on each side
ROLLOFF = 0.99  # cut-off over the lower of both Nyquist frequencies
BLOCK = 1 << 14  # periods computed at a time, which bounds the memory


def resample(clip: Audio, rate: int) -> Samples:
    """float32 samples of the clip at `rate`, Hz; ceil(n * rate / clip.rate) of them."""
    if clip.rate == rate:
        return clip.samples
    common = math.gcd(clip.rate, rate)
    old, new = clip.rate // common, rate // common
    kernel, reach = _kernel(old, new)
    padded = np.pad(clip.samples, (reach, reach + old))
    periods = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[1])[::old]
    blocks = [periods[start : start + BLOCK] @ kernel.T for start in range(0, len(periods), BLOCK)]
    return np.concatenate(blocks).reshape(-1)[: -(-len(clip.samples) * new // old)]


@lru_cache(maxsize=8)
def _kernel(old: int, new: int) -> tuple[NDArray[np.float32], int]:
    """(new, taps): one row for each sample of a period; and how far it reaches back, in samples."""
    cut = min(old, new) * ROLLOFF
    reach = math.ceil(ZEROS * old / cut)
    taps = np.arange(-reach, reach + old) / old
    times = np.clip((taps - np.arange(new)[:, None] / new) * cut, -ZEROS, ZEROS)
    window = np.cos(times * np.pi / ZEROS / 2) ** 2
    return (np.sinc(times) * window * (cut / old)).astype(np.float32), reach
