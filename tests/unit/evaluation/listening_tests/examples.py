"""Listening tests and votes for tests, without sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from funaudio_core.evaluation.listening_tests.model import PREFERENCE, ListeningTest, SpeechSystem, take_key
from funaudio_core.evaluation.listening_tests.votes import Vote

FIRST, SECOND, TIE = (1.0, 0.0), (0.0, 1.0), (0.5, 0.5)


def listening_test(
    kind: str = PREFERENCE, systems: int = 2, sentences: int = 3, *, has_reference: bool = False
) -> ListeningTest:
    """Return a test whose takes last two seconds each."""
    made = ListeningTest(
        id="0123456789abcdef",
        kind=kind,
        language="en",
        sentences=tuple(f"Sentence {number}." for number in range(sentences)),
        systems=tuple(SpeechSystem(name) for name in "WXYZ"[:systems]),
        has_reference=has_reference,
        salt="00" * 16,
    )
    seconds = {take_key(number, key): 2.0 for number in range(sentences) for key in made.stimuli}
    return replace(made, seconds=seconds)


def vote(
    test: ListeningTest,
    answers: Sequence[float],
    *,
    voter: str = "v",
    trial: str = "0-0-1",
    stimuli: Sequence[str] = ("0", "1"),
    seconds: float = 9.0,
    played: bool = True,
) -> Vote:
    """Return a vote on the first sentence."""
    return Vote(test.id, trial, voter, 0, tuple(stimuli), tuple(answers), seconds, (played,) * len(stimuli))
