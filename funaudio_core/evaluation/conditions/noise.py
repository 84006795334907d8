"""Noise at a signal-to-noise ratio: white noise, mains hum, babble and music."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.random import Generator

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.podcast.sound import music
from funaudio_core.types import Audio, Samples
from funaudio_core.voices.examples import EXAMPLES

BABBLE_VOICES = 6
HUM_HZ, HUM_HARMONICS = 50.0, 12  # of mains; each harmonic has 1 / n of the amplitude
SAME_LENGTH_SECONDS = 0.002  # an example clip that is as long as the clip is taken for the clip itself


def add_noise(clip: Audio, noise: Samples, snr: float) -> Audio:
    """Return the clip with noise.

    The powers are those of the whole clip, pauses included, as in torchaudio's add_noise. A sum beyond full scale is
    turned down as a whole, which keeps the ratio.

    Args:
        clip: The clip.
        noise: float32 (n,), as long as the clip.
        snr: Signal-to-noise ratio in dB.

    Raises:
        BadInput: The clip is silent.
    """
    signal_power, noise_power = _power(clip.samples), _power(noise)
    if signal_power == 0:
        raise BadInput("The clip is silent, so noise has no ratio to it. Use a clip with speech.")
    gain = np.sqrt(signal_power / noise_power) * 10 ** (-snr / 20)
    mixed: Samples = clip.samples + noise * np.float32(gain)
    mixed /= np.float32(max(1.0, float(np.abs(mixed).max())))
    return Audio(mixed, clip.rate)


def white(clip: Audio, random: Generator) -> Samples:
    """Return white noise, float32, as long as the clip."""
    return random.standard_normal(len(clip.samples), np.float32)


def hum(clip: Audio, random: Generator) -> Samples:
    """Return mains hum with harmonics of random phases, float32, as long as the clip."""
    times = np.arange(len(clip.samples)) / clip.rate
    total = np.zeros(len(times), np.float32)
    for number, phase in enumerate(random.uniform(0, 2 * np.pi, HUM_HARMONICS), 1):
        if number * HUM_HZ < clip.rate / 2:
            total += (np.sin(2 * np.pi * number * HUM_HZ * times + phase) / number).astype(np.float32)
    return total


def babble(clip: Audio, random: Generator) -> Samples:
    """Return some of the example clips at a time, equally loud, each repeated from a random place, float32."""
    others = [
        samples
        for samples in _example_voices(clip.rate)
        if abs(len(samples) / clip.rate - clip.duration) > SAME_LENGTH_SECONDS
    ]
    total = np.zeros(len(clip.samples), np.float32)
    for number in random.permutation(len(others))[:BABBLE_VOICES]:
        total += _repeat(others[number], len(total), random)
    return total


def background_music(clip: Audio, random: Generator) -> Samples:
    """Return a bed of the podcasts from a random place, float32, as long as the clip."""
    style = music.STYLES[int(random.integers(len(music.STYLES)))]
    return _repeat(music.bed(style, clip.rate), len(clip.samples), random)


def _repeat(samples: Samples, length: int, random: Generator) -> Samples:
    """Return `length` samples of a sound that is repeated, from a random place."""
    start = int(random.integers(len(samples)))
    return np.resize(np.roll(samples, -start), length)


@lru_cache(maxsize=2)  # 16 clips of 4 s: 4 MB at 16 kHz
def _example_voices(rate: int) -> tuple[Samples, ...]:
    """Return the example clips at a rate, each with a power of 1."""
    clips = (audio.load(row.path, rate=rate).samples for row in EXAMPLES)
    return tuple(samples / np.float32(np.sqrt(_power(samples))) for samples in clips)


def _power(samples: Samples) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64)))
