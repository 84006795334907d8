"""Scores of a listening test: Bradley-Terry points of preferences, means of ratings, figures of MUSHRA."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from funaudio_core.evaluation.intervals import Interval, mean_interval
from funaudio_core.evaluation.listening_tests import bradley_terry
from funaudio_core.evaluation.listening_tests.bradley_terry import POINTS, Floats
from funaudio_core.evaluation.listening_tests.model import ANCHOR, MUSHRA, PREFERENCE, REFERENCE, ListeningTest
from funaudio_core.evaluation.listening_tests.trials import is_repeat
from funaudio_core.evaluation.listening_tests.votes import Vote

MIN_VOTERS = 5  # from which intervals are over voters, whose votes depend on each other; below, over single votes
# Share of trials in which a listener may rate the anchor best, as in the post-screening of ITU-R BS.1534-3.
MAX_ANCHOR_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Box:
    """Figures of a box plot."""

    low: float
    first_quartile: float
    median: float
    third_quartile: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """Score of a stimulus.

    Attributes:
        stimulus: Key of the stimulus.
        votes: Number of votes in which it was heard.
        value: Points, or the mean of the ratings; None without votes.
        interval: 95 % interval; None for fewer than two votes, or where the likelihood has no maximum.
        wins: Votes for it; 0 unless pairs were compared.
        ties: Votes for no difference; 0 unless pairs were compared.
        box: Figures of its ratings; None for pairs.
    """

    stimulus: str
    votes: int
    value: float | None
    interval: Interval | None
    wins: int = 0
    ties: int = 0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a test.

    Attributes:
        rows: A score for each stimulus, the best first.
        votes: Number of votes that count.
        voters: Number of voters that count.
        is_by_voter: The intervals are over voters, not over single votes.
        has_maximum: The votes alone determine the points; otherwise one tie was added for each pair.
        screened: Voters that the post-screening left out.
    """

    rows: tuple[Row, ...]
    votes: int
    voters: int
    is_by_voter: bool
    has_maximum: bool = True
    screened: tuple[str, ...] = ()


def score_votes(test: ListeningTest, votes: Sequence[Vote], without: frozenset[str] = frozenset()) -> Scores:
    """Return the scores of votes; repeats don't count. without: Voters to leave out."""
    screened = screen_voters(test, votes)
    left_out = without | frozenset(screened)
    counted = [vote for vote in votes if not is_repeat(vote.trial) and vote.voter not in left_out]
    voters = {vote.voter for vote in counted}
    is_by_voter = len(voters) >= MIN_VOTERS
    groups: dict[str, list[Vote]] = defaultdict(list)
    for number, vote in enumerate(counted):
        groups[vote.voter if is_by_voter else str(number)].append(vote)
    clusters = list(groups.values())
    wins = count_wins(test, counted)
    rows = _pair_rows(test, counted, clusters) if test.kind == PREFERENCE else _rating_rows(test, clusters)
    ordered = sorted(rows, key=lambda row: -np.inf if row.value is None else row.value, reverse=True)
    has_maximum = test.kind != PREFERENCE or bool(bradley_terry.has_maximum(wins))
    return Scores(tuple(ordered), len(counted), len(voters), is_by_voter, has_maximum, screened)


def count_wins(test: ListeningTest, votes: Sequence[Vote]) -> Floats:
    """Return the wins of row over column, ties as halves; zeros for a test without pairs."""
    wins = np.zeros((len(test.systems), len(test.systems)))
    if test.kind == PREFERENCE:
        for vote in votes:
            first, second = map(int, vote.stimuli)
            wins[first, second] += vote.answers[0]
            wins[second, first] += vote.answers[1]
    return wins


def screen_voters(test: ListeningTest, votes: Sequence[Vote]) -> tuple[str, ...]:
    """Return the listeners of a MUSHRA test who rate the anchor above the reference too often.

    Without a reference, the anchor must not be rated above every system.
    """
    if test.kind != MUSHRA:
        return ()
    verdicts: dict[str, list[bool]] = defaultdict(list)
    for vote in votes:
        rated = dict(zip(vote.stimuli, vote.answers, strict=True))
        best = rated.get(REFERENCE, max((rated[key] for key in test.system_keys if key in rated), default=0.0))
        verdicts[vote.voter].append(rated.get(ANCHOR, 0.0) > best)
    return tuple(sorted(voter for voter, wrong in verdicts.items() if sum(wrong) > MAX_ANCHOR_SHARE * len(wrong)))


def _pair_rows(test: ListeningTest, votes: Sequence[Vote], clusters: Sequence[Sequence[Vote]]) -> list[Row]:
    wins = count_wins(test, votes)
    points = POINTS * bradley_terry.strengths(wins)
    intervals: list[Interval | None] = [None] * len(points)
    if len(clusters) > 1 and bradley_terry.has_maximum(wins):  # else all resamples would be equally one-sided
        found = bradley_terry.strength_intervals([count_wins(test, cluster) for cluster in clusters])
        intervals = [Interval(POINTS * each.low, POINTS * each.high) for each in found]
    rows = []
    for key, value, interval in zip(test.system_keys, points.tolist(), intervals, strict=True):
        own = [vote.answers[vote.stimuli.index(key)] for vote in votes if key in vote.stimuli]
        known = interval if own else None
        rows.append(Row(key, len(own), value if own else None, known, own.count(1.0), own.count(0.5)))
    return rows


def _rating_rows(test: ListeningTest, clusters: Sequence[Sequence[Vote]]) -> list[Row]:
    rows = []
    for key in test.stimuli:
        groups = [
            [vote.answers[vote.stimuli.index(key)] for vote in group if key in vote.stimuli] for group in clusters
        ]
        groups = [group for group in groups if group]
        ratings = [rating for group in groups for rating in group]
        if not ratings:
            rows.append(Row(key, 0, None, None))
            continue
        interval = mean_interval([sum(group) for group in groups], [len(group) for group in groups])
        box = Box(*map(float, np.quantile(ratings, (0, 0.25, 0.5, 0.75, 1))))
        rows.append(Row(key, len(ratings), float(np.mean(ratings)), interval, box=box))
    return rows
