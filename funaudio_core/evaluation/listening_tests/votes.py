"""Votes of a listening test, in a file to which lines are only added."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests.model import (
    ANCHOR,
    MUSHRA,
    MUSHRA_RANGE,
    PREFERENCE,
    RATING,
    RATING_RANGE,
    REFERENCE,
    ListeningTest,
)

LOCK_SECONDS = 10.0
PREFERENCES = ((1.0, 0.0), (0.0, 1.0), (0.5, 0.5))  # the first take, the second, no difference
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Vote:
    """Answer of a voter to a trial.

    Attributes:
        test: Id of the test.
        trial: Id of the trial.
        voter: Hash of the voter, see ListeningTest.hash_voter().
        sentence: Number of the sentence.
        stimuli: Stimuli in the order of their places.
        answers: A number for each: of PREFERENCES, a rating from 1 to 5, or from 0 to 100.
        seconds: Time from the moment at which the trial was shown to the vote.
        played: Takes that were played from start to end, as the browser says.
        time: Time of the vote in UTC, ISO 8601, to the second.
    """

    test: str
    trial: str
    voter: str
    sentence: int
    stimuli: tuple[str, ...]
    answers: tuple[float, ...]
    seconds: float
    played: tuple[bool, ...]
    time: str = ""


def check_vote(test: ListeningTest, vote: Vote) -> None:
    """Raise BadInput if a vote can't be one of a test."""
    low, high = RATING_RANGE if test.kind == RATING else MUSHRA_RANGE
    known = {*test.system_keys, ANCHOR, REFERENCE} if test.kind == MUSHRA else set(test.system_keys)
    is_sound = (
        vote.test == test.id
        and 0 <= vote.sentence < len(test.sentences)
        and len(vote.stimuli) == len(vote.answers) == len(vote.played) == len(set(vote.stimuli)) > 0
        and known.issuperset(vote.stimuli)
        and math.isfinite(vote.seconds)
        and (
            vote.answers in PREFERENCES
            if test.kind == PREFERENCE
            else all(low <= each <= high for each in vote.answers)
        )
    )
    if not is_sound:
        raise BadInput("This vote doesn't belong to the test. Open its link again.")


def read_vote(values: Mapping[str, Any]) -> Vote:
    """Return a vote from plain values, which may come from an upload. Raise BadInput if they aren't those of a vote."""
    try:
        texts = {name: str(values[name]) for name in ("test", "trial", "voter", "time")}
        return Vote(
            **texts,
            sentence=int(values["sentence"]),
            stimuli=tuple(map(str, values["stimuli"])),
            answers=tuple(map(float, values["answers"])),
            seconds=float(values["seconds"]),
            played=tuple(map(bool, values["played"])),
        )
    except (TypeError, KeyError, ValueError):
        raise BadInput("This isn't a vote of a listening test. Choose a file that this page has exported.") from None


class VoteLog:
    """File of votes, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        """Use a file, which need not exist yet."""
        self._path = path
        self._lock = filelock.FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS)

    def read(self) -> list[Vote]:
        """Return all votes, oldest first. A line that a killed process left unfinished is skipped."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        votes = []
        for number, line in enumerate(filter(None, lines), 1):
            try:
                votes.append(read_vote(json.loads(line)))
            except (ValueError, BadInput):
                log.warning("line %d of %s is no vote", number, self._path)
        return votes

    def append(self, vote: Vote) -> Vote:
        """Add a vote with the time, and return it.

        Raises:
            BadInput: The voter has voted on this trial before; the first vote counts.
        """
        timed = replace(vote, time=vote.time or datetime.now(UTC).isoformat(timespec="seconds"))
        if not self.merge([timed]):
            raise BadInput("You have voted on this already. Your first vote counts.")
        return timed

    def merge(self, votes: Iterable[Vote]) -> int:
        """Add those votes whose voter has none on their trial yet, and return their number."""
        with self._lock:
            known = {(vote.voter, vote.trial) for vote in self.read()}
            rows = []
            for vote in votes:
                if (vote.voter, vote.trial) not in known:
                    known.add((vote.voter, vote.trial))
                    rows.append(json.dumps(asdict(vote), ensure_ascii=False) + "\n")
            with self._path.open("a+b") as file:
                file.seek(0, 2)
                if file.tell() and not self._ends_with_newline():
                    file.write(b"\n")
                file.write("".join(rows).encode())
        return len(rows)

    def _ends_with_newline(self) -> bool:
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read() == b"\n"
