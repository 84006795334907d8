"""Kaldi's log mel filter bank in NumPy, with its default options but no dither."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.types import Samples

Float = NDArray[np.float32]
Wide = NDArray[np.floating]

RATE = 16_000  # Hz
FRAME_SAMPLES, HOP_SAMPLES = 400, 160  # 25 and 10 ms
NUM_MELS = 80
_FFT_SAMPLES = 512
_PREEMPHASIS = 0.97  # this and the next three are Kaldi's defaults
_MIN_HZ = 20.0
_POVEY_EXPONENT = 0.85  # of a Hann window
_EPSILON = float(np.finfo(np.float32).eps)


def kaldi_fbank(samples: Samples) -> Float:
    """Return Kaldi's log mel filter banks less their mean over the clip, the input of CAM++.

    Args:
        samples: float32 (n,) in [-1, 1] at RATE, at least FRAME_SAMPLES.

    Returns:
        (frames, NUM_MELS), 100 whole frames a second.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::HOP_SAMPLES]
    frames = frames - frames.mean(axis=1, keepdims=True, dtype=np.float32)
    previous = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)  # Kaldi repeats the first sample
    window = (np.hanning(FRAME_SAMPLES) ** _POVEY_EXPONENT).astype(np.float32)
    spectrum = np.fft.rfft((frames - np.float32(_PREEMPHASIS) * previous) * window, _FFT_SAMPLES)
    power = (spectrum.real**2 + spectrum.imag**2) @ _filters()
    mels = np.log(np.maximum(power, _EPSILON))
    return (mels - mels.mean(axis=0)).astype(np.float32)  # type: ignore[no-any-return]


@cache
def _filters() -> Float:
    """Return (bins, NUM_MELS) triangles of equal height, evenly spaced on Kaldi's mel scale."""
    edges = np.linspace(_mel(np.array(_MIN_HZ)), _mel(np.array(RATE / 2)), NUM_MELS + 2)
    return triangles(edges, _mel(np.fft.rfftfreq(_FFT_SAMPLES, 1 / RATE))).astype(np.float32)


def _mel(hertz: Wide) -> Wide:
    mels: Wide = 1127.0 * np.log1p(hertz / 700.0)
    return mels


def triangles(edges: Wide, bins: Wide) -> Wide:
    """Return (bins, len(edges) - 2) triangles that rise from one edge to the next and fall to the one after."""
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))
