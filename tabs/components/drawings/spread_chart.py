"""Values of several rows as dots, with a bar from the median to the 95th percentile of each row, as an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tabs.components.drawings.timeline import SPEAKER_COLORS

WIDTH, LEFT, RIGHT = 1000, 260, 90  # user units; the drawing scales with the page
ROW, HEAD = 46, 34
DOTS = 200  # of a row; of more values, every nth is drawn
MAX_TITLE_CHARACTERS = 26  # the rest is in the tip


@dataclass(frozen=True, slots=True)
class Spread:
    """Row: its title, values, median and 95th percentile."""

    title: str
    values: tuple[float, ...]
    median: float
    high: float


def draw(title: str, rows: Sequence[Spread], unit: str) -> str:
    """Return the drawing as HTML. unit: Unit of the values, "" for none."""
    limit = max((max(*row.values, row.high) for row in rows), default=0.0) or 1.0
    parts = [f'<text x="0" y="20" font-size="19" font-weight="600" fill="currentColor">{escape(title)}</text>']
    for number, row in enumerate(rows):
        parts.append(_row(row, HEAD + (number + 0.5) * ROW, limit, unit, SPEAKER_COLORS[number % len(SPEAKER_COLORS)]))
    return (
        f'<svg class="fa-chart" viewBox="0 0 {WIDTH} {HEAD + ROW * len(rows)}" role="img" '
        f'aria-label="{escape(title)}" style="width:100%;height:auto">{"".join(parts)}</svg>'
    )


def _row(row: Spread, y: float, limit: float, unit: str, color: str) -> str:
    scale = (WIDTH - LEFT - RIGHT) / limit
    shown = row.values[:: max(1, -(-len(row.values) // DOTS))]
    dots = "".join(f'<circle cx="{LEFT + value * scale:.1f}" cy="{y}" r="4"/>' for value in shown)
    median, high = LEFT + row.median * scale, LEFT + row.high * scale
    name = row.title if len(row.title) <= MAX_TITLE_CHARACTERS else f"{row.title[: MAX_TITLE_CHARACTERS - 1]}…"
    numbers = f"{row.median:.2f} – {row.high:.2f} {unit}".strip()
    return (
        f"<g><title>{escape(f'{row.title}: {numbers}')}</title>"
        f'<text x="{LEFT - 12}" y="{y + 6}" font-size="17" fill="currentColor" text-anchor="end">{escape(name)}</text>'
        f'<path d="M{median:.1f} {y}H{high:.1f}" stroke="{color}" stroke-width="12" stroke-opacity=".6"/>'
        f'<g fill="{color}" fill-opacity=".5">{dots}</g>'
        f'<path d="M{median:.1f} {y - 14}v28" stroke="currentColor" stroke-width="3"/>'
        f'<text x="{high + 10:.1f}" y="{y - 12}" font-size="15" fill="currentColor" '
        f'text-anchor="{"end" if high > WIDTH - 2 * RIGHT else "start"}">{escape(numbers)}</text></g>'
    )
