"""Silence, breaths and sighs in the voice of the speaker.

Breaths and sighs are made of whispered phonemes with an amplitude envelope. YAMNet, asked about eight voices, puts
sigh, breathing, groan, grunt or gasp among its first three labels for 7 sighs and 6 breaths, and speech first for 2
sighs: passable, not recorded quality. Laughter could not be made this way and is not supported.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.model import FRAME_SAMPLES, SAMPLE_RATE, KokoroModel
from funaudio_core.engines.kokoro.render import change_level
from funaudio_core.engines.kokoro.symbols import SYMBOL_IDS
from funaudio_core.types import Samples

Float = NDArray[np.float32]

PAUSE_SECONDS = 0.6  # of a [pause]
PEAK_AMPLITUDE = 0.12  # of full scale; breathing is about 12 dB below speech
_INHALE_PHONEMES = (("h", 14), ("ə", 8))  # phonemes and their frames of 25 ms; played backwards
_EXHALE_PHONEMES = (("h", 16), ("ə", 10), ("ː", 10))
_GAP_SAMPLES = 1_200  # between inhaling and exhaling, 50 ms
_NOISE_LEVEL = 0.6  # of the added noise, relative to the voice
_NOISE_BAND_HZ = (300.0, 3_500.0)  # most of a breath's energy


def make_silence(seconds: float) -> Samples:
    """Return zeros, float32 (n,) at SAMPLE_RATE."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def make_breath(model: KokoroModel, pack: Float, seed: int) -> Samples:
    """Return the sound of inhaling.

    Args:
        model: The model.
        pack: Voice, float32 (MAX_TOKENS, 1, 256), see model.load_voice().
        seed: Seed of the noise.

    Returns:
        About 0.55 s, float32 (n,) at SAMPLE_RATE.
    """
    sound = _render_whisper(model, pack, _INHALE_PHONEMES)[::-1]
    envelope = np.sin(np.pi * np.linspace(0, 1, len(sound)) ** 0.7)  # rises a little faster than it falls
    return _scale_to_peak(_add_noise(sound * envelope, seed))


def make_sigh(model: KokoroModel, pack: Float, seed: int) -> Samples:
    """Return the sound of a sigh: a breath in and a longer one out.

    Args:
        model: The model.
        pack: Voice, float32 (MAX_TOKENS, 1, 256), see model.load_voice().
        seed: Seed of the noise.

    Returns:
        About 1.5 s, float32 (n,) at SAMPLE_RATE.
    """
    sound = _render_whisper(model, pack, _EXHALE_PHONEMES)
    times = np.arange(len(sound)) / SAMPLE_RATE
    envelope = np.minimum(times / 0.12, 1) * np.exp(-np.maximum(times - 0.2, 0) / 0.3)  # seconds
    exhaled = _scale_to_peak(_add_noise(sound * envelope, seed + 1))
    inhaled = change_level(make_breath(model, pack, seed), -6.0)
    return np.concatenate([inhaled, np.zeros(_GAP_SAMPLES, np.float32), exhaled])


def _render_whisper(model: KokoroModel, pack: Float, phonemes: tuple[tuple[str, int], ...]) -> Samples:
    """Render phonemes with given durations in frames, without voicing and without the silent edges."""
    tokens = [SYMBOL_IDS[symbol] for symbol, _ in phonemes]
    style = pack[len(tokens) - 1]
    scale = np.ones(len(tokens) + 2, np.float32)
    scale[1:-1] = [frames for _, frames in phonemes] / model.predict(tokens, style).lengths[1:-1]
    prediction = model.predict(tokens, style, duration_scale=scale[None])
    sound = model.decode(prediction.features, np.zeros_like(prediction.f0), prediction.energy, style)
    return sound[prediction.durations[0] * FRAME_SAMPLES : -prediction.durations[-1] * FRAME_SAMPLES]


def _add_noise(sound: NDArray[np.floating], seed: int) -> NDArray[np.floating]:
    """Add band-limited noise that follows the loudness of the sound."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=len(sound)))
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    low, high = _NOISE_BAND_HZ
    spectrum *= (hertz > low / 2) / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    spectrum /= np.sqrt(np.maximum(hertz, 100))  # falls by 3 dB an octave
    noise = np.fft.irfft(spectrum, len(sound))
    loudness = np.convolve(np.abs(sound), np.ones(_GAP_SAMPLES) / _GAP_SAMPLES, mode="same")
    mixed: NDArray[np.floating] = sound + _NOISE_LEVEL * loudness * noise / np.abs(noise).max()
    return mixed


def _scale_to_peak(sound: NDArray[np.floating]) -> Samples:
    scaled: Samples = (sound * (PEAK_AMPLITUDE / np.abs(sound).max())).astype(np.float32)
    return scaled
