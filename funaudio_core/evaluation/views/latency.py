"""Latency of systems: real-time factors and times until the first result, as quantiles over the utterances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from funaudio_core.evaluation.results import Card, ResultFile
from funaudio_core.evaluation.tables import condition_label
from funaudio_core.evaluation.views.grid import Grid

_NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Median and 95th percentile of some values, and the values themselves."""

    median: float
    high: float
    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Quantiles | None:
        """Return the quantiles; None without values."""
        if not values:
            return None
        median, high = np.quantile(values, (0.5, 0.95))
        return cls(float(median), float(high), tuple(values))


@dataclass(frozen=True, slots=True)
class Latency:
    """Latency of one run.

    Attributes:
        card: Card of the run.
        factors: Seconds of computing per second of audio.
        first_seconds: Seconds until the first result: words of a recognizer, sound of a synthesizer.
    """

    card: Card
    factors: Quantiles | None
    first_seconds: Quantiles | None


def measure_latency(files: Sequence[ResultFile]) -> list[Latency]:
    """Return the latency of each file of results, without the utterances that failed."""
    found = []
    for file in files:
        results = [result for result in file.results() if not result.error]
        factors = [result.compute_seconds / result.audio_seconds for result in results if result.audio_seconds > 0]
        first = [result.first_seconds for result in results if result.first_seconds is not None]
        found.append(Latency(file.card, Quantiles.of(factors), Quantiles.of(first)))
    return found


def latency_grid(files: Sequence[ResultFile]) -> Grid:
    """Return the latency as a table."""
    header = ("system", "data set", "condition", "N", "RTF p50", "RTF p95", "first p50 s", "first p95 s", "processor")
    rows = [
        (
            row.card.system,
            row.card.data_set,
            condition_label(row.card) or "none",
            str(len(row.factors.values) if row.factors else 0),
            *_cells(row.factors),
            *_cells(row.first_seconds),
            row.card.hardware.get("processor", _NO_VALUE),
        )
        for row in measure_latency(files)
    ]
    return Grid(header, tuple(rows))


def _cells(found: Quantiles | None) -> tuple[str, str]:
    return (f"{found.median:.3f}", f"{found.high:.3f}") if found else (_NO_VALUE, _NO_VALUE)
