"""What CosyVoice's networks are given of a prompt clip: three kinds of log mels. NumPy only; knows no model.

Samples are float32 (n,) in [-1, 1]; rows of a result follow each other in time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.config import HOP, MELS, PROMPT_RATE, RATE
from funaudio_core.types import Samples

Float = NDArray[np.float32]
Wide = NDArray[np.floating]

HEARD_BANDS = 128  # of the mels for the speech tokenizer: Whisper large-v3's
_HEARD_WINDOW, _HEARD_HOP = 400, 160  # samples of 16 kHz
_HEARD_FLOOR, _HEARD_RANGE = 1e-10, 8.0  # power, and powers of ten below the loudest of the clip

_SPEAKER_WINDOW, _SPEAKER_HOP, _SPEAKER_FFT = 400, 160, 512  # samples of 16 kHz
_PREEMPHASIS = 0.97  # Kaldi's defaults from here on
_LOWEST = 20.0  # Hz
_POVEY = 0.85  # exponent of Kaldi's own window
_EPSILON = float(np.finfo(np.float32).eps)

_FLOW_WINDOW = 1920  # samples of 24 kHz
_FLOW_FLOOR, _FLOW_LEAST = 1e-9, 1e-5  # under the root, and under the logarithm


def heard(samples: Samples) -> Float:
    """(128, frames): Whisper's log mels at 100 frames a second of samples at 16 kHz, for the speech tokenizer.

    Frames are len(samples) // 160; at least 201 samples.
    """
    window = np.hanning(_HEARD_WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, _HEARD_WINDOW // 2, mode="reflect")
    spectrum = np.fft.rfft(_frames(padded, _HEARD_WINDOW, _HEARD_HOP)[:-1] * window)
    filters = _slaney(PROMPT_RATE, _HEARD_WINDOW, HEARD_BANDS, PROMPT_RATE / 2)
    power = (spectrum.real**2 + spectrum.imag**2) @ filters
    mels = np.log10(np.maximum(power, _HEARD_FLOOR))
    return ((np.maximum(mels, mels.max() - _HEARD_RANGE) + 4) / 4).T.astype(np.float32)  # type: ignore[no-any-return]


def speaker(samples: Samples) -> Float:
    """(frames, 80): Kaldi's log mels of samples at 16 kHz, less their mean over the clip, for the speaker encoder.

    Only frames that fit whole, at 100 a second; at least 400 samples.
    """
    frames = _frames(samples, _SPEAKER_WINDOW, _SPEAKER_HOP)
    frames = frames - frames.mean(axis=1, keepdims=True, dtype=np.float32)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)  # the first sample stands before itself
    window = (np.hanning(_SPEAKER_WINDOW) ** _POVEY).astype(np.float32)
    spectrum = np.fft.rfft((frames - np.float32(_PREEMPHASIS) * before) * window, _SPEAKER_FFT)
    power = (spectrum.real**2 + spectrum.imag**2) @ _kaldi()
    mels = np.log(np.maximum(power, _EPSILON))
    return (mels - mels.mean(axis=0)).astype(np.float32)  # type: ignore[no-any-return]


def flow(samples: Samples, top: float) -> Float:
    """(frames, 80): the log mels that CosyVoice speaks in, at 50 frames a second, of samples at 24 kHz.

    top: Hz, Layout.mel_top. Frames are len(samples) // 480; at least 721 samples.
    """
    padded = np.pad(samples, (_FLOW_WINDOW - HOP) // 2, mode="reflect")
    window = np.hanning(_FLOW_WINDOW + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(_frames(padded, _FLOW_WINDOW, HOP) * window)
    magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2 + _FLOW_FLOOR)
    mels = np.log(np.maximum(magnitude @ _slaney(RATE, _FLOW_WINDOW, MELS, top), _FLOW_LEAST))
    return mels.astype(np.float32)


def _frames(samples: Samples, length: int, hop: int) -> Float:
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]


@lru_cache(maxsize=8)
def _slaney(rate: int, size: int, bands: int, top: float) -> Float:
    """(bins, bands): triangles of equal area, even on Slaney's scale, linear below 1 kHz and logarithmic above."""
    edges = _hertz(np.linspace(0, _slaney_mel(top), bands + 2))
    return (_triangles(edges, np.fft.rfftfreq(size, 1 / rate)) * (2 / (edges[2:] - edges[:-2]))).astype(np.float32)


@lru_cache(maxsize=1)
def _kaldi() -> Float:
    """(bins, 80): triangles of equal height, even and straight on Kaldi's mel scale."""
    edges = np.linspace(_kaldi_mel(np.array(_LOWEST)), _kaldi_mel(np.array(PROMPT_RATE / 2)), MELS + 2)
    return _triangles(edges, _kaldi_mel(np.fft.rfftfreq(_SPEAKER_FFT, 1 / PROMPT_RATE))).astype(np.float32)


def _triangles(edges: Wide, bins: Wide) -> Wide:
    """(bins, len(edges) - 2): from 0 at an edge to 1 at the next and 0 at the one after."""
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(rising, falling))


# Slaney's Auditory Toolbox: 200/3 Hz a step up to 1 kHz, then 27 steps to 6.4 kHz.
_STEP, _BEND, _GROWTH = 200 / 3, 1000.0, np.log(6.4) / 27


def _slaney_mel(hertz: float) -> float:
    return float(hertz / _STEP if hertz < _BEND else _BEND / _STEP + np.log(hertz / _BEND) / _GROWTH)


def _hertz(mels: Wide) -> Wide:
    above = mels - _BEND / _STEP
    return np.where(above < 0, mels * _STEP, _BEND * np.exp(np.maximum(above, 0) * _GROWTH))


def _kaldi_mel(hertz: Wide) -> Wide:
    mels: Wide = 1127.0 * np.log1p(hertz / 700.0)
    return mels
