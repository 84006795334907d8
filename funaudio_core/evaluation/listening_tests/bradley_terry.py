"""Bradley-Terry strengths by maximum likelihood, with intervals by bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from funaudio_core.evaluation.intervals import LEVEL, Interval

Floats = NDArray[np.float64]
POINTS = 400 / math.log(10)  # a difference of 400 points is odds of 10 to 1, as in chess
RESAMPLES = 2_000
PRIOR_WINS = 0.5  # of each system over each other one, where the votes alone have no maximum
_MAX_STEPS, _TOLERANCE = 5_000, 1e-10


def strengths(wins: Floats) -> Floats:
    """Return log strengths of mean 0.

    They maximize the likelihood if has_maximum(); otherwise PRIOR_WINS are added to the wins first.

    Args:
        wins: Wins of row over column, shape (..., n, n); a tie is half a win for both, the diagonal is 0.

    Returns:
        Shape (..., n).
    """
    size = wins.shape[-1]
    missing = ~has_maximum(wins)
    counted = wins + missing[..., None, None] * PRIOR_WINS * (1 - np.eye(size))
    won, played = counted.sum(-1), counted + counted.swapaxes(-1, -2)
    power = np.ones(wins.shape[:-1])
    for _ in range(_MAX_STEPS):  # minorization-maximization of Hunter (2004)
        following = won / (played / (power[..., :, None] + power[..., None, :])).sum(-1)
        following /= np.exp(np.log(following).mean(-1, keepdims=True))
        change = np.abs(np.log(following / power)).max(initial=0.0)
        power = following
        if change < _TOLERANCE:
            break
    found: Floats = np.log(power)
    return found


def has_maximum(wins: Floats) -> NDArray[np.bool_]:
    """Return whether the likelihood has a maximum: each system has beaten each other one, perhaps through others."""
    size = wins.shape[-1]
    reached = np.linalg.matrix_power((wins > 0) + np.eye(size), max(1, size - 1))
    connected: NDArray[np.bool_] = np.asarray((reached > 0).all((-1, -2)))
    return connected


def strength_intervals(clusters: Sequence[Floats], resamples: int = RESAMPLES, seed: int = 0) -> list[Interval]:
    """Return intervals of strengths() by drawing clusters of votes again.

    Args:
        clusters: Wins of each cluster, such as a voter, each (n, n); at least two.
        resamples: Number of resamples.
        seed: Seed of the draws.
    """
    each = np.stack(clusters)
    draws = np.random.default_rng(seed).multinomial(len(each), np.full(len(each), 1 / len(each)), resamples)
    drawn = np.einsum("rc,cij->rij", draws.astype(float), each)
    low, high = np.quantile(strengths(drawn), ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
