"""Music of our own synthesis: three beds that repeat without a seam, and a jingle for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from funaudio_core.types import Samples

STYLES = ("calm", "bright", "pulse")
JINGLE_SECONDS = 3.0
_PEAK = 0.5
# Chords of a bar as semitones from A3 (220 Hz): Am F C G, C Am F G, Dm G C A.
_CHORDS = {
    "calm": ((0, 3, 7), (-4, 0, 3), (-9, -5, 3), (-2, 2, 5)),
    "bright": ((3, 7, 10), (0, 3, 7), (-4, 0, 3), (-2, 2, 5)),
    "pulse": ((-7, -4, 0), (-2, 2, 5), (3, 7, 10), (0, 4, 7)),
}
_BAR_SECONDS = {"calm": 4.0, "bright": 2.0, "pulse": 2.4}
_BASE_HZ = 220.0


def _tone(semitones: float, seconds: float, rate: int, attack: float, decay: float, brightness: float) -> Samples:
    """Return a note with harmonics that fade; decay: seconds to 1/e; inf for a note that is held."""
    times = np.arange(round(seconds * rate)) / rate
    wave = np.zeros(len(times))
    for harmonic in range(1, 6):
        frequency = _BASE_HZ * 2 ** (semitones / 12) * harmonic
        wave += brightness ** (harmonic - 1) / harmonic * np.sin(2 * np.pi * frequency * times)
    envelope = np.minimum(1.0, times / attack) * np.exp(-times / decay)
    envelope *= np.minimum(1.0, (seconds - times) / min(0.2, seconds / 4))
    note: Samples = (wave * envelope).astype(np.float32)
    return note


def _add(track: Samples, note: Samples, start: int) -> None:
    """Add a note to a track that repeats: its end goes on at the beginning."""
    places = (start + np.arange(len(note))) % len(track)
    np.add.at(track, places, note)


def _calm(track: Samples, rate: int) -> None:
    bar = len(track) // 4
    for number, chord in enumerate(_CHORDS["calm"]):
        for semitones in chord:
            for detune in (-0.04, 0.04):
                _add(track, _tone(semitones + detune, 5.2, rate, 1.2, np.inf, 0.35), number * bar)
        _add(track, 0.8 * _tone(chord[0] - 12, 4.6, rate, 0.8, np.inf, 0.2), number * bar)


def _bright(track: Samples, rate: int) -> None:
    bar = len(track) // 8
    for number in range(8):
        chord = _CHORDS["bright"][number % 4]
        pattern = (0, 1, 2, 1, 0, 2, 1, 2)
        for step, place in enumerate(pattern):
            note = _tone(chord[place] + 12, 1.2, rate, 0.004, 0.35, 0.5)
            _add(track, note, number * bar + step * bar // 8)
        _add(track, 0.9 * _tone(chord[0] - 12, 1.9, rate, 0.02, 1.2, 0.3), number * bar)


def _pulse(track: Samples, rate: int) -> None:
    bar = len(track) // 8
    for number in range(8):
        chord = _CHORDS["pulse"][number % 4]
        for step in range(4):
            _add(track, _tone(chord[0] - 12, 0.5, rate, 0.01, 0.18, 0.4), number * bar + step * bar // 4)
        for semitones in chord:
            _add(track, 0.5 * _tone(semitones, 2.6, rate, 0.4, 2.0, 0.4), number * bar)
        if number % 2:
            _add(track, 0.4 * _tone(chord[2] + 12, 1.0, rate, 0.005, 0.4, 0.3), number * bar + bar // 2)


_COMPOSERS: dict[str, Callable[[Samples, int], None]] = {"calm": _calm, "bright": _bright, "pulse": _pulse}
_BARS = {"calm": 4, "bright": 8, "pulse": 8}


@cache
def bed(style: str, rate: int) -> Samples:
    """Return a bed that can be repeated without a seam, float32 (n,). style: One of STYLES."""
    track = np.zeros(_BARS[style] * round(_BAR_SECONDS[style] * rate), np.float32)
    _COMPOSERS[style](track, rate)
    track *= np.float32(_PEAK / np.abs(track).max())
    track.flags.writeable = False
    return track


@cache
def jingle(style: str, rate: int) -> Samples:
    """Return a short motif that begins and ends in silence, float32 (n,). style: One of STYLES."""
    track = np.zeros(round(JINGLE_SECONDS * rate), np.float32)
    chord = _CHORDS[style][0]
    steps = (chord[0], chord[1], chord[2], chord[0] + 12)
    length = {"calm": 0.34, "bright": 0.18, "pulse": 0.24}[style]
    for number, semitones in enumerate(steps):
        note = _tone(semitones + 12, JINGLE_SECONDS - number * length - 0.05, rate, 0.01, 0.7, 0.45)
        start = round(number * length * rate)
        track[start : start + len(note)] += note[: len(track) - start]
    track *= np.float32(_PEAK / np.abs(track).max())
    track.flags.writeable = False
    return track
