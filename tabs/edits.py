"""What a step of a generator handler tells the browser: the values that have changed, each of them whole."""

from __future__ import annotations

from typing import Any

import gradio as gr

Edit = list[Any]  # [action, path within the value, what comes there]


class Whole(gr.Blocks):
    """Blocks whose steps never change a part of a value.

    Gradio tells a browser by which edits an output's value becomes the next one, and the browser makes them within the
    value it was given. Where two steps arrive together, that is before it has shown the first: a button that wakes in
    the first and is left alone in the second then stays asleep.
    """

    def handle_streaming_diffs(
        self,
        block_fn: Any,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """See gr.Blocks: the values of a step, or what makes those of the step before into them."""
        before = None
        if session_hash is not None and run is not None and not final and not simple_format:
            before = self.pending_diff_streams[session_hash].get(run)
        last = list(before or ())
        values = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format=True)
        if before is None:
            return values
        last += [None] * (len(values) - len(last))  # an app that is loaded anew may have more outputs
        return [edits(old, new) for old, new in zip(last, values, strict=True)]


def edits(old: Any, new: Any) -> list[Edit]:
    """What makes `old` into `new`: nothing where they are equal, the rest where text goes on, else all of it."""
    if old == new:
        return []
    if isinstance(old, str) and isinstance(new, str) and new.startswith(old):
        return [["append", [], new[len(old) :]]]
    return [["replace", [], new]]
