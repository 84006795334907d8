"""Signs that a voter did not listen or answered at random."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.evaluation.listening_tests.model import PREFERENCE, ListeningTest, take_key
from funaudio_core.evaluation.listening_tests.trials import is_repeat, repeated_trial
from funaudio_core.evaluation.listening_tests.votes import Vote
from funaudio_core.message import Message

MIN_VOTES = 3  # from which a share of votes means something
MAX_SHARE = 0.25  # of votes that are too fast, or given without playing all takes
# A voter who answers by a fair coin is flagged for a side in less than one of 100 cases: from 8 equal answers on.
MAX_SIDE_P = 0.01
MIN_EQUAL_RATINGS = 8  # of all ratings of a voter
MIN_REPEATS = 2

TOO_FAST = Message("votes faster than the takes last")
ONE_SIDE = Message("always the same side")
EQUAL_RATINGS = Message("always the same rating")
NOT_PLAYED = Message("takes not played to the end")
CONTRADICTION = Message("contradicts itself on repeats")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Voter with signs of careless voting."""

    voter: str
    votes: int
    reasons: tuple[Message, ...]


def find_suspicious(test: ListeningTest, votes: Sequence[Vote]) -> tuple[Suspicion, ...]:
    """Return the voters with such signs."""
    by_voter: dict[str, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_voter[vote.voter].append(vote)
    found = (Suspicion(voter, len(own), _reasons(test, own)) for voter, own in by_voter.items())
    return tuple(each for each in found if each.reasons)


def _reasons(test: ListeningTest, votes: Sequence[Vote]) -> tuple[Message, ...]:
    is_pairs = test.kind == PREFERENCE
    signs = (
        (TOO_FAST, _is_frequent([_is_too_fast(test, vote) for vote in votes])),
        (NOT_PLAYED, _is_frequent([not all(vote.played) for vote in votes])),
        (ONE_SIDE, is_pairs and side_p(votes) < MAX_SIDE_P),
        (EQUAL_RATINGS, not is_pairs and _has_equal_ratings(votes)),
        (CONTRADICTION, is_pairs and _contradicts_itself(votes)),
    )
    return tuple(reason for reason, holds in signs if holds)


def side_p(votes: Sequence[Vote]) -> float:
    """Return the two-sided p-value of equal preference for both sides (exact binomial test); ties are left out."""
    sides = [vote.answers[0] for vote in votes if vote.answers[0] != vote.answers[1]]
    count = len(sides)
    extreme = max(sides.count(1.0), sides.count(0.0))
    as_extreme = sum(math.comb(count, each) for each in range(extreme, count + 1))
    return min(1.0, float(2 * as_extreme / math.pow(2, count)))


def _is_frequent(signs: Sequence[bool]) -> bool:
    return len(signs) >= MIN_VOTES and sum(signs) > MAX_SHARE * len(signs)


def _is_too_fast(test: ListeningTest, vote: Vote) -> bool:
    """Return whether the vote came before even the longest of the takes could end."""
    return vote.seconds < max(test.seconds.get(take_key(vote.sentence, key), 0.0) for key in vote.stimuli)


def _has_equal_ratings(votes: Sequence[Vote]) -> bool:
    ratings = [answer for vote in votes for answer in vote.answers]
    return len(ratings) >= MIN_EQUAL_RATINGS and len(set(ratings)) == 1


def _contradicts_itself(votes: Sequence[Vote]) -> bool:
    """Return whether more than half of the repeats were answered for the other system."""
    winners = {vote.trial: _winner(vote) for vote in votes}
    pairs = [(winner, winners.get(repeated_trial(trial), "")) for trial, winner in winners.items() if is_repeat(trial)]
    decided = [first != second for first, second in pairs if first and second]
    return len(decided) >= MIN_REPEATS and sum(decided) > len(decided) / 2


def _winner(vote: Vote) -> str:
    """Return the preferred stimulus, "" for no difference."""
    return vote.stimuli[vote.answers.index(1.0)] if 1.0 in vote.answers else ""
