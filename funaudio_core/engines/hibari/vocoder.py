"""Vocoder of hibari: a pulse train and noise, filtered frame by frame, plus a predicted rest.

The spectrum of a frame, as the model card of hibari-tts 0.2.1 (Apache-2.0) defines it, with magnitudes limited to e^7:

    exp(harmonic_level + i pi tanh(harmonic_phase)) * pulses + exp(noise_level) * noise
        + exp(residual_level + i residual_phase)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.hibari.model import FRAME_SAMPLES, NUM_BINS, SAMPLE_RATE, Float, Frames
from funaudio_core.types import Samples

WINDOW_SAMPLES = 2 * (NUM_BINS - 1)
OVERLAP = WINDOW_SAMPLES // FRAME_SAMPLES  # windows over each sample
MAX_LOG_MAGNITUDE = 7.0
VOICED_THRESHOLD_HZ = 40.0  # lower F0 is unvoiced
MAX_HARMONIC_HZ = 11_000.0
_WINDOW: Float = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)  # periodic
_PULSE_WINDOW: Float = _WINDOW / np.float32(
    WINDOW_SAMPLES / 4
)  # so that a cosine of amplitude 1 has magnitude 1 in a spectrum
_MIN_SINE = 1e-3  # below it the closed form of the pulses is replaced by its limit

Complex = NDArray[np.complex64]


def synthesize(frames: Frames, seed: int) -> Samples:
    """Return the sound of F frames, float32 (F * FRAME_SAMPLES,); `seed` is that of the noise."""
    noise = np.random.default_rng(seed).standard_normal((*frames.noise_level.shape, 2), dtype=np.float32)
    spectrum = _pulse_spectra(frames.f0)
    spectrum *= _from_polar(frames.harmonic_level, np.float32(np.pi) * np.tanh(frames.harmonic_phase))
    spectrum += _magnitude(frames.noise_level) * noise.view(np.complex64)[..., 0]
    spectrum += _from_polar(frames.residual_level, frames.residual_phase)
    return _overlap_add(spectrum)


def _magnitude(log_magnitude: Float) -> Float:
    return np.exp(np.minimum(log_magnitude, np.float32(MAX_LOG_MAGNITUDE)))


def _from_polar(log_magnitude: Float, phase: Float) -> Complex:
    value = np.empty(phase.shape, np.complex64)
    np.cos(phase, out=value.real)
    np.sin(phase, out=value.imag)
    value *= _magnitude(log_magnitude)
    return value


def _pulse_spectra(f0: Float) -> Complex:
    """Return the spectra of the pulses, complex64 (NUM_BINS, F); the windows are centred on the starts of frames."""
    pulses = np.pad(_make_pulses(f0), WINDOW_SAMPLES // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(pulses, WINDOW_SAMPLES)[::FRAME_SAMPLES][: len(f0)]
    return np.ascontiguousarray(np.fft.rfft(windows * _PULSE_WINDOW, axis=1).T)


def _make_pulses(f0: Float) -> Float:
    """Return cosines of amplitude 1 at all harmonics up to MAX_HARMONIC_HZ, summed, float32 (F * FRAME_SAMPLES,).

    The sum of cos(h x) for h = 1 to n is sin((n + 1/2) x) / (2 sin(x / 2)) - 1/2.
    """
    centres = (np.arange(len(f0)) + 0.5) * FRAME_SAMPLES
    hertz = np.interp(np.arange(len(f0) * FRAME_SAMPLES) + 0.5, centres, f0)
    voiced = hertz > VOICED_THRESHOLD_HZ
    hertz = np.maximum(hertz, VOICED_THRESHOLD_HZ)
    half_phase = np.pi * np.modf(np.cumsum(hertz / SAMPLE_RATE))[0]
    sine = np.sin(half_phase)
    count = np.floor(MAX_HARMONIC_HZ / hertz)
    is_peak = np.abs(sine) < _MIN_SINE
    ratio = np.sin((2 * count + 1) * half_phase) / np.where(is_peak, 1.0, 2 * sine)
    pulses = np.where(is_peak, count + 0.5, ratio) - 0.5
    return np.where(voiced, pulses, 0.0).astype(np.float32)


def _overlap_add(spectrum: Complex) -> Samples:
    """Return the inverse short-time Fourier transform, with the sum of the squared windows divided out."""
    count = spectrum.shape[1]
    frames = (np.fft.irfft(spectrum.T, axis=1) * _WINDOW).reshape(count, OVERLAP, FRAME_SAMPLES)
    blocks = np.zeros((count + OVERLAP - 1, FRAME_SAMPLES), np.float32)
    weights = np.zeros_like(blocks)
    squares = np.square(_WINDOW).reshape(OVERLAP, FRAME_SAMPLES)
    for k in range(OVERLAP):
        blocks[k : k + count] += frames[:, k]
        weights[k : k + count] += squares[k]
    sound: Samples = (blocks / np.maximum(weights, 1e-8)).ravel().astype(np.float32, copy=False)
    return sound[WINDOW_SAMPLES // 2 :][: count * FRAME_SAMPLES]
