"""The conditions by name, with their strengths."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from funaudio_core.audio.tempo import change_tempo
from funaudio_core.errors import BadInput
from funaudio_core.evaluation.conditions import codecs, distortions, noise, room
from funaudio_core.message import Message
from funaudio_core.types import Audio, Samples

DECIBELS, SECONDS, KILOBITS, PERCENT, TIMES = "dB", "s", "kbit/s", "%", "x"  # units of strengths


@dataclass(frozen=True, slots=True)
class Condition:
    """Condition of a recording.

    Attributes:
        name: Name in commands and files of results.
        title: Title on pages.
        unit: Unit of the strength.
        strengths: Usual strengths, the mildest first.
        low: Least strength that is accepted.
        high: Greatest strength that is accepted.
        change: Returns a changed clip for a clip, a strength and a generator of random numbers.
    """

    name: str
    title: Message
    unit: str
    strengths: tuple[float, ...]
    low: float
    high: float
    change: Callable[[Audio, float, Generator], Audio]


@dataclass(frozen=True, slots=True)
class Strength:
    """Condition at a strength, as the settings of a run hold it.

    Attributes:
        condition: Name of the condition.
        value: Strength in the unit of the condition.
        seed: Seed of its random numbers.
    """

    condition: str
    value: float
    seed: int = 0

    def apply(self, clip: Audio, key: str = "") -> Audio:
        """Return a clip under the condition.

        Args:
            clip: The clip.
            key: Id of the clip. Clips with different ids get different noise; equal ids and seeds give equal sound.

        Raises:
            BadInput: The clip is silent.
        """
        digest = hashlib.sha256(f"{self.condition}\n{key}\n{self.seed}".encode()).digest()
        random = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        return condition(self.condition).change(clip, self.value, random)

    def settings(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @property
    def label(self) -> str:
        """Return the name with the strength, such as "babble, 10 dB"."""
        return f"{self.condition}, {self.value:g} {condition(self.condition).unit}"


def _noise(make: Callable[[Audio, Generator], Samples]) -> Callable[[Audio, float, Generator], Audio]:
    """Return the change by a kind of noise."""
    return lambda clip, snr, random: noise.add_noise(clip, make(clip, random), snr)


def _fixed(change: Callable[[Audio, float], Audio]) -> Callable[[Audio, float, Generator], Audio]:
    """Return a change that uses no random numbers."""
    return lambda clip, strength, _: change(clip, strength)


_SNRS = (20.0, 15.0, 10.0, 5.0, 0.0)
_RATES = (0.5, 0.75, 1.25, 1.5, 2.0)
_ROWS = (
    Condition("babble", Message("Babble of voices"), DECIBELS, _SNRS, -20, 40, _noise(noise.babble)),
    Condition("music", Message("Music"), DECIBELS, _SNRS, -20, 40, _noise(noise.background_music)),
    Condition("white", Message("White noise"), DECIBELS, _SNRS, -20, 40, _noise(noise.white)),
    Condition("hum", Message("Hum of mains, 50 Hz"), DECIBELS, _SNRS, -20, 40, _noise(noise.hum)),
    Condition(
        "reverberation", Message("Reverberation (RT60)"), SECONDS, (0.3, 0.6, 0.9, 1.5), 0.1, 5, room.reverberate
    ),
    Condition(
        "a-law",
        Message("Telephone: G.711 A-law, 8 kHz, with lost packets"),
        PERCENT,
        (0.0, 5.0, 10.0, 20.0),
        0,
        50,
        partial(codecs.telephone, law="alaw"),
    ),
    Condition(
        "mu-law",
        Message("Telephone: G.711 mu-law, 8 kHz, with lost packets"),
        PERCENT,
        (0.0, 5.0, 10.0, 20.0),
        0,
        50,
        partial(codecs.telephone, law="mulaw"),
    ),
    Condition("opus", Message("Opus"), KILOBITS, (24.0, 16.0, 12.0, 8.0, 6.0), 6, 64, _fixed(codecs.opus)),
    Condition("mp3", Message("MP3"), KILOBITS, (64.0, 32.0, 16.0, 8.0), 8, 64, _fixed(codecs.mp3)),
    Condition("tempo", Message("Tempo, the pitch kept"), TIMES, _RATES, 0.5, 2, _fixed(change_tempo)),
    Condition(
        "speed", Message("Speed, the pitch changed with it"), TIMES, _RATES, 0.5, 2, _fixed(distortions.change_speed)
    ),
    Condition(
        "level",
        Message("Level (RMS, of full scale)"),
        DECIBELS,
        (-20.0, -40.0, -50.0, -60.0),
        -80,
        0,
        _fixed(distortions.set_level),
    ),
    Condition(
        "clipping",
        Message("Clipping below the peak"),
        DECIBELS,
        (6.0, 12.0, 18.0, 24.0),
        0,
        40,
        _fixed(distortions.cut_peaks),
    ),
)
CONDITIONS: dict[str, Condition] = {row.name: row for row in _ROWS}


def condition(name: str) -> Condition:
    """Return a condition. Raise BadInput, naming all, if there is none of that name."""
    if name not in CONDITIONS:
        raise BadInput("There is no condition {name!r}. Choose one of: {names}.", name=name, names=tuple(CONDITIONS))
    return CONDITIONS[name]


def strengths(name: str, values: Sequence[float] = (), seed: int = 0) -> tuple[Strength, ...]:
    """Return strengths of a condition.

    Args:
        name: Name of the condition.
        values: The strengths; () for the usual ones.
        seed: Seed of the random numbers.

    Raises:
        BadInput: There is no such condition, or a strength is out of its range.
    """
    row = condition(name)
    for value in values:
        if not row.low <= value <= row.high:
            raise BadInput(
                "{condition} takes {low:g} to {high:g} {unit}; got {value:g}.",
                condition=name,
                low=row.low,
                high=row.high,
                unit=row.unit,
                value=value,
            )
    return tuple(Strength(name, value, seed) for value in dict.fromkeys(values or row.strengths))


def read_strength(settings: dict[str, Any]) -> Strength | None:
    """Return the strength in the settings of a run; None for clips as they are. Raise BadInput if it is damaged."""
    found = settings.get("condition")
    if not found:
        return None
    try:
        strength = Strength(str(found["condition"]), float(found["value"]), int(found["seed"]))
    except (KeyError, TypeError, ValueError):
        raise BadInput("The condition in a file of results is damaged. Run it again.") from None
    condition(strength.condition)
    return strength
