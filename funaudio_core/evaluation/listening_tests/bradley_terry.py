"""Bradley-Terry strengths by maximum likelihood, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from funaudio_core.evaluation.intervals import Interval, student_quantile

Floats = NDArray[np.float64]
POINTS = 400 / math.log(10)  # a difference of 400 points is odds of 10 to 1, as in chess
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


def strength_intervals(clusters: Sequence[Floats]) -> list[Interval]:
    """Return intervals of strengths(), which are right also if the votes of a cluster depend on each other.

    The variance is that of leaving out one cluster after the other, to the first order (CR3); the quantile is that of
    Student's t.

    Args:
        clusters: Wins of each cluster, such as a voter, each (n, n); at least two. Their sum has a maximum.
    """
    wins = np.stack(clusters)
    found = strengths(wins.sum(0))
    chances = 1 / (1 + np.exp(found[None, :] - found[:, None]))
    played = wins + wins.swapaxes(-1, -2)
    scores = (wins - played * chances).sum(-1)
    weights = played * chances * (1 - chances)
    information = weights.sum(-1)[..., None] * np.eye(len(found)) - weights
    others = np.linalg.pinv(information.sum(0) - information, hermitian=True)  # the strengths have the mean 0
    changes = np.einsum("cij,cj->ci", others, scores)
    count = len(wins)
    deviations = np.sqrt((count - 1) / count * (changes**2).sum(0))
    reach = student_quantile(count - 1) * deviations
    return [Interval(float(value - each), float(value + each)) for value, each in zip(found, reach, strict=True)]
