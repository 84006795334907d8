"""Tests of the signs of careless voting."""

from __future__ import annotations

import pytest

from funaudio_core.evaluation.listening_tests import suspicion
from funaudio_core.evaluation.listening_tests.model import RATING, ListeningTest
from funaudio_core.evaluation.listening_tests.votes import Vote
from tests.unit.evaluation.listening_tests.examples import FIRST, SECOND, TIE, listening_test, vote

TEST = listening_test()


def reasons(votes: list[Vote], test: ListeningTest = TEST) -> set[str]:
    return {str(reason) for each in suspicion.find_suspicious(test, votes) for reason in each.reasons}


def mixed(count: int, **options: bool | float) -> list[Vote]:
    """Return votes for both sides in turn."""
    return [vote(TEST, (FIRST, SECOND)[n % 2], trial=str(n), **options) for n in range(count)]  # type: ignore[arg-type]


def test_careful_voter_is_not_suspicious() -> None:
    assert suspicion.find_suspicious(TEST, mixed(20)) == ()


def test_votes_before_the_takes_can_end_are_too_fast() -> None:
    assert reasons(mixed(3, seconds=1.9)) == {suspicion.TOO_FAST}
    assert reasons(mixed(3, seconds=2.1)) == set()
    assert reasons([*mixed(9), *mixed(3, seconds=0.1)]) == set()  # a quarter
    assert reasons([*mixed(8), *mixed(3, seconds=0.1)]) == {suspicion.TOO_FAST}
    assert reasons(mixed(2, seconds=0.1)) == set()  # too few to judge


def test_takes_that_were_not_played_are_a_sign() -> None:
    assert reasons(mixed(4, played=False)) == {suspicion.NOT_PLAYED}


def test_side_is_a_sign_from_eight_equal_answers_on() -> None:
    seven = [vote(TEST, FIRST, trial=str(n)) for n in range(7)]
    assert reasons(seven) == set()
    assert reasons([*seven, vote(TEST, FIRST, trial="7")]) == {suspicion.ONE_SIDE}
    assert reasons([vote(TEST, TIE, trial=str(n)) for n in range(20)]) == set()
    assert suspicion.side_p(seven) == pytest.approx(2 / 2**7)


def test_equal_ratings_are_a_sign() -> None:
    test = listening_test(RATING)
    votes = [vote(test, (3.0,), trial=str(n), stimuli=("0",)) for n in range(8)]
    assert reasons(votes, test) == {suspicion.EQUAL_RATINGS}
    assert reasons([*votes, vote(test, (4.0,), trial="8", stimuli=("0",))], test) == set()


def test_other_system_on_most_repeats_is_a_contradiction() -> None:
    first = [vote(TEST, FIRST, trial=f"{n}") for n in range(3)]
    same = [vote(TEST, SECOND, trial=f"{n}r", stimuli=("1", "0")) for n in range(3)]
    other = [vote(TEST, FIRST, trial=f"{n}r", stimuli=("1", "0")) for n in range(3)]
    undecided = [vote(TEST, TIE, trial=f"{n}r", stimuli=("1", "0")) for n in range(3)]
    assert reasons([*first, *same]) == set()
    assert reasons([*first, *other[:2], same[2]]) == {suspicion.CONTRADICTION}
    assert reasons([*first, other[0], *undecided[1:]]) == set()


def test_each_voter_is_judged_alone() -> None:
    votes = [vote(TEST, FIRST, voter=f"v{n}", trial=str(n), seconds=0.1) for n in range(20)]
    assert suspicion.find_suspicious(TEST, votes) == ()
