"""Tests of Bradley-Terry strengths against known results."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from funaudio_core.evaluation.listening_tests import bradley_terry

# Games of the American League East of 1987: wins of row over column (A. Agresti, Categorical Data Analysis, 1990), and
# the published strengths, Baltimore being 0.
TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
GAMES = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ],
    float,
)
PUBLISHED = (1.5814, 1.4364, 1.2945, 1.2476, 1.1077, 0.6839, 0.0)


def test_known_table_has_its_published_strengths() -> None:
    found = bradley_terry.strengths(GAMES)
    assert dict(zip(TEAMS, np.round(found - found[-1], 4), strict=True)) == dict(zip(TEAMS, PUBLISHED, strict=True))


@pytest.mark.parametrize(("won", "lost", "ties"), [(3, 1, 0), (10, 4, 6), (1, 30, 1)])
def test_two_systems_have_the_log_odds_of_their_wins(won: int, lost: int, ties: int) -> None:
    first, second = won + ties / 2, lost + ties / 2
    found = bradley_terry.strengths(np.array([[0, first], [second, 0]]))
    assert found[0] - found[1] == pytest.approx(np.log(first / second), abs=1e-8)
    assert found.sum() == pytest.approx(0, abs=1e-12)


def test_likelihood_is_highest_at_the_strengths() -> None:
    def log_likelihood(strengths: np.ndarray) -> float:
        chances = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
        return float((GAMES * np.log(chances)).sum())

    best = bradley_terry.strengths(GAMES)
    for place, step in itertools.product(range(len(TEAMS)), (-1e-3, 1e-3)):
        assert log_likelihood(best) > log_likelihood(best + step * np.eye(len(TEAMS))[place])


def test_votes_without_a_maximum_get_half_a_win_for_each_pair() -> None:
    never_lost = np.array([[0.0, 4], [0, 0]])
    assert not bradley_terry.has_maximum(never_lost)
    found = bradley_terry.strengths(never_lost)
    assert found[0] - found[1] == pytest.approx(np.log(4.5 / 0.5), abs=1e-8)
    circle = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])
    assert bradley_terry.has_maximum(circle)
    assert bradley_terry.strengths(circle) == pytest.approx([0, 0, 0], abs=1e-9)
    assert bradley_terry.strengths(np.zeros((3, 3))) == pytest.approx([0, 0, 0], abs=1e-9)


def test_batch_has_the_strengths_of_each_table() -> None:
    tables = np.stack([GAMES, GAMES.T, np.zeros_like(GAMES)])
    assert bradley_terry.strengths(tables) == pytest.approx(
        np.stack([bradley_terry.strengths(table) for table in tables]), abs=1e-7
    )


def test_intervals_hold_the_strengths_and_shrink_with_votes() -> None:
    def clusters(each: int) -> list[np.ndarray]:
        first, second = np.array([[0.0, 1], [0, 0]]), np.array([[0.0, 0], [1, 0]])
        return [first] * 2 * each + [second] * each

    few, many = (bradley_terry.strength_intervals(clusters(each)) for each in (8, 80))
    truth = np.log(2) / 2
    for found in (few, many):
        assert found[0].low < truth < found[0].high
        assert found[0].low == pytest.approx(-found[1].high)
    assert many[0].high - many[0].low < (few[0].high - few[0].low) / 2


def test_interval_of_many_votes_is_that_of_the_log_odds() -> None:
    wins, losses = 300, 200
    votes = [np.array([[0.0, 1], [0, 0]])] * wins + [np.array([[0.0, 0], [1, 0]])] * losses
    first, _ = bradley_terry.strength_intervals(votes)
    error = np.sqrt(1 / wins + 1 / losses) / 2  # of half the difference
    assert first.high - first.low == pytest.approx(2 * 1.96 * error, rel=0.01)


def test_interval_is_wider_if_the_votes_of_each_voter_agree() -> None:
    agreeing = [np.array([[0.0, 6], [0, 0]])] * 6 + [np.array([[0.0, 0], [6, 0]])] * 4
    single = [vote for each in agreeing for vote in [each / 6] * 6]
    by_voter, by_vote = (bradley_terry.strength_intervals(each)[0] for each in (agreeing, single))
    assert by_voter.high - by_voter.low > 2 * (by_vote.high - by_vote.low)


@pytest.mark.parametrize(("size", "voters"), [(2, 6), (3, 10), (4, 20)])
def test_intervals_hold_the_strengths_of_simulated_tests(size: int, voters: int) -> None:
    """Check the coverage; bench/listening_tests.py measures it for more kinds of tests."""
    generator, pairs = np.random.default_rng(size), list(itertools.combinations(range(size), 2))
    held = []
    for _ in range(250):
        truth = generator.normal(0, 0.7, size)
        clusters = np.zeros((voters, size, size))
        for voter, number in itertools.product(range(voters), range(12)):
            first, second = pairs[number % len(pairs)]
            first_wins = generator.random() < 1 / (1 + np.exp(truth[second] - truth[first]))
            clusters[(voter, first, second) if first_wins else (voter, second, first)] += 1
        if bradley_terry.has_maximum(clusters.sum(0)):
            found = bradley_terry.strength_intervals(list(clusters))
            held += [each.low <= value <= each.high for each, value in zip(found, truth - truth.mean(), strict=True)]
    assert 0.93 <= np.mean(held) <= 0.985


def test_order_of_five_systems_is_recovered_from_200_votes() -> None:
    """Check the acceptance of the arena: 95 of 100 simulated tests, with neighbours 1.2 apart."""
    generator, truth = np.random.default_rng(1), np.array([2.4, 1.2, 0.0, -1.2, -2.4])
    pairs = list(itertools.combinations(range(5), 2))
    right = 0
    for _ in range(100):
        wins = np.zeros((5, 5))
        for first, second in pairs * (200 // len(pairs)):
            first_wins = generator.random() < 1 / (1 + np.exp(truth[second] - truth[first]))
            wins[(first, second) if first_wins else (second, first)] += 1
        right += bool((np.diff(bradley_terry.strengths(wins)) < 0).all())
    assert right >= 95
