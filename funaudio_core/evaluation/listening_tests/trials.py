"""Trials of a voter: which takes are compared, in which order and at which place, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeVar

from funaudio_core.evaluation.listening_tests.model import MUSHRA, PREFERENCE, ListeningTest

MAX_TRIALS = 20  # of one voter, with repeats; other voters are drawn other pairs
REPEAT_EVERY = 5  # one of so many trials of pairs is a repeat with swapped sides
MAX_RATINGS = 24  # of one voter
REPEAT_SUFFIX = "r"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trial:
    """Trial of a voter.

    Attributes:
        id: The same for all voters who compare the same takes.
        sentence: Number of the sentence.
        stimuli: Stimuli in the order of their places, A first.
    """

    id: str
    sentence: int
    stimuli: tuple[str, ...]


def draw_trials(test: ListeningTest, voter: str) -> tuple[Trial, ...]:
    """Return the trials of a voter; equal seeds and voters have equal trials. voter: Hash of the voter."""
    generator = random.Random(f"{test.seed} {test.id} {voter}")
    if test.kind == PREFERENCE:
        return _draw_pairs(test, generator)
    sentences = range(len(test.sentences))
    if test.kind == MUSHRA:
        trials = [Trial(str(number), number, _shuffle(test.stimuli, generator)) for number in sentences]
    else:
        trials = [Trial(f"{number}-{key}", number, (key,)) for number in sentences for key in test.system_keys]
    return _shuffle(tuple(trials), generator)[:MAX_RATINGS]


def is_repeat(trial: str) -> bool:
    """Return whether a trial repeats another one; its votes don't count in the scores."""
    return trial.endswith(REPEAT_SUFFIX)


def repeated_trial(trial: str) -> str:
    """Return the id of the trial that a repeat repeats."""
    return trial.removesuffix(REPEAT_SUFFIX)


def _draw_pairs(test: ListeningTest, generator: random.Random) -> tuple[Trial, ...]:
    """Return pairs with drawn sides, and then repeats of some of them with swapped sides."""
    pairs = [
        Trial(f"{number}-{first}-{second}", number, _shuffle((first, second), generator))
        for number in range(len(test.sentences))
        for first, second in test.system_pairs
    ]
    most = MAX_TRIALS - MAX_TRIALS // REPEAT_EVERY
    drawn = _shuffle(tuple(pairs), generator)[:most]
    repeats = [
        Trial(f"{trial.id}{REPEAT_SUFFIX}", trial.sentence, trial.stimuli[::-1])
        for trial in drawn[: len(drawn) // (REPEAT_EVERY - 1)]
    ]
    return (*drawn, *repeats)


def _shuffle(items: tuple[T, ...], generator: random.Random) -> tuple[T, ...]:
    return tuple(generator.sample(items, len(items)))
