"""Tests of loudness, true peaks and the limiter, against pyloudnorm and against finer oversampling."""

from __future__ import annotations

import math

import numpy as np
import pyloudnorm
import pytest

from funaudio_core import audio
from funaudio_core.audio.limiter import Limiter
from funaudio_core.audio.loudness import SILENT_DB, LoudnessMeter, PeakMeter, weighting_filters
from funaudio_core.types import Samples
from tests.conftest import example


def _signal(rate: int, seconds: float = 12.0) -> Samples:
    """Return noise, a chord and silences of different levels."""
    generator = np.random.default_rng(7)
    times = np.arange(round(seconds * rate)) / rate
    levels = np.repeat([0.3, 0.02, 0.0, 0.1, 0.0005, 0.2], len(times) // 6 + 1)[: len(times)]
    chord = sum(np.sin(2 * np.pi * hertz * times) for hertz in (55, 220, 1_470, 3_100)) / 4
    return (levels * (chord + 0.4 * generator.normal(size=len(times)))).astype(np.float32)


def _loudness(samples: Samples, rate: int, block: int) -> float:
    meter = LoudnessMeter(rate)
    for start in range(0, len(samples), block):
        meter.feed(samples[start : start + block])
    return meter.loudness


def _reference(samples: Samples, rate: int) -> float:
    """Return pyloudnorm's loudness. Its own filters miss those of BS.1770 by .1 LU at 24 kHz; "DeMan" has them."""
    loudness: float = pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(samples.astype(float))
    return loudness


def test_the_filters_are_those_of_the_standard_at_48_khz() -> None:
    shelf, high_pass = weighting_filters(48_000)
    assert shelf == pytest.approx(
        (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585), abs=1e-9
    )
    assert high_pass == pytest.approx((1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621), abs=1e-9)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100, 48_000])
def test_the_loudness_equals_that_of_pyloudnorm(rate: int) -> None:
    samples = _signal(rate)
    assert _loudness(samples, rate, 5 * rate) == pytest.approx(_reference(samples, rate), abs=1e-4)


def test_the_loudness_of_speech_equals_that_of_pyloudnorm() -> None:
    clip = audio.load(example("en").path)
    samples = clip.samples[: len(clip.samples) // clip.rate * clip.rate]  # pyloudnorm counts a rest as a whole block
    assert _loudness(samples, clip.rate, clip.rate) == pytest.approx(_reference(samples, clip.rate), abs=1e-3)


def test_blocks_of_any_size_give_the_same_loudness() -> None:
    samples = _signal(24_000, 3.0)
    whole = _loudness(samples, 24_000, len(samples))
    assert _loudness(samples, 24_000, 997) == pytest.approx(whole, abs=1e-4)


def test_a_sine_at_full_scale_has_the_loudness_of_the_standard() -> None:
    sine = np.sin(2 * np.pi * 997 * np.arange(48_000 * 3) / 48_000).astype(np.float32)
    assert _loudness(sine, 48_000, 48_000) == pytest.approx(-3.01, abs=0.02)


def test_silence_and_less_than_a_block_have_no_loudness() -> None:
    assert _loudness(np.zeros(48_000, np.float32), 24_000, 24_000) == SILENT_DB
    assert _loudness(np.ones(2_400, np.float32), 24_000, 2_400) == SILENT_DB
    assert PeakMeter().decibels == SILENT_DB


@pytest.mark.parametrize("hertz", [1_000.0, 5_999.0, 6_000.0, 10_000.0])
def test_the_true_peak_of_a_sine_is_its_amplitude(hertz: float) -> None:
    meter = PeakMeter()
    sine = (0.5 * np.sin(2 * np.pi * hertz * np.arange(12_000) / 24_000 + np.pi / 4)).astype(np.float32)
    sine *= np.hanning(len(sine)).astype(np.float32)  # a sudden start would overshoot
    for start in range(0, len(sine), 700):
        meter.feed(sine[start : start + 700])
    assert meter.decibels == pytest.approx(20 * math.log10(0.5), abs=0.5 if hertz > 9_000 else 0.1)


def test_the_true_peak_of_speech_is_that_of_finer_oversampling() -> None:
    clip = audio.load(example("en").path)
    meter = PeakMeter()
    meter.feed(clip.samples)
    finer = audio.peak(audio.resample(clip, clip.rate * 8))
    assert meter.decibels == pytest.approx(20 * math.log10(finer), abs=0.1)


@pytest.mark.parametrize("block", [100, 1_013, 24_000])
def test_the_limiter_holds_the_ceiling_and_the_rest(block: int) -> None:
    samples = _signal(24_000, 3.0) * 3
    limiter, meter = Limiter(24_000, -3.0), PeakMeter()
    pieces = [limiter.feed(samples[start : start + block]) for start in range(0, len(samples), block)]
    limited = np.concatenate([*pieces, limiter.close()])
    meter.feed(limited)
    assert len(limited) == len(samples)
    assert -3.5 < meter.decibels <= -3.0
    quiet = slice(48_500, 59_000)  # half a second after the last peak
    assert np.array_equal(limited[quiet], samples[quiet])
    assert 0 < limiter.limited_samples < len(samples)
    assert limiter.least_gain < 0.7


def test_the_limiter_leaves_soft_sound_alone() -> None:
    samples = _signal(24_000, 2.0) * 0.2
    limiter = Limiter(24_000, -3.0)
    limited = np.concatenate([limiter.feed(samples), limiter.close()])
    assert np.array_equal(limited, samples)
    assert (limiter.limited_samples, limiter.least_gain) == (0, 1.0)
