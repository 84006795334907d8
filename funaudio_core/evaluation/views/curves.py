"""Error rates by the strength of a condition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from funaudio_core.evaluation import scoring
from funaudio_core.evaluation.conditions.catalog import CONDITIONS, read_strength
from funaudio_core.evaluation.protocols import ScoringProtocol
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.scoring import Score
from funaudio_core.evaluation.tables import Row


@dataclass(frozen=True, slots=True)
class Point:
    """Score at a strength; None for clips as they are."""

    strength: float | None
    score: Score


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a system under one condition, the clips as they are first, then the mildest.

    Attributes:
        system: Name of the system.
        condition: Name of the condition.
        points: The points, at least one of which has a strength.
    """

    system: str
    condition: str
    points: tuple[Point, ...]


def build_curves(files: Sequence[ResultFile], protocol: ScoringProtocol) -> list[Curve]:
    """Return the curves of files of results, each file being a point; files without results are left out.

    A file of clips as they are is the first point of every curve of its system and data set.
    """
    points: dict[tuple[str, str, str], list[Point]] = defaultdict(list)
    names: dict[str, str] = {}
    for file in files:
        strength = read_strength(file.card.settings)
        if next(file.results(), None) is None:
            continue
        key = (file.card.engine, file.card.data_sha256, strength.condition if strength else "")
        names[file.card.engine] = file.card.system
        points[key].append(Point(strength.value if strength else None, scoring.score_file(file, protocol)[0]))
    return [
        Curve(names[engine], name, (*points.get((engine, data, ""), ())[:1], *_sort(name, found)))
        for (engine, data, name), found in points.items()
        if name
    ]


def score_rows(files: Sequence[ResultFile], protocol: ScoringProtocol) -> list[Row]:
    """Return the rows of the table of scores, those of a system together, the mildest first."""
    found = [file for file in files if next(file.results(), None) is not None]
    ordered = sorted(found, key=lambda file: (file.card.system, *_place(file)))
    return [Row(file.card, scoring.score_file(file, protocol)[0]) for file in ordered]


def _place(file: ResultFile) -> tuple[str, float]:
    strength = read_strength(file.card.settings)
    return (strength.condition, _mildness(strength.condition, strength.value)) if strength else ("", 0.0)


def _sort(name: str, points: Sequence[Point]) -> list[Point]:
    """Return points with the mildest strength first."""
    return sorted(points, key=lambda point: _mildness(name, point.strength or 0.0))


def _mildness(name: str, value: float) -> float:
    """Return a number that grows with the harm of a strength; for speed, with the strength."""
    usual = CONDITIONS[name].strengths
    return value if usual[0] < usual[-1] else -value
