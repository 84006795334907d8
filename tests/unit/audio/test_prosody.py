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


def steady(hertz: float, seconds: float = 2.0, amplitude: np.ndarray | float = 0.1) -> Audio:
    return vowel(np.full(round(seconds * RATE), hertz), amplitude)


def breath(seconds: float = 2.0) -> Audio:
    return Audio(np.random.default_rng(0).normal(0, 0.05, round(seconds * RATE)).astype(np.float32), RATE)


@pytest.mark.parametrize("hertz", [75.0, 120.0, 210.0, 340.0])
def test_pitch_is_found_without_octave_jumps(hertz: float) -> None:
    found = measure(steady(hertz))
    assert found.f0 == pytest.approx(hertz, rel=0.01)
    assert found.f0_range < 0.2


def test_range_is_the_spread_in_semitones() -> None:
    times = np.arange(3 * RATE) / RATE
    found = measure(vowel(200 * 2 ** (3 * np.sin(2 * np.pi * times) / 12)))
    assert found.f0_range == pytest.approx(3 / math.sqrt(2), rel=0.1)


def test_curve_is_nan_where_nothing_is_voiced() -> None:
    sound = np.concatenate([steady(150, 1.0).samples, np.zeros(RATE, np.float32)])
    times, hertz = f0_curve(Audio(sound, RATE))
    assert times.shape == hertz.shape
    assert np.nanmedian(hertz[times < 0.9]) == pytest.approx(150, rel=0.01)
    assert np.isnan(hertz[times > 1.1]).all()


def test_level_leaves_pauses_out() -> None:
    loud = steady(150, 1.5, amplitude=0.1).samples
    padded = np.concatenate([np.zeros(2 * RATE, np.float32), loud, np.zeros(RATE, np.float32)])
    assert measure(Audio(padded, RATE)).level == pytest.approx(-20.0, abs=0.7)


def test_level_follows_gain_and_nothing_else_does() -> None:
    clip = steady(180)
    soft, normal = measure(Audio(clip.samples * np.float32(0.1), RATE)), measure(clip)
    assert normal.level - soft.level == pytest.approx(20.0, abs=0.1)
    assert soft.f0 == pytest.approx(normal.f0, rel=0.001)
    assert soft.rate == normal.rate


@pytest.mark.parametrize("syllables", [3, 5])
def test_rate_counts_syllables(syllables: int) -> None:
    times = np.arange(4 * RATE) / RATE
    swell = 0.1 * (0.05 + np.sin(np.pi * syllables * times) ** 2)
    assert measure(steady(150, 4.0, swell)).rate == pytest.approx(syllables, rel=0.1)


def test_a_steady_tone_is_one_syllable() -> None:
    assert measure(steady(150, 3.0)).rate < 1.0


def test_whispering_has_no_pitch() -> None:
    found = measure(breath())
    assert math.isnan(found.f0)
    assert math.isnan(found.f0_range)
    assert found.voiced < 0.05


def test_voiced_share_of_half_voice_half_breath() -> None:
    both = np.concatenate([steady(150, 1.0, 0.05).samples, breath(1.0).samples])
    assert measure(Audio(both, RATE)).voiced == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("clip", [Audio(np.zeros(RATE, np.float32), RATE), steady(150, 0.1)])
def test_nothing_to_measure_is_said(clip: Audio) -> None:
    with pytest.raises(BadInput, match=r"Record a|Record at least|record again"):
        measure(clip)


USUAL = Prosody(f0=120, f0_range=3.0, level=-25, rate=4.5, voiced=0.7)


def test_arousal_is_zero_at_the_baseline() -> None:
    assert arousal(USUAL, USUAL) == 0.0


def test_arousal_rises_with_pitch_level_and_pace() -> None:
    stirred = Prosody(f0=150, f0_range=4.0, level=-20, rate=5.5, voiced=0.7)
    weary = Prosody(f0=105, f0_range=2.0, level=-30, rate=3.5, voiced=0.7)
    assert arousal(stirred, USUAL) > 1.5
    assert arousal(weary, USUAL) < -1.5


def test_arousal_of_a_whisper_rests_on_level_and_pace() -> None:
    whisper = Prosody(f0=math.nan, f0_range=math.nan, level=-35, rate=4.5, voiced=0.0)
    assert arousal(whisper, USUAL) == pytest.approx(-10 / 2.4 / math.sqrt(2))


def test_baseline_is_the_median_and_waits_for_two_turns() -> None:
    baseline = Baseline().add(USUAL)
    assert baseline.median() is None
    outlier = Prosody(f0=400, f0_range=9.0, level=-5, rate=9.0, voiced=0.9)
    assert baseline.add(USUAL).add(outlier).median() == USUAL


def test_baseline_forgets_old_turns_and_passes_over_whispers() -> None:
    baseline = Baseline((Prosody(math.nan, math.nan, -40, 4.5, 0.0),))
    for _ in range(MAX_TURNS):
        baseline = baseline.add(USUAL)
    assert len(baseline.turns) == MAX_TURNS
    mixed = Baseline((Prosody(math.nan, math.nan, -40, 4.5, 0.0), USUAL))
    assert mixed.median() == USUAL
