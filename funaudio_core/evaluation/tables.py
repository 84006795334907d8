"""Tables of scores as Markdown, CSV, JSON or LaTeX."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.conditions.catalog import read_strength
from funaudio_core.evaluation.protocols import ScoringProtocol
from funaudio_core.evaluation.results import Card
from funaudio_core.evaluation.scoring import Score

HEADER = (
    *(
        "system",
        "data set",
        "condition",
        "group",
        "N",
        "measure",
        "rate %",
        "95 % interval",
        "sub",
        "del",
        "ins",
        "wrong %",
    ),
    *("failures", "RTF", "first p50 s", "first p95 s", "similarity"),
)
LATEX_ESCAPES = str.maketrans(
    {char: f"\\{char}" for char in "&%$#_{}"} | {"~": r"\textasciitilde{}", "\\": r"\textbackslash{}"}
)
_NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """Row of a table: the card of a run and the score of one group of its utterances."""

    card: Card
    score: Score


def render(rows: Sequence[Row], protocol: ScoringProtocol, kind: str) -> str:
    """Return a table. kind: "markdown", "csv", "json" or "latex".

    Raises:
        BadInput: There is no such kind.
    """
    if kind not in KINDS:
        raise BadInput("There is no table format {kind!r}. Choose one of: {kinds}.", kind=kind, kinds=tuple(KINDS))
    return KINDS[kind](rows, protocol)


def best_rows(rows: Sequence[Row]) -> list[Row]:
    """Return the row with the lowest rate of each task, data set and group, if no other's interval overlaps its own."""
    winners = []
    for contest in dict.fromkeys(map(_contest, rows)):
        rivals = sorted(
            (row for row in rows if _contest(row) == contest and row.score.rate is not None),
            key=lambda row: row.score.rate or 0.0,
        )
        intervals = [row.score.interval for row in rivals]
        first = intervals[0] if intervals else None
        if len(rivals) > 1 and first and all(other and not first.overlaps(other) for other in intervals[1:]):
            winners.append(rivals[0])
    return winners


def condition_label(card: Card) -> str:
    """Return the condition of a run, such as "babble, 10 dB"; "" for clips as they are."""
    strength = read_strength(card.settings)
    return strength.label if strength else ""


def system_label(card: Card) -> str:
    """Return the name of the system, with the condition if there is one."""
    label = condition_label(card)
    return f"{card.system} ({label})" if label else card.system


def _contest(row: Row) -> tuple[str, str, str, str]:
    """Return what rows must share to be compared."""
    return row.card.task, row.card.data_sha256, condition_label(row.card), row.score.group


def _cells(row: Row) -> list[str]:
    score, card = row.score, row.card
    interval, first = score.interval, score.first_seconds
    return [
        card.system,
        card.data_set,
        condition_label(card) or "none",
        score.group or "all",
        str(score.utterances),
        score.measure,
        _NO_VALUE if score.rate is None else f"{100 * score.rate:.2f}",
        f"{100 * interval.low:.2f} to {100 * interval.high:.2f}" if interval else _NO_VALUE,
        str(score.counts.substitutions),
        str(score.counts.deletions),
        str(score.counts.insertions),
        f"{100 * score.wrong_share:.1f}",
        str(score.failures),
        _NO_VALUE if score.real_time_factor is None else f"{score.real_time_factor:.3f}",
        *((f"{first[0]:.2f}", f"{first[1]:.2f}") if first else (_NO_VALUE, _NO_VALUE)),
        _NO_VALUE if score.similarity is None else f"{score.similarity:.3f}",
    ]


def _markdown(rows: Sequence[Row], protocol: ScoringProtocol) -> str:
    lines = [list(HEADER), ["---"] * len(HEADER)]
    winners = best_rows(rows)
    for row in rows:
        cells = [cell.replace("|", "\\|") for cell in _cells(row)]
        if row in winners:
            rate = HEADER.index("rate %")
            cells[rate] = f"**{cells[rate]}**"
        lines.append(cells)
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table}\n\nProtocol: {protocol.full_title}. Bold: the intervals of the other systems don't overlap.\n"


def _csv(rows: Sequence[Row], protocol: ScoringProtocol) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*HEADER, "protocol", "date"])
    writer.writerows([*_cells(row), protocol.name, row.card.date] for row in rows)
    return out.getvalue()


def _json(rows: Sequence[Row], protocol: ScoringProtocol) -> str:
    values = [{"protocol": protocol.name, "card": asdict(row.card), "score": asdict(row.score)} for row in rows]
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"


def _latex(rows: Sequence[Row], protocol: ScoringProtocol) -> str:
    lines = [" & ".join(cell.translate(LATEX_ESCAPES) for cell in cells) for cells in (HEADER, *map(_cells, rows))]
    body = " \\\\\n".join((lines[0] + r" \\ \hline" + "\n" + lines[1], *lines[2:])) if len(lines) > 1 else lines[0]
    caption = f"% Protocol: {protocol.full_title}"
    return f"{caption}\n\\begin{{tabular}}{{llll{'r' * (len(HEADER) - 4)}}}\n{body} \\\\\n\\end{{tabular}}\n"


KINDS: dict[str, Callable[[Sequence[Row], ScoringProtocol], str]] = {
    "markdown": _markdown,
    "csv": _csv,
    "json": _json,
    "latex": _latex,
}
