"""Losses of a training run by step as an SVG: training and held-out data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from server.request import localize

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 280, 56, 14, 34, 34  # user units; the drawing scales with the page
TRAINING_COLOR, HELD_OUT_COLOR = "#0072b2", "#d55e00"  # distinguishable for the color-blind, on light and dark pages
FONT_SIZE = 16
TICKS = 5  # at most, on each axis
MIN_SPAN = 1e-3  # of the losses, so that a constant one is drawn as a line in the middle


@dataclass(frozen=True, slots=True)
class LossPoint:
    """Loss after a number of steps."""

    step: int
    loss: float


def draw(training: Sequence[LossPoint], held_out: Sequence[LossPoint]) -> str:
    """Return the drawing as HTML; "" without any finite loss.

    Args:
        training: Losses of the training data by step.
        held_out: Losses of the held-out data by step.
    """
    drawn = [point for point in (*training, *held_out) if math.isfinite(point.loss)]
    if not drawn:
        return ""
    scale = _Scale.fit(drawn)
    summary = localize("Loss by step: training and held-out data")
    lines = _curve(training, scale, TRAINING_COLOR) + _curve(held_out, scale, HELD_OUT_COLOR, is_marked=True)
    return (
        f'<svg class="fa-loss" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(summary)}" '
        f'style="width:100%;height:auto">{_axes(scale)}{lines}{_legend()}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Place of steps and losses in the drawing."""

    steps: int
    low: float
    high: float

    @classmethod
    def fit(cls, points: Sequence[LossPoint]) -> _Scale:
        low, high = min(point.loss for point in points), max(point.loss for point in points)
        margin = max(MIN_SPAN, 0.05 * (high - low))
        return cls(max(1, *(point.step for point in points)), max(0.0, low - margin), high + margin)

    def x(self, step: float) -> float:
        return LEFT + step / self.steps * (WIDTH - LEFT - RIGHT)

    def y(self, loss: float) -> float:
        return TOP + (self.high - loss) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)


def _curve(points: Sequence[LossPoint], scale: _Scale, color: str, *, is_marked: bool = False) -> str:
    """Return a line through the points, with a gap where a loss is not finite; a mark on each if `is_marked`."""
    path, command = [], "M"
    for point in points:
        if not math.isfinite(point.loss):
            command = "M"
            continue
        path.append(f"{command}{scale.x(point.step):.1f} {scale.y(point.loss):.1f}")
        command = "L"
    line = f'<path d="{"".join(path)}" fill="none" stroke="{color}" stroke-width="2.5" stroke-linejoin="round"/>'
    shown = [point for point in points if math.isfinite(point.loss)] if is_marked or len(path) == 1 else []
    return line + "".join(_mark(point, scale, color) for point in shown)


def _mark(point: LossPoint, scale: _Scale, color: str) -> str:
    tip = localize("Step {step}: {loss:.3f}", step=point.step, loss=point.loss)
    place = f'cx="{scale.x(point.step):.1f}" cy="{scale.y(point.loss):.1f}"'
    return f'<circle {place} r="5" fill="{color}"><title>{escape(tip)}</title></circle>'


def _axes(scale: _Scale) -> str:
    """Return grid lines with the losses, and the steps below."""
    parts = []
    for loss in _ticks(scale.low, scale.high):
        y = scale.y(loss)
        line = f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity=".15"/>'
        parts.append(line + _label(f"{loss:g}", LEFT - 12, y + FONT_SIZE * 0.35, "end"))
    whole = [step for step in _ticks(0, scale.steps) if step == int(step)]
    parts += [_label(f"{step:g}", scale.x(step), HEIGHT - BOTTOM + FONT_SIZE + 8, "middle") for step in whole]
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Return at most TICKS + 1 round numbers between two limits."""
    rough = (high - low) / TICKS
    power = 10 ** math.floor(math.log10(rough))
    size = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return [round(size * number, 10) for number in range(math.ceil(low / size), math.floor(high / size) + 1)]


def _label(text: str, x: float, y: float, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="{FONT_SIZE}" fill="currentColor" fill-opacity=".75">{escape(text)}</text>'


def _legend() -> str:
    names = ((localize("Training loss"), TRAINING_COLOR), (localize("Held-out loss"), HELD_OUT_COLOR))
    parts = []
    for number, (name, color) in enumerate(names):
        x = LEFT + number * (WIDTH - LEFT) / 3
        swatch = f'<rect x="{x:.0f}" y="10" width="22" height="6" rx="3" fill="{color}"/>'
        parts.append(swatch + _label(name, x + 30, 18, "start"))
    return "".join(parts)
