"""Measurement of pitch, level, speaking rate and voicing, and of arousal against a speaker's baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput, silent_clip_error
from funaudio_core.types import Audio, Prosody

Doubles = NDArray[np.float64]

STEP_SECONDS = 0.01  # between frames
MIN_F0_HZ, MAX_F0_HZ = 60.0, 600.0  # range of the first search, wide enough for bass voices and children
MIN_SECONDS = 0.15  # Praat needs several periods at MIN_F0_HZ
SILENCE_DB = -70.0  # relative to full scale; a clip that stays below it is silent
ACTIVE_RANGE_DB = 35.0  # frames less than this below the loud ones (99th percentile) are speech
SYLLABLE_RANGE_DB = 25.0  # peaks less than this below the loud frames may be syllables; de Jong & Wempe, 2009
SYLLABLE_DIP_DB = 2.0  # least dip between the peaks of two syllables, same source
FULL_SCALE_DB = 20 * math.log10(1 / 2e-5)  # in Praat, which counts from the threshold of hearing, 20 micropascal
SMOOTHING_PITCH_HZ = 50.0  # Praat's intensity window is 3.2 periods of it, 64 ms, same source

MIN_TURNS = 2  # with a baseline of one turn every change of topic would look like an emotion
MAX_TURNS = 20  # older turns may not match the speaker's present state

# Standard deviations between neutral sentences of one speaker; f0 in semitones here. Measured on 200 prompts of five
# speakers (asterisk-core-sounds en, es, fr, it, ru; 2 to 8 s). Level is doubled: speakers move before a microphone.
TURN_SPREAD = Prosody(f0=1.4, f0_range=0.55, level=2.4, rate=0.56, voiced=0.07)


def f0_curve(audio: Audio) -> tuple[Doubles, Doubles]:
    """Return times in seconds and F0 in Hz, both shape (n,), a frame every STEP_SECONDS; nan where unvoiced.

    Praat's autocorrelation method (Boersma, 1993), twice: the second search is limited to 0.75 x the first quartile up
    to 2 x the third quartile of the first (after de Looze & Hirst, 2008), which removes octave errors.

    Raises:
        BadInput: The clip is shorter than MIN_SECONDS.
    """
    import parselmouth

    if audio.duration < MIN_SECONDS:
        raise BadInput(
            "The clip is too short to measure pitch ({seconds:.2f} s). Record at least {least} s.",
            seconds=audio.duration,
            least=MIN_SECONDS,
        )
    sound = parselmouth.Sound(audio.samples.astype(np.float64), audio.rate)
    pitch = sound.to_pitch_ac(time_step=STEP_SECONDS, pitch_floor=MIN_F0_HZ, pitch_ceiling=MAX_F0_HZ)
    found = pitch.selected_array["frequency"]
    found = found[found > 0]
    if len(found):
        low, high = np.percentile(found, (25, 75))
        pitch = sound.to_pitch_ac(
            time_step=STEP_SECONDS, pitch_floor=max(MIN_F0_HZ, 0.75 * low), pitch_ceiling=min(MAX_F0_HZ, 2.0 * high)
        )
    hertz = pitch.selected_array["frequency"]
    return pitch.xs(), np.where(hertz > 0, hertz, np.nan)


def measure(audio: Audio) -> Prosody:
    """Measure the delivery of a clip; F0 and its range are nan if nothing is voiced, as in whispering.

    Raises:
        BadInput: The clip is silent or shorter than MIN_SECONDS.
    """
    pitch_times, pitch = f0_curve(audio)
    times, level = _level_curve(audio)
    loud = float(np.percentile(level, 99))
    if loud < SILENCE_DB:
        raise silent_clip_error(audio.duration)
    nearest = np.clip(np.rint((times - pitch_times[0]) / STEP_SECONDS).astype(int), 0, len(pitch) - 1)
    active = level > loud - ACTIVE_RANGE_DB
    voiced = active & ~np.isnan(pitch[nearest])
    semitones = 12 * np.log2(pitch[nearest][voiced])
    return Prosody(
        f0=float(2 ** (np.median(semitones) / 12)) if voiced.any() else math.nan,
        f0_range=float(semitones.std()) if voiced.any() else math.nan,
        level=float(10 * np.log10(np.mean(10 ** (level[active] / 10)))),
        rate=_syllables(level, voiced) / (int(active.sum()) * STEP_SECONDS),
        voiced=int(voiced.sum()) / int(active.sum()),
    )


@dataclass(frozen=True, slots=True)
class Baseline:
    """Usual delivery of a speaker: the measured turns so far, the last MAX_TURNS of them."""

    turns: tuple[Prosody, ...] = ()

    def add(self, turn: Prosody) -> Baseline:
        """Return the baseline with one more turn."""
        return Baseline((*self.turns, turn)[-MAX_TURNS:])

    def add_clip(self, clip: Audio) -> Baseline:
        """Return the baseline with a measured clip, or unchanged if the clip can't be measured."""
        try:
            return self.add(measure(clip))
        except BadInput:
            return self

    def median(self) -> Prosody | None:
        """Return the median of each measure, over voiced turns if there are any; None with fewer than MIN_TURNS."""
        if len(self.turns) < MIN_TURNS:
            return None
        rows = np.array([(turn.f0, turn.f0_range, turn.level, turn.rate, turn.voiced) for turn in self.turns])
        voiced = rows[~np.isnan(rows[:, 0])]
        middle = np.median(voiced if len(voiced) else rows, axis=0)
        return Prosody(*(float(value) for value in middle))


NO_BASELINE = Baseline()


def arousal(turn: Prosody, baseline: Prosody) -> float:
    """Return the arousal of a turn above the speaker's baseline in standard deviations; negative is calmer.

    Pitch, its range, level and rate all rise with arousal (Juslin & Laukka, Psychological Bulletin, 2003). Each is
    measured in units of TURN_SPREAD; they hardly correlate within a speaker, so their sum is divided by the root of
    their number. Pitch is left out if a turn has none (whispering). A hint only: it can't tell joy from anger.
    """
    deviations = [
        12 * math.log2(turn.f0 / baseline.f0) / TURN_SPREAD.f0,
        (turn.f0_range - baseline.f0_range) / TURN_SPREAD.f0_range,
        (turn.level - baseline.level) / TURN_SPREAD.level,
        (turn.rate - baseline.rate) / TURN_SPREAD.rate,
    ]
    known = [deviation for deviation in deviations if not math.isnan(deviation)]
    return sum(known) / math.sqrt(len(known))


def _level_curve(audio: Audio) -> tuple[Doubles, Doubles]:
    """Return times in seconds and Praat's intensity in dB relative to full scale, both shape (n,)."""
    import parselmouth

    sound = parselmouth.Sound(audio.samples.astype(np.float64), audio.rate)
    curve = sound.to_intensity(minimum_pitch=SMOOTHING_PITCH_HZ, time_step=STEP_SECONDS)
    return curve.xs(), curve.values[0] - FULL_SCALE_DB


def _syllables(level: Doubles, voiced: NDArray[np.bool_]) -> int:
    """Return the number of syllable nuclei: voiced level peaks that each follow a dip of SYLLABLE_DIP_DB or more.

    After de Jong & Wempe (Behavior Research Methods, 2009).
    """
    min_level = np.percentile(level, 99) - SYLLABLE_RANGE_DB
    rising = (level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])
    peaks = np.flatnonzero(rising & (level[1:-1] > min_level) & voiced[1:-1]) + 1
    count, last = 0, 0
    for peak in peaks.tolist():
        if level[peak] - level[last : peak + 1].min() >= SYLLABLE_DIP_DB:
            count, last = count + 1, peak
    return count
