"""Coverage of the intervals of listening tests: `python -m bench.listening_tests [--tests 400] [--voter-spread 0.3]`.

Tests of pairs are simulated with known strengths. Each voter has ten votes and strengths of their own, which lie around
those of the systems; some votes are ties. The interval of each system should hold its strength in 95 % of the tests.
Tests in which a system has won or lost all its pairs have no intervals, and don't count.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from bench._options import option_parser
from funaudio_core.evaluation.listening_tests import bradley_terry
from funaudio_core.evaluation.listening_tests.bradley_terry import Floats
from funaudio_core.evaluation.listening_tests.scores import MIN_VOTERS

SYSTEMS, VOTES = (2, 3, 4), (20, 50, 100, 200)
VOTES_EACH = 10  # of a voter
TIES = 0.2  # share of votes for no difference
POPULATION = 20_000  # of voters, whose mean preferences are the truth


def main() -> None:
    """Print a row for each number of systems and votes."""
    parser = option_parser(__doc__)
    parser.add_argument("--tests", type=int, default=400, help="simulated tests of each kind")
    parser.add_argument("--strength-spread", type=float, default=0.7, help="of the systems, in log odds")
    parser.add_argument("--voter-spread", type=float, default=0.3, help="of the voters around each system")
    options = parser.parse_args()
    print("| systems | votes | intervals over | tests with intervals | coverage | mean width in points |")
    print("|---|---|---|---|---|---|")
    for size, votes in itertools.product(SYSTEMS, VOTES):
        draw = np.random.default_rng([size, votes])
        spreads = options.strength_spread, options.voter_spread
        found = list(_simulate(draw, size, votes, options.tests, spreads))
        held, widths = [each for covers, _ in found for each in covers], [each for _, wide in found for each in wide]
        over = "voters" if votes // VOTES_EACH >= MIN_VOTERS else "votes"
        width = bradley_terry.POINTS * float(np.mean(widths))
        print(f"| {size} | {votes} | {over} | {len(found)} | {np.mean(held):.3f} | {width:.0f} |")


def _simulate(
    draw: np.random.Generator, size: int, votes: int, tests: int, spreads: tuple[float, float]
) -> Iterator[tuple[list[bool], list[float]]]:
    """Yield, for each test with intervals, whether each of them holds the truth, and their widths."""
    pairs = list(itertools.combinations(range(size), 2))
    for _ in range(tests):
        strengths = draw.normal(0, spreads[0], size)
        truth = _true_strengths(draw, strengths, pairs, spreads[1])
        clusters: list[Floats] = []
        for voter in range(votes // VOTES_EACH):
            own = strengths + draw.normal(0, spreads[1], size)
            given = [
                _vote(draw, own, pairs[(voter * VOTES_EACH + number) % len(pairs)]) for number in range(VOTES_EACH)
            ]
            clusters += [sum(given, np.zeros((size, size)))] if votes // VOTES_EACH >= MIN_VOTERS else given
        if bradley_terry.has_maximum(np.sum(clusters, 0)):
            found = bradley_terry.strength_intervals(clusters)
            held = [each.low <= value <= each.high for each, value in zip(found, truth, strict=True)]
            yield held, [each.high - each.low for each in found]


def _true_strengths(
    draw: np.random.Generator, strengths: Floats, pairs: list[tuple[int, int]], spread: float
) -> Floats:
    """Return the strengths to which ever more votes lead: ties and differing voters bring the systems together."""
    people = strengths + draw.normal(0, spread, (POPULATION, len(strengths)))
    wins = np.zeros((len(strengths), len(strengths)))
    for first, second in pairs:
        chance = float((1 / (1 + np.exp(people[:, second] - people[:, first]))).mean())
        wins[first, second] = (1 - TIES) * chance + TIES / 2
        wins[second, first] = 1 - wins[first, second]
    return bradley_terry.strengths(wins)


def _vote(draw: np.random.Generator, own: Floats, pair: tuple[int, int]) -> Floats:
    """Return the wins of one vote."""
    wins = np.zeros((len(own), len(own)))
    first, second = pair if draw.random() < 1 / (1 + np.exp(own[pair[1]] - own[pair[0]])) else pair[::-1]
    wins[first, second] = 1.0
    return (wins + wins.T) / 2 if draw.random() < TIES else wins


if __name__ == "__main__":
    main()
