"""Tables of the scores of answers, by category."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

from funaudio_core.evaluation.formats.answers import Scored
from funaudio_core.evaluation.intervals import Interval, rate_interval
from funaudio_core.evaluation.views.grid import Grid

ALL = "all"
HEADER = ("category", "N", "score %", "95 % interval", "no score", "official %", "notes")
_NO_VALUE = "–"


def summarize(scores: Iterable[Scored]) -> Grid:
    """Return the mean score of all answers, of each category, and further measures, without those that have none."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    measures: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for scored in scores:
        groups[ALL].append(scored)
        for kind, name in scored.answer.categories.items():
            groups[f"{kind}: {name}"].append(scored)
        for name, counts in scored.measures.items():
            measures[name].append(counts)
    rows = [_row(name, found) for name, found in groups.items()]
    return Grid(HEADER, (*rows, *_measure_rows(measures)))


def _measure_rows(measures: Mapping[str, Sequence[tuple[float, float]]]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each further measure, then one for the mean of several."""
    rates = []
    for name, counts in measures.items():
        reached, most = [count for count, _ in counts], [total for _, total in counts]
        rates.append(sum(reached) / sum(most))
        interval = _interval_text(rate_interval(reached, most))
        yield f"measure: {name}", f"{sum(most):.0f}", f"{100 * rates[-1]:.2f}", interval, "0", _NO_VALUE, ""
    if len(rates) > 1:
        yield "mean of the measures", _NO_VALUE, f"{100 * fmean(rates):.2f}", _NO_VALUE, "0", _NO_VALUE, ""


def _row(name: str, found: Sequence[Scored]) -> tuple[str, ...]:
    values = [each.value for each in found if each.value is not None]
    official = [each.official for each in found if each.official is not None]
    interval = rate_interval(values, [1] * len(values))
    notes = Counter(each.note for each in found if each.note)
    return (
        name,
        str(len(values)),
        f"{100 * fmean(values):.2f}" if values else _NO_VALUE,
        _interval_text(interval),
        str(len(found) - len(values)),
        f"{100 * fmean(official):.2f}" if official else _NO_VALUE,
        ", ".join(f"{note} {count}" for note, count in notes.most_common()),
    )


def _interval_text(interval: Interval | None) -> str:
    return f"{100 * interval.low:.2f} to {100 * interval.high:.2f}" if interval else _NO_VALUE
