"""Tests of the scores of preferences, ratings and MUSHRA."""

from __future__ import annotations

import numpy as np
import pytest

from funaudio_core.evaluation.listening_tests.bradley_terry import POINTS
from funaudio_core.evaluation.listening_tests.model import ANCHOR, MUSHRA, RATING, REFERENCE
from funaudio_core.evaluation.listening_tests.scores import Box, count_wins, score_votes, screen_voters
from tests.unit.evaluation.listening_tests.examples import FIRST, SECOND, TIE, listening_test, vote


def test_points_follow_the_side_on_which_a_system_stood_and_ties_are_halves() -> None:
    test = listening_test()
    votes = [vote(test, FIRST, voter=f"a{n}") for n in range(3)]
    votes += [vote(test, FIRST, voter=f"b{n}", stimuli=("1", "0")) for n in range(1)]
    votes += [vote(test, TIE, voter="c")]
    assert count_wins(test, votes).tolist() == [[0, 3.5], [1.5, 0]]
    best, other = score_votes(test, votes).rows
    assert (best.stimulus, best.wins, best.ties, best.votes) == ("0", 3, 1, 5)
    assert (other.stimulus, other.wins, other.ties) == ("1", 1, 1)
    assert best.value is not None
    assert best.value == pytest.approx(POINTS * np.log(3.5 / 1.5) / 2)
    assert other.value == pytest.approx(-best.value)


def test_intervals_are_over_votes_until_there_are_five_voters() -> None:
    test = listening_test()
    votes = [vote(test, FIRST if n % 3 else SECOND, voter=f"v{n % 4}", trial=str(n)) for n in range(12)]
    few = score_votes(test, votes)
    assert (few.voters, few.votes, few.is_by_voter) == (4, 12, False)
    many = score_votes(test, [*votes, vote(test, FIRST, voter="v9")])
    assert (many.voters, many.is_by_voter) == (5, True)
    assert all(row.interval and row.interval.low <= row.value <= row.interval.high for row in many.rows if row.value)
    (best, _) = score_votes(test, votes[:1]).rows
    assert best.interval is None


def test_repeats_and_left_out_voters_do_not_count() -> None:
    test = listening_test()
    votes = [vote(test, FIRST), vote(test, FIRST, trial="0-0-1r"), vote(test, SECOND, voter="other")]
    assert [row.value for row in score_votes(test, votes).rows] == pytest.approx([0.0, 0.0])
    scores = score_votes(test, votes, frozenset({"other"}))
    assert (scores.votes, scores.rows[0].stimulus, scores.has_maximum) == (1, "0", False)


def test_one_sided_votes_have_no_interval() -> None:
    test = listening_test()
    scores = score_votes(test, [vote(test, FIRST, voter=f"v{n}") for n in range(9)])
    assert [(row.wins, row.interval) for row in scores.rows] == [(9, None), (0, None)]


def test_system_without_votes_has_no_score_and_comes_last() -> None:
    test = listening_test(systems=3)
    rows = score_votes(test, [vote(test, SECOND)]).rows
    assert [(row.stimulus, row.value is None) for row in rows] == [("1", False), ("0", False), ("2", True)]


def test_ratings_have_a_mean_with_an_interval() -> None:
    test = listening_test(RATING)
    ratings = (5, 4, 4, 3, 5, 3)
    votes = [vote(test, (each,), voter=f"v{n}", stimuli=("0",)) for n, each in enumerate(ratings)]
    best, none = score_votes(test, votes).rows
    assert best.value == pytest.approx(4.0)
    assert best.box == Box(3, 3.25, 4, 4.75, 5)
    assert best.interval is not None
    margin = 2.571 * np.std(ratings, ddof=1) / np.sqrt(len(ratings))  # Student's t with five degrees of freedom
    assert (best.interval.low, best.interval.high) == pytest.approx((4 - margin, 4 + margin), abs=0.001)
    assert (none.stimulus, none.value) == ("1", None)


def test_intervals_of_ratings_count_a_voter_as_one_draw() -> None:
    test = listening_test(RATING)
    votes = [
        vote(test, (rating,), voter=f"v{rating}", trial=str(n), stimuli=("0",))
        for rating in range(1, 6)
        for n in range(9)
    ]
    interval = score_votes(test, votes).rows[0].interval
    assert interval is not None
    assert interval.high - interval.low > 2  # nine equal votes of a voter are not nine observations


def test_listeners_who_rate_the_anchor_above_the_reference_are_screened() -> None:
    test = listening_test(MUSHRA, has_reference=True)
    stimuli = ("1", ANCHOR, REFERENCE, "0")
    careful = [vote(test, (70, 20, 100, 60), voter="careful", trial=str(n), stimuli=stimuli) for n in range(7)]
    once = [*careful[:-1], vote(test, (70, 90, 80, 60), voter="careful", trial="6", stimuli=stimuli)]
    careless = [vote(test, (0, 90, 10, 100), voter="careless", trial=str(n), stimuli=stimuli) for n in range(2)]
    assert screen_voters(test, [*once, *careless]) == ("careless",)  # one of seven is less than 15 %
    scores = score_votes(test, [*careful, *careless])
    assert scores.screened == ("careless",)
    assert [(row.stimulus, row.value) for row in scores.rows] == [
        (REFERENCE, 100.0),
        ("1", 70.0),
        ("0", 60.0),
        (ANCHOR, 20.0),
    ]


def test_without_a_reference_the_anchor_must_not_be_the_best() -> None:
    test = listening_test(MUSHRA)
    votes = [vote(test, (50, 60, 55), voter="a", stimuli=("0", ANCHOR, "1"))]
    votes += [vote(test, (50, 60, 65), voter="b", stimuli=("0", ANCHOR, "1"))]
    assert screen_voters(test, votes) == ("a",)
