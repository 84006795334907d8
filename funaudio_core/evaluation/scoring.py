"""Scores of files of results under a protocol; no engine runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.alignment import ErrorCounts, Kind, Step, align
from funaudio_core.evaluation.intervals import Difference, Interval, compare_rates, rate_interval
from funaudio_core.evaluation.protocols import CORPUS, ScoringProtocol
from funaudio_core.evaluation.results import Result, ResultFile

ALL = ""  # name of the group with all utterances
_LENGTHS = ((2.0, "0 to 2 s"), (5.0, "2 to 5 s"), (10.0, "5 to 10 s"), (30.0, "10 to 30 s"))


@dataclass(frozen=True, slots=True)
class Utterance:
    """Scored utterance: its result, alignment and counts."""

    result: Result
    steps: tuple[Step, ...]
    counts: ErrorCounts


@dataclass(frozen=True, slots=True)
class Score:
    """Score of a group of utterances.

    Attributes:
        group: Name of the group; ALL for all utterances.
        measure: "WER" or "CER", or both if the group mixes them.
        utterances: Number of utterances.
        failures: Those that failed; all words of their references count as deleted.
        counts: Sums of the counts.
        rate: Error rate under the protocol; None without a token in the references.
        interval: 95 % confidence interval of the rate.
        wrong_share: Share of the utterances with an error.
        real_time_factor: Seconds of computing per second of audio; None if unknown.
        first_seconds: Medians and 95th percentiles until the first result; None if unknown.
        similarity: Mean similarity of the voices; None if unknown.
    """

    group: str
    measure: str
    utterances: int
    failures: int
    counts: ErrorCounts
    rate: float | None
    interval: Interval | None
    wrong_share: float
    real_time_factor: float | None
    first_seconds: tuple[float, float] | None
    similarity: float | None


def score_utterances(file: ResultFile, protocol: ScoringProtocol) -> Iterator[Utterance]:
    """Yield the scored utterances of a file, in its order."""
    for result in file.results():
        steps = align(
            protocol.tokenize(result.reference, result.language), protocol.tokenize(result.hypothesis, result.language)
        )
        yield Utterance(result, steps, ErrorCounts.of(steps))


def score_file(file: ResultFile, protocol: ScoringProtocol, group_by: str = "") -> tuple[Score, ...]:
    """Return the score of all utterances, then one for each group.

    Args:
        file: The results.
        protocol: The scoring protocol.
        group_by: "language", "length" or the name of a tag; "" for no groups.

    Raises:
        BadInput: The file has no results.
    """
    groups: dict[str, _Sums] = defaultdict(lambda: _Sums(protocol))
    for utterance in score_utterances(file, protocol):
        groups[ALL].add(utterance)
        if group_by:
            groups[_group(utterance.result, group_by)].add(utterance)
    if ALL not in groups:
        raise BadInput("{file} has no results yet. Run it first.", file=file.path.name)
    return tuple(groups[name].score(name) for name in sorted(groups))


def compare_files(first: ResultFile, second: ResultFile, protocol: ScoringProtocol) -> Difference | None:
    """Compare two systems on the utterances that both have; None for fewer than two of them."""
    counts = {each.result.id: each.counts for each in score_utterances(first, protocol)}
    pairs = [
        (counts[each.result.id], each.counts) for each in score_utterances(second, protocol) if each.result.id in counts
    ]
    if protocol.averaging == CORPUS:
        tokens = [before.reference_tokens for before, _ in pairs]
        return compare_rates([before.errors for before, _ in pairs], [after.errors for _, after in pairs], tokens)
    return compare_rates([before.rate for before, _ in pairs], [after.rate for _, after in pairs], [1] * len(pairs))


def confusions(utterances: Iterable[Utterance], most: int = 20) -> list[tuple[str, str, int]]:
    """Return the most frequent substitutions as (reference, hypothesis, count)."""
    pairs = Counter(
        (step.reference, step.hypothesis)
        for utterance in utterances
        for step in utterance.steps
        if step.kind is Kind.SUBSTITUTION
    )
    return [(*pair, count) for pair, count in pairs.most_common(most)]


def _group(result: Result, group_by: str) -> str:
    """Return the name of the group of a result."""
    if group_by == "language":
        return result.language or "?"
    if group_by == "length":
        return next((name for limit, name in _LENGTHS if result.audio_seconds < limit), "30 s and more")
    return result.tags.get(group_by, "?")


class _Sums:
    """What a score is computed from: a few numbers for each utterance."""

    def __init__(self, protocol: ScoringProtocol) -> None:
        self._protocol = protocol
        self._counts: list[ErrorCounts] = []
        self._measures: set[str] = set()
        self._failures = 0
        self._compute_seconds = self._audio_seconds = 0.0
        self._first_seconds: list[float] = []
        self._similarities: list[float] = []

    def add(self, utterance: Utterance) -> None:
        """Add an utterance."""
        result = utterance.result
        self._counts.append(utterance.counts)
        self._measures.add(self._protocol.measure(result.language))
        self._failures += bool(result.error)
        self._compute_seconds += result.compute_seconds
        self._audio_seconds += result.audio_seconds
        if result.first_seconds is not None:
            self._first_seconds.append(result.first_seconds)
        if result.similarity is not None:
            self._similarities.append(result.similarity)

    def score(self, group: str) -> Score:
        """Return the score."""
        counts = self._counts
        return Score(
            group=group,
            measure="/".join(sorted(self._measures, reverse=True)),
            utterances=len(counts),
            failures=self._failures,
            counts=sum(counts, ErrorCounts()),
            rate=self._protocol.rate(counts),
            interval=self._interval(),
            wrong_share=sum(each.errors > 0 for each in counts) / len(counts),
            real_time_factor=self._compute_seconds / self._audio_seconds if self._audio_seconds else None,
            first_seconds=_percentiles(self._first_seconds),
            similarity=float(np.mean(self._similarities)) if self._similarities else None,
        )

    def _interval(self) -> Interval | None:
        if self._protocol.averaging == CORPUS:
            return rate_interval(
                [each.errors for each in self._counts], [each.reference_tokens for each in self._counts]
            )
        return rate_interval([each.rate for each in self._counts], [1] * len(self._counts))


def _percentiles(seconds: Sequence[float]) -> tuple[float, float] | None:
    """Return the median and the 95th percentile."""
    if not seconds:
        return None
    median, high = np.quantile(seconds, (0.5, 0.95))
    return float(median), float(high)
