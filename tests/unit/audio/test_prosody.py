"""Tests of prosody measures, arousal and the baseline, on synthetic speech."""

import math

import numpy as np
import pytest

from funaudio_core.audio.prosody import MAX_TURNS, Baseline, arousal, f0_curve, measure
from funaudio_core.errors import BadInput
from funaudio_core.types import Audio, Prosody

RATE = 16_000


def vowel(hertz: np.ndarray, amplitude: np.ndarray | float = 0.1) -> Audio:
    """Return a buzz with harmonics of `hertz` (one value a sample), filtered by two resonances of an open vowel."""
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    sound = np.zeros(len(hertz))
    for harmonic in range(1, 25):
        partial = hertz * harmonic
        strength = sum(1 / (1 + ((partial - centre) / 150) ** 2) for centre in (700, 1200)) + 0.02
        sound += np.where(partial < 4000, strength, 0) * np.sin(harmonic * phase)
    sound *= amplitude / np.sqrt(np.mean(sound**2))
    return Audio(sound.astype(np.float32), RATE)


def steady_vowel(hertz: float, seconds: float = 2.0, amplitude: np.ndarray | float = 0.1) -> Audio:
    return vowel(np.full(round(seconds * RATE), hertz), amplitude)


def breath(seconds: float = 2.0) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.05, round(seconds * RATE)).astype(np.float32), RATE)


@pytest.mark.parametrize("hertz", [75.0, 120.0, 210.0, 340.0])
def test_pitch_has_no_octave_errors(hertz: float) -> None:
    measured = measure(steady_vowel(hertz))
    assert measured.f0 == pytest.approx(hertz, rel=0.01)
    assert measured.f0_range < 0.2


def test_range_is_the_spread_in_semitones() -> None:
    times = np.arange(3 * RATE) / RATE
    measured = measure(vowel(200 * 2 ** (3 * np.sin(2 * np.pi * times) / 12)))
    assert measured.f0_range == pytest.approx(3 / math.sqrt(2), rel=0.1)


def test_f0_curve_is_nan_in_silence() -> None:
    sound = np.concatenate([steady_vowel(150, 1.0).samples, np.zeros(RATE, np.float32)])
    times, hertz = f0_curve(Audio(sound, RATE))
    assert times.shape == hertz.shape
    assert np.nanmedian(hertz[times < 0.9]) == pytest.approx(150, rel=0.01)
    assert np.isnan(hertz[times > 1.1]).all()


def test_level_ignores_pauses() -> None:
    loud = steady_vowel(150, 1.5, amplitude=0.1).samples
    padded = np.concatenate([np.zeros(2 * RATE, np.float32), loud, np.zeros(RATE, np.float32)])
    assert measure(Audio(padded, RATE)).level == pytest.approx(-20.0, abs=0.7)


def test_gain_changes_the_level_only() -> None:
    clip = steady_vowel(180)
    soft, normal = measure(Audio(clip.samples * np.float32(0.1), RATE)), measure(clip)
    assert normal.level - soft.level == pytest.approx(20.0, abs=0.1)
    assert soft.f0 == pytest.approx(normal.f0, rel=0.001)
    assert soft.rate == normal.rate


@pytest.mark.parametrize("syllables", [3, 5])
def test_rate_counts_syllables(syllables: int) -> None:
    times = np.arange(4 * RATE) / RATE
    swell = 0.1 * (0.05 + np.sin(np.pi * syllables * times) ** 2)
    assert measure(steady_vowel(150, 4.0, swell)).rate == pytest.approx(syllables, rel=0.1)


def test_a_steady_tone_is_one_syllable() -> None:
    assert measure(steady_vowel(150, 3.0)).rate < 1.0


def test_whispering_has_no_pitch() -> None:
    measured = measure(breath())
    assert math.isnan(measured.f0)
    assert math.isnan(measured.f0_range)
    assert measured.voiced < 0.05


def test_voiced_share_of_half_voice_half_breath() -> None:
    both = np.concatenate([steady_vowel(150, 1.0, 0.05).samples, breath(1.0).samples])
    assert measure(Audio(both, RATE)).voiced == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("clip", [Audio(np.zeros(RATE, np.float32), RATE), steady_vowel(150, 0.1)])
def test_silent_or_too_short_clip_is_refused(clip: Audio) -> None:
    with pytest.raises(BadInput, match=r"Record a|Record at least|record again"):
        measure(clip)


TYPICAL = Prosody(f0=120, f0_range=3.0, level=-25, rate=4.5, voiced=0.7)


def test_arousal_is_zero_at_the_baseline() -> None:
    assert arousal(TYPICAL, TYPICAL) == 0.0


def test_arousal_rises_with_pitch_level_and_pace() -> None:
    excited = Prosody(f0=150, f0_range=4.0, level=-20, rate=5.5, voiced=0.7)
    tired = Prosody(f0=105, f0_range=2.0, level=-30, rate=3.5, voiced=0.7)
    assert arousal(excited, TYPICAL) > 1.5
    assert arousal(tired, TYPICAL) < -1.5


def test_arousal_of_a_whisper_uses_level_and_pace() -> None:
    whisper = Prosody(f0=math.nan, f0_range=math.nan, level=-35, rate=4.5, voiced=0.0)
    assert arousal(whisper, TYPICAL) == pytest.approx(-10 / 2.4 / math.sqrt(2))


def test_baseline_is_the_median_and_needs_two_turns() -> None:
    baseline = Baseline().add(TYPICAL)
    assert baseline.median() is None
    outlier = Prosody(f0=400, f0_range=9.0, level=-5, rate=9.0, voiced=0.9)
    assert baseline.add(TYPICAL).add(outlier).median() == TYPICAL


def test_baseline_forgets_old_turns_and_ignores_whispers() -> None:
    baseline = Baseline((Prosody(math.nan, math.nan, -40, 4.5, 0.0),))
    for _ in range(MAX_TURNS):
        baseline = baseline.add(TYPICAL)
    assert len(baseline.turns) == MAX_TURNS
    mixed = Baseline((Prosody(math.nan, math.nan, -40, 4.5, 0.0), TYPICAL))
    assert mixed.median() == TYPICAL
