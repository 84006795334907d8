"""Panels of further views of results: latency as a drawing, emotions as a matrix, and both as files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from html import escape

from funaudio_core.evaluation.results import Card, ResultFile
from funaudio_core.evaluation.tables import system_label
from funaudio_core.evaluation.views.emotions import NONE, ConfusionMatrix, confusion_matrices
from funaudio_core.evaluation.views.grid import FORMATS
from funaudio_core.evaluation.views.latency import Quantiles, measure_latency
from funaudio_core.evaluation.views.views import VIEWS, build
from funaudio_core.labels import EMOTIONS
from server.request import localize
from tabs.components.drawings import spread_chart
from tabs.components.drawings.spread_chart import Spread


def latency_html(files: Sequence[ResultFile]) -> str:
    """Return the real-time factors and the times until the first result as drawings; "" for neither."""
    rows = measure_latency(files)
    drawings = (
        (localize("Real-time factor: median – 95th percentile"), [(row.card, row.factors) for row in rows], ""),
        (
            localize("First words or sound: median – 95th percentile"),
            [(row.card, row.first_seconds) for row in rows],
            "s",
        ),
    )
    return "".join(
        spread_chart.draw(title, spreads, unit)
        for title, found, unit in drawings
        if (spreads := [_spread(card, each) for card, each in found if each])
    )


def _spread(card: Card, found: Quantiles) -> Spread:
    return Spread(system_label(card), found.values, found.median, found.high)


def emotions_html(files: Sequence[ResultFile]) -> str:
    """Return a matrix for each system that recognizes emotions of references; "" for none."""
    return "".join(map(_matrix_html, confusion_matrices(files)))


def _matrix_html(matrix: ConfusionMatrix) -> str:
    columns = matrix.recognized
    head = "".join(f'<th scope="col">{escape(_name(code))}</th>' for code in columns)
    body = "".join(_matrix_row(matrix, reference, columns) for reference in matrix.references)
    caption = localize(
        "{system}: accuracy {accuracy:.0%}, mean recall {recall:.0%}. Rows: reference; columns: recognized.",
        system=matrix.system,
        accuracy=matrix.accuracy,
        recall=matrix.mean_recall,
    )
    return (
        f'<div class="fa-scroll"><table class="fa-check"><caption>{escape(caption)}</caption>'
        f"<tr><td></td>{head}</tr>{body}</table></div>"
    )


def _matrix_row(matrix: ConfusionMatrix, reference: str, columns: Sequence[str]) -> str:
    """Return a row; the darker a cell, the larger its share."""
    cells = []
    for code in columns:
        count = matrix.counts[reference, code]
        shade = round(55 * count / matrix.total(reference))
        style = f"background:color-mix(in srgb, {EMOTIONS[reference].color} {shade}%, transparent)"
        shown = f"<strong>{count}</strong>" if code == reference else str(count)
        cells.append(f'<td style="{style}">{shown}</td>')
    return f'<tr><th scope="row">{escape(_name(reference))}</th>{"".join(cells)}</tr>'


def _name(code: str) -> str:
    return localize("none") if code == NONE else localize(EMOTIONS[code].en)


def pack_views(files: Sequence[ResultFile]) -> bytes:
    """Return the tables of all views, in each format, as a ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in VIEWS:
            grid = build(name, files)
            for kind, suffix in FORMATS.items():
                archive.writestr(f"{name}.{suffix}", grid.render(kind))
    return out.getvalue()
