"""Input features of CosyVoice's networks, in NumPy: log mel spectrograms of a prompt clip.

Samples are float32 (n,) in [-1, 1].
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.audio.fbank import triangles
from funaudio_core.engines.cosyvoice.config import HOP_SAMPLES, NUM_MELS, PROMPT_SAMPLE_RATE, SAMPLE_RATE
from funaudio_core.types import Samples

Float = NDArray[np.float32]
Wide = NDArray[np.floating]

WHISPER_MEL_BANDS = 128  # as in Whisper large-v3
_WHISPER_WINDOW, _WHISPER_HOP = 400, 160  # samples at 16 kHz
_WHISPER_FLOOR = 1e-10  # lowest power
_WHISPER_RANGE = 8.0  # powers of ten between the loudest bin of the clip and the lowest value

_MEL_WINDOW = 1920  # samples at 24 kHz
_POWER_FLOOR, _MAGNITUDE_FLOOR = 1e-9, 1e-5  # added under the root; lowest value under the logarithm


def whisper_log_mel(samples: Samples) -> Float:
    """Return Whisper's log mel spectrogram, the input of the speech tokenizer.

    Args:
        samples: At 16 kHz, at least 201.

    Returns:
        (128, len(samples) // 160), 100 frames a second.
    """
    window = np.hanning(_WHISPER_WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, _WHISPER_WINDOW // 2, mode="reflect")
    spectrum = np.fft.rfft(_frames(padded, _WHISPER_WINDOW, _WHISPER_HOP)[:-1] * window)
    filters = _slaney(PROMPT_SAMPLE_RATE, _WHISPER_WINDOW, WHISPER_MEL_BANDS, PROMPT_SAMPLE_RATE / 2)
    power = (spectrum.real**2 + spectrum.imag**2) @ filters
    mels = np.log10(np.maximum(power, _WHISPER_FLOOR))
    return ((np.maximum(mels, mels.max() - _WHISPER_RANGE) + 4) / 4).T.astype(np.float32)  # type: ignore[no-any-return]


def mel_spectrogram(samples: Samples, fmax: float) -> Float:
    """Return the log mel spectrogram that flow and vocoder work with.

    Args:
        samples: At 24 kHz, at least 721.
        fmax: Upper edge of the bands in Hz, ModelConfig.mel_fmax.

    Returns:
        (len(samples) // 480, 80), 50 frames a second.
    """
    padded = np.pad(samples, (_MEL_WINDOW - HOP_SAMPLES) // 2, mode="reflect")
    window = np.hanning(_MEL_WINDOW + 1)[:-1].astype(np.float32)
    spectrum = np.fft.rfft(_frames(padded, _MEL_WINDOW, HOP_SAMPLES) * window)
    magnitude = np.sqrt(spectrum.real**2 + spectrum.imag**2 + _POWER_FLOOR)
    mels = np.log(np.maximum(magnitude @ _slaney(SAMPLE_RATE, _MEL_WINDOW, NUM_MELS, fmax), _MAGNITUDE_FLOOR))
    return mels.astype(np.float32)


def _frames(samples: Samples, length: int, hop: int) -> Float:
    return np.lib.stride_tricks.sliding_window_view(samples, length)[::hop]


@lru_cache(maxsize=8)
def _slaney(sample_rate: int, n_fft: int, bands: int, fmax: float) -> Float:
    """Return (bins, bands) triangles of equal area, evenly spaced on Slaney's mel scale."""
    edges = _hertz(np.linspace(0, _slaney_mel(fmax), bands + 2))
    return (triangles(edges, np.fft.rfftfreq(n_fft, 1 / sample_rate)) * (2 / (edges[2:] - edges[:-2]))).astype(
        np.float32
    )


# Slaney's Auditory Toolbox: linear with 200/3 Hz a step up to 1 kHz, then logarithmic with 27 steps to 6.4 kHz.
_STEP, _BEND, _GROWTH = 200 / 3, 1000.0, np.log(6.4) / 27


def _slaney_mel(hertz: float) -> float:
    return float(hertz / _STEP if hertz < _BEND else _BEND / _STEP + np.log(hertz / _BEND) / _GROWTH)


def _hertz(mels: Wide) -> Wide:
    above = mels - _BEND / _STEP
    return np.where(above < 0, mels * _STEP, _BEND * np.exp(np.maximum(above, 0) * _GROWTH))
