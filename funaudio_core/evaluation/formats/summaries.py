"""Tables of the scores of answers, by category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from funaudio_core.evaluation.formats.answers import Scored
from funaudio_core.evaluation.intervals import rate_interval
from funaudio_core.evaluation.views.grid import Grid

ALL = "all"
HEADER = ("category", "N", "score %", "95 % interval", "no score", "official %", "notes")
_NO_VALUE = "–"


def summarize(scores: Iterable[Scored]) -> Grid:
    """Return the mean score of all answers, then of each category, without those that have no score."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for scored in scores:
        groups[ALL].append(scored)
        for kind, name in scored.answer.categories.items():
            groups[f"{kind}: {name}"].append(scored)
    return Grid(HEADER, tuple(_row(name, found) for name, found in groups.items()))


def _row(name: str, found: Sequence[Scored]) -> tuple[str, ...]:
    values = [each.value for each in found if each.value is not None]
    official = [each.official for each in found if each.official is not None]
    interval = rate_interval(values, [1] * len(values))
    notes = Counter(each.note for each in found if each.note)
    return (
        name,
        str(len(values)),
        f"{100 * fmean(values):.2f}" if values else _NO_VALUE,
        f"{100 * interval.low:.2f} to {100 * interval.high:.2f}" if interval else _NO_VALUE,
        str(len(found) - len(values)),
        f"{100 * fmean(official):.2f}" if official else _NO_VALUE,
        ", ".join(f"{note} {count}" for note, count in notes.most_common()),
    )
