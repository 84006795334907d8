"""Lines with error bars over ordered categories, as an SVG; each line has a color and a mark of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tabs.components.drawings.timeline import SPEAKER_COLORS

WIDTH, HEIGHT = 1000, 420  # user units; the drawing scales with the page
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 16, 56
LEGEND_ROW = 30
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0)  # between lines of the grid
GRID_LINES = 6
SHIFT = 8  # between the marks of two lines in one category, so that their bars don't hide each other
MARKS = (
    "M-7 -7H7V7H-7Z",
    "M0 -9L9 7H-9Z",
    "M0 -9L9 0L0 9L-9 0Z",
    "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0 -16 0Z",
)


@dataclass(frozen=True, slots=True)
class ChartPoint:
    """Point of a line: its category, value, and the ends of its interval if it has one."""

    category: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Line with its title."""

    title: str
    points: tuple[ChartPoint, ...]


def draw(lines: Sequence[Line], categories: Sequence[str], label: str, axis: str) -> str:
    """Return the drawing as HTML; values are shares and shown in percent.

    Args:
        lines: The lines.
        categories: Categories of the horizontal axis, in their order.
        label: Description for those who can't see the drawing.
        axis: Title of the horizontal axis.
    """
    top = max((point.high or point.value for line in lines for point in line.points), default=0.0)
    step = next((step for step in STEPS if top / step <= GRID_LINES), STEPS[-1])
    limit = max(step, step * -(-top // step))
    height = HEIGHT + LEGEND_ROW * len(lines)
    parts = [*_grid(step, limit), *_categories(categories, axis)]
    for number, line in enumerate(lines):
        shift = (number - (len(lines) - 1) / 2) * SHIFT
        parts += _line(line, number, categories, limit, shift)
        parts.append(_legend(line.title, number))
    return (
        f'<svg class="fa-chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}" '
        f'style="width:100%;height:auto">{"".join(parts)}</svg>'
    )


def _x(place: int, count: int) -> float:
    return LEFT + (place + 0.5) * (WIDTH - LEFT - RIGHT) / count


def _y(value: float, limit: float) -> float:
    return TOP + (1 - value / limit) * (HEIGHT - TOP - BOTTOM)


def _grid(step: float, limit: float) -> list[str]:
    parts = []
    for number in range(round(limit / step) + 1):
        y = _y(number * step, limit)
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity=".2"/>'
            f'<text x="{LEFT - 8}" y="{y + 6:.1f}" font-size="17" fill="currentColor" text-anchor="end">'
            f"{100 * number * step:g} %</text>"
        )
    return parts


def _categories(categories: Sequence[str], axis: str) -> list[str]:
    parts = [
        f'<text x="{_x(place, len(categories)):.1f}" y="{HEIGHT - BOTTOM + 22}" font-size="17" fill="currentColor" '
        f'text-anchor="middle">{escape(category)}</text>'
        for place, category in enumerate(categories)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [
        *parts,
        f'<text x="{middle}" y="{HEIGHT - 8}" font-size="17" fill="currentColor" text-anchor="middle">'
        f"{escape(axis)}</text>",
    ]


def _line(line: Line, number: int, categories: Sequence[str], limit: float, shift: float) -> list[str]:
    color, mark = _style(number)
    places = [
        (_x(categories.index(point.category), len(categories)) + shift, _y(point.value, limit)) for point in line.points
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    parts = [f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="3"/>'] if places else []
    for point, (x, y) in zip(line.points, places, strict=True):
        tip = f"{line.title}, {point.category}: {100 * point.value:.1f} %"
        bar = ""
        if point.low is not None and point.high is not None:
            tip += f" ({100 * point.low:.1f} – {100 * point.high:.1f} %)"
            bar = (
                f'<path d="M{x:.1f} {_y(point.low, limit):.1f}V{_y(point.high, limit):.1f}" stroke="{color}" '
                'stroke-width="2"/>'
            )
        parts.append(
            f"<g><title>{escape(tip)}</title>{bar}"
            f'<path d="{mark}" transform="translate({x:.1f} {y:.1f})" fill="{color}"/></g>'
        )
    return parts


def _legend(title: str, number: int) -> str:
    color, mark = _style(number)
    y = HEIGHT + LEGEND_ROW * (number + 0.5)
    return (
        f'<path d="{mark}" transform="translate({LEFT} {y})" fill="{color}"/>'
        f'<text x="{LEFT + 20}" y="{y + 6}" font-size="18" fill="currentColor">{escape(title)}</text>'
    )


def _style(number: int) -> tuple[str, str]:
    """Return the color and the mark of a line."""
    return SPEAKER_COLORS[number % len(SPEAKER_COLORS)], MARKS[number % len(MARKS)]
