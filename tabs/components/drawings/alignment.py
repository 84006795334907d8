"""Alignment of a transcript with its reference, in colors."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from funaudio_core.evaluation.alignment import Kind, Step


def steps_html(steps: Iterable[Step], separator: str) -> str:
    """Return an alignment: what was left out is struck through, what was added is underlined.

    Args:
        steps: Steps of the alignment.
        separator: What stands between two words: a space, or "".
    """
    return f'<p class="fa-alignment">{separator.join(map(_step_html, steps))}</p>'


def _step_html(step: Step) -> str:
    reference, hypothesis = escape(step.reference), escape(step.hypothesis)
    if step.kind is Kind.EQUAL:
        return reference
    return (f"<del>{reference}</del>" if reference else "") + (f"<ins>{hypothesis}</ins>" if hypothesis else "")
