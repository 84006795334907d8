"""Results of the section Robustness: the drawn curves, the table, and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gradio as gr

from funaudio_core.evaluation import tables
from funaudio_core.evaluation.conditions.catalog import condition
from funaudio_core.evaluation.protocols import ScoringProtocol
from funaudio_core.evaluation.results import ResultFile
from funaudio_core.evaluation.views.curves import Curve, Point, build_curves, score_rows
from server.request import localize
from server.updates import Outputs, Update
from tabs.components.drawings import line_chart
from tabs.components.drawings.line_chart import ChartPoint, Line
from tabs.components.outputs import (
    disabled_download,
    download_buttons,
    enabled_download,
    labelled_html,
    write_file,
)
from tabs.evaluate import report

_FORMATS = (("csv", "csv"), ("markdown", "md"), ("latex", "tex"), ("json", "json"))


@dataclass(frozen=True, slots=True)
class CurveOutput(Outputs):
    """Components that show curves.

    Attributes:
        status: Status line.
        curve: The drawing.
        table: Table of scores.
        results: Download of the files of results.
        csv: Download of the table.
        markdown: Download of the table.
        latex: Download of the table.
        json: Download of the table.
    """

    status: gr.HTML
    curve: gr.HTML
    table: gr.HTML
    results: gr.DownloadButton
    csv: gr.DownloadButton
    markdown: gr.DownloadButton
    latex: gr.DownloadButton
    json: gr.DownloadButton


def build_output(status: gr.HTML) -> CurveOutput:
    """Add the components below a status line."""
    curve, table = labelled_html("robustness.curve"), labelled_html("robustness.table")
    with gr.Row(elem_classes="fa-wrap"):
        downloads = download_buttons(*(f"evaluate.{name}" for name in ("results", "csv", "markdown", "latex")), "json")
    return CurveOutput(status, curve, table, *downloads)


def empty_update(status: str) -> Update:
    """Return the update that empties the results."""
    no_files = dict.fromkeys(("results", *(name for name, _ in _FORMATS)), disabled_download())
    return Update(status=status, curve="", table="", **no_files)


def progress_update(files: Sequence[ResultFile], protocol: ScoringProtocol) -> Update:
    """Return the update with the points so far."""
    rows = score_rows(files, protocol)
    return Update(curve=curves_html(build_curves(files, protocol)), table=report.scores_html(rows, protocol))


def final_update(files: Sequence[ResultFile], protocol: ScoringProtocol) -> Update:
    """Return the update with the curves, the table and downloads."""
    rows = score_rows(files, protocol)
    downloads = {
        name: enabled_download(write_file(tables.render(rows, protocol, name), f"robustness.{suffix}"))
        for name, suffix in _FORMATS
    }
    packed = enabled_download(write_file(report.pack(files), "results.zip"))
    return Update(**progress_update(files, protocol), results=packed, **downloads)


def curves_html(curves: Sequence[Curve]) -> str:
    """Return the curves of one condition as a drawing; "" without any."""
    if not curves:
        return ""
    row = condition(curves[0].condition)
    longest = max(curves, key=lambda curve: len(curve.points))
    lines = [Line(curve.system, tuple(map(_chart_point, curve.points))) for curve in curves]
    axis = localize("{condition} in {unit}", condition=row.title, unit=row.unit)
    label = localize("Error rate by strength: {condition}", condition=row.title)
    return line_chart.draw(lines, [_category(point) for point in longest.points], label, axis)


def _chart_point(point: Point) -> ChartPoint:
    interval = point.score.interval
    ends = (interval.low, interval.high) if interval else (None, None)
    return ChartPoint(_category(point), point.score.rate or 0.0, *ends)


def _category(point: Point) -> str:
    """Return the strength as a label of the axis."""
    return localize("as it is") if point.strength is None else f"{point.strength:g}"
