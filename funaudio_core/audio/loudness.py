"""Integrated loudness and true peak by ITU-R BS.1770-4 and EBU R128, fed block by block."""

from __future__ import annotations

import math
from array import array
from functools import cache

import numpy as np
from numpy.typing import NDArray

from funaudio_core.types import Samples

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
STEP_SECONDS, STEPS_PER_BLOCK = 0.1, 4  # gating blocks of 400 ms that overlap by 75 %
_OFFSET_LU = -0.691  # of BS.1770: a sine of 997 Hz at full scale has -3.01 LUFS
# The weighting of BS.1770 is published as two biquads at 48 kHz. These are the analogue filters behind them (B. De Man,
# "Evaluation of implementations of the EBU R128 loudness measurement", 2018), so that other rates can be derived.
_SHELF_HZ, _SHELF_DB, _SHELF_Q, _SHELF_EXPONENT = (
    1681.974450955533,
    3.999843853973347,
    0.7071752369554196,
    0.4996667741545416,
)
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
# The impulse response is below -200 dB after that long, so that a convolution stands for the recursion, which is slow
# without SciPy.
_RESPONSE_SECONDS = 0.1
_FFT_FACTOR = 4  # least length of the FFT, in impulse responses
OVERSAMPLING = 4  # of the true peak, as in BS.1770
# Of the interpolation, on each side. With a Kaiser window of this shape, sines up to .45 of the rate come out within
# .05 dB of their amplitude.
SIDE_TAPS = 12
_KAISER_BETA = 5.0
_ROW_SAMPLES = 64  # interpolated by one row of a matrix product
SILENT_DB = -math.inf

Biquad = tuple[float, float, float, float, float]  # b0, b1, b2, a1, a2; a0 is 1


def weighting_filters(rate: int) -> tuple[Biquad, Biquad]:
    """Return the shelf and the high-pass of the K-weighting at a sample rate in Hz."""
    tangent = math.tan(math.pi * _SHELF_HZ / rate)
    high = 10 ** (_SHELF_DB / 20)
    band, square, damping = high**_SHELF_EXPONENT, tangent**2, tangent / _SHELF_Q
    scale = 1 + damping + square
    shelf = (
        (high + band * damping + square) / scale,
        2 * (square - high) / scale,
        (high - band * damping + square) / scale,
        2 * (square - 1) / scale,
        (1 - damping + square) / scale,
    )
    tangent = math.tan(math.pi * _HIGH_PASS_HZ / rate)
    square, damping = tangent**2, tangent / _HIGH_PASS_Q
    scale = 1 + damping + square
    return shelf, (1.0, -2.0, 1.0, 2 * (square - 1) / scale, (1 - damping + square) / scale)


class LoudnessMeter:
    """Meter of the integrated loudness of mono sound; the memory is 80 bytes a second."""

    def __init__(self, rate: int) -> None:
        """Start at a sample rate in Hz."""
        self._rate = rate
        self._taps = math.ceil(_RESPONSE_SECONDS * rate)
        self._fft_samples = 1 << (_FFT_FACTOR * self._taps - 1).bit_length()
        self._past = np.zeros(self._taps - 1, np.float32)
        self._energies = array("d")  # of the finished steps
        self._step_energy, self._samples = 0.0, 0

    def feed(self, samples: Samples) -> None:
        """Add float32 samples (n,), of any length."""
        most = self._fft_samples - len(self._past)
        for start in range(0, len(samples), most):
            self._add_energy(self._weight(samples[start : start + most]))

    @property
    def loudness(self) -> float:
        """Return the integrated loudness in LUFS so far; SILENT_DB if nothing passes the gates."""
        return gated_loudness(self.energies, self._rate)

    @property
    def energies(self) -> NDArray[np.float64]:
        """Return the weighted energies of the finished steps of STEP_SECONDS, (n,)."""
        return np.array(self._energies)

    def _weight(self, samples: Samples) -> Samples:
        """Return the samples through the K-weighting."""
        extended = np.concatenate([self._past, samples])
        self._past = extended[-len(self._past) :]
        size = 1 << (len(extended) - 1).bit_length()
        spectrum = np.fft.rfft(extended, size) * _response(self._rate, self._taps, size)
        filtered = np.fft.irfft(spectrum, size)[self._taps - 1 : len(extended)]
        return np.asarray(filtered, np.float32)

    def _add_energy(self, weighted: Samples) -> None:
        """Add the energy of weighted samples to the steps in which they lie."""
        start = 0
        while start < len(weighted):
            step_end = round((len(self._energies) + 1) * STEP_SECONDS * self._rate)
            piece = weighted[start : start + step_end - self._samples]
            self._step_energy += float(np.dot(piece, piece))
            self._samples += len(piece)
            start += len(piece)
            if self._samples == step_end:
                self._energies.append(self._step_energy)
                self._step_energy = 0.0


def gated_loudness(energies: NDArray[np.float64], rate: int) -> float:
    """Return the integrated loudness in LUFS of weighted energies of steps; SILENT_DB if nothing passes the gates."""
    if len(energies) < STEPS_PER_BLOCK:
        return SILENT_DB
    powers = np.convolve(energies, np.ones(STEPS_PER_BLOCK), mode="valid")
    powers /= STEPS_PER_BLOCK * STEP_SECONDS * rate
    loud = powers[powers > _power(ABSOLUTE_GATE_LUFS)]
    if len(loud) == 0:
        return SILENT_DB
    loud = loud[loud > loud.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    return _OFFSET_LU + 10 * math.log10(loud.mean())


class PeakMeter:
    """Meter of the true peak of mono sound."""

    def __init__(self) -> None:
        """Start before silence."""
        self._context = np.zeros(2 * SIDE_TAPS, np.float32)
        self._peak = 0.0

    def feed(self, samples: Samples) -> None:
        """Add float32 samples (n,), of any length."""
        extended = np.concatenate([self._context, samples])
        self._context = extended[-2 * SIDE_TAPS :]
        self._peak = max(self._peak, float(true_peaks(extended, self._peak).max(initial=0.0)))

    @property
    def decibels(self) -> float:
        """Return the true peak in dB relative to full scale, as if silence followed; SILENT_DB for silence."""
        tail = np.concatenate([self._context, np.zeros(2 * SIDE_TAPS, np.float32)])
        top = max(self._peak, float(true_peaks(tail).max()))
        return 20 * math.log10(top) if top > 0 else SILENT_DB


def true_peaks(samples: Samples, floor: float = 0.0) -> Samples:
    """Return the largest magnitude from each sample to the next, float32 (n - 2 * SIDE_TAPS,).

    Args:
        samples: float32 (n,): the samples and SIDE_TAPS others on each side of them.
        floor: Peaks that can't exceed it are not computed; the samples themselves stand for them.
    """
    count = max(0, len(samples) - 2 * SIDE_TAPS)
    num_rows = -(-count // _ROW_SAMPLES)
    padded = np.zeros(num_rows * _ROW_SAMPLES + 2 * SIDE_TAPS, np.float32)
    padded[: len(samples)] = samples[: len(padded)]
    peaks = np.abs(padded[SIDE_TAPS : len(padded) - SIDE_TAPS]).reshape(num_rows, _ROW_SAMPLES)
    rows = np.lib.stride_tricks.sliding_window_view(padded, _ROW_SAMPLES + 2 * SIDE_TAPS)[::_ROW_SAMPLES]
    chosen = np.abs(rows).max(axis=1, initial=0.0) * max_overshoot() > floor
    between = np.abs(rows[chosen] @ _interpolation()).reshape(-1, OVERSAMPLING - 1, _ROW_SAMPLES)
    peaks[chosen] = np.maximum(peaks[chosen], between.max(axis=1))
    return peaks.reshape(-1)[:count]


@cache
def max_overshoot() -> float:
    """Return the largest ratio of a true peak to the samples around it."""
    return float(np.abs(_interpolation()).sum(axis=0).max())


@cache
def _interpolation() -> Samples:
    """Return the matrix from a row with its neighbours to the points between its samples.

    Returns:
        float32 (_ROW_SAMPLES + 2 * SIDE_TAPS, (OVERSAMPLING - 1) * _ROW_SAMPLES), point by point.
    """
    matrix = np.zeros((_ROW_SAMPLES + 2 * SIDE_TAPS, OVERSAMPLING - 1, _ROW_SAMPLES), np.float32)
    for phase in range(1, OVERSAMPLING):
        distances = np.arange(-SIDE_TAPS + 1, SIDE_TAPS + 1) - phase / OVERSAMPLING
        window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0, 1 - (distances / SIDE_TAPS) ** 2)))
        taps = np.sinc(distances) * window
        for sample in range(_ROW_SAMPLES):
            matrix[sample + 1 : sample + 1 + 2 * SIDE_TAPS, phase - 1, sample] = taps / taps.sum()
    return matrix.reshape(len(matrix), -1)


@cache
def _response(rate: int, taps: int, fft_samples: int) -> NDArray[np.complex64]:
    """Return the spectrum of the K-weighting's impulse response of `taps` samples."""
    response = [1.0] + [0.0] * (taps - 1)
    for b0, b1, b2, a1, a2 in weighting_filters(rate):
        x1 = x2 = y1 = y2 = 0.0
        for index, x0 in enumerate(response):
            y0 = b0 * x0 + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2
            x1, x2, y1, y2 = x0, x1, y0, y1
            response[index] = y0
    return np.asarray(np.fft.rfft(np.array(response), fft_samples), np.complex64)


def _power(loudness: float) -> float:
    """Return the weighted mean square of a loudness in LUFS."""
    return float(10 ** ((loudness - _OFFSET_LU) / 10))
