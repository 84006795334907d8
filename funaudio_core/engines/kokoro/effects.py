"""Sounds that are not words, in the speaker's own voice: silence, a breath, a sigh. Knows no text.

They are made of whispered phonemes, shaped over time. YAMNet, asked about eight voices, puts sigh, breathing, groan,
grunt or gasp among its first three for 7 sighs and 6 breaths, and speech first for 2 sighs: passable, not recorded
quality. No sound of laughter could be made this way, so there is none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.model import FRAME, SAMPLE_RATE, KokoroModel
from funaudio_core.engines.kokoro.render import louder
from funaudio_core.engines.kokoro.symbols import IDS
from funaudio_core.types import Samples

Float = NDArray[np.float32]

PAUSE_SECONDS = 0.6  # of a [pause]
PEAK = 0.12  # of full scale; breathing is about 12 dB under speech
_INHALED = (("h", 14), ("ə", 8))  # phonemes and their frames of 25 ms; played backwards
_EXHALED = (("h", 16), ("ə", 10), ("ː", 10))
_GAP = 1_200  # samples between in and out, 50 ms
_AIR = 0.6  # level of the added noise, relative to the voice's own
_AIR_BAND = (300.0, 3_500.0)  # Hz, where a breath has its energy


def silence(seconds: float) -> Samples:
    """float32 (n,) of zeros at SAMPLE_RATE."""
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def breath(model: KokoroModel, pack: Float, seed: int) -> Samples:
    """Air drawn in, about 0.55 s, float32 (n,) at SAMPLE_RATE. The seed drives the noise in it."""
    sound = _whispered(model, pack, _INHALED)[::-1]
    hump = np.sin(np.pi * np.linspace(0, 1, len(sound)) ** 0.7)  # rises a little faster than it falls
    return _scaled(_airy(sound * hump, seed))


def sigh(model: KokoroModel, pack: Float, seed: int) -> Samples:
    """A breath in and a longer one out, about 1.5 s, float32 (n,) at SAMPLE_RATE. The seed drives the noise in it."""
    out = _whispered(model, pack, _EXHALED)
    times = np.arange(len(out)) / SAMPLE_RATE
    fall = np.minimum(times / 0.12, 1) * np.exp(-np.maximum(times - 0.2, 0) / 0.3)  # s: swells, then dies away
    exhaled = _scaled(_airy(out * fall, seed + 1))
    return np.concatenate([louder(breath(model, pack, seed), -6.0), np.zeros(_GAP, np.float32), exhaled])


def _whispered(model: KokoroModel, pack: Float, phonemes: tuple[tuple[str, int], ...]) -> Samples:
    """Phonemes without voicing, each as many frames long as asked, without the silent edges."""
    tokens = [IDS[symbol] for symbol, _ in phonemes]
    style = pack[len(tokens) - 1]
    stretch = np.ones(len(tokens) + 2, np.float32)
    stretch[1:-1] = [frames for _, frames in phonemes] / model.predict(tokens, style).lengths[1:-1]
    said = model.predict(tokens, style, duration_scale=stretch[None])
    sound = model.decode(said.features, np.zeros_like(said.f0), said.energy, style)
    return sound[said.durations[0] * FRAME : -said.durations[-1] * FRAME]


def _airy(sound: NDArray[np.floating], seed: int) -> NDArray[np.floating]:
    """The sound with band-limited noise that follows its loudness."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=len(sound)))
    hertz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    low, high = _AIR_BAND
    spectrum *= (hertz > low / 2) / (1 + (low / np.maximum(hertz, 1)) ** 4) / (1 + (hertz / high) ** 4)
    spectrum /= np.sqrt(np.maximum(hertz, 100))  # falls by 3 dB an octave
    noise = np.fft.irfft(spectrum, len(sound))
    loudness = np.convolve(np.abs(sound), np.ones(_GAP) / _GAP, mode="same")
    mixed: NDArray[np.floating] = sound + _AIR * loudness * noise / np.abs(noise).max()
    return mixed


def _scaled(sound: NDArray[np.floating]) -> Samples:
    scaled: Samples = (sound * (PEAK / np.abs(sound).max())).astype(np.float32)
    return scaled
