"""Handlers of the opening of the page, which run in one event.

With these many components, an event takes Gradio's browser client some 40 ms of a core: thirty would take a second.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr

from tabs.components.layout import surrounding_blocks

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Handler with its components."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]

    def run(self, values: Iterator[Any]) -> list[Any]:
        """Return the values of the outputs for the next values of the inputs."""
        arguments = [next(values) for _ in self.inputs]
        try:
            result = self.function(*arguments)
        except Exception:  # the handlers of the other pages must still run
            log.exception("a page could not be updated when it was opened")
            return [gr.skip()] * len(self.outputs)
        return [result] if len(self.outputs) == 1 else list(result) if isinstance(result, (list, tuple)) else [result]


_openings: WeakKeyDictionary[gr.Blocks, list[_Opening]] = WeakKeyDictionary()


def on_page_load(function: Callable[[], Any], output: Any) -> None:
    """Fill an output in the visitor's language when the page is opened."""
    page_opened(function, None, output)


def page_opened(function: Callable[..., Any], inputs: Any, outputs: Any, **_options: Any) -> None:
    """Add a handler that runs when the page is opened, as connect() takes it; wire_page_load() attaches it.

    Args:
        function: The handler; not a generator.
        inputs: Component or components.
        outputs: Component or components.
    """
    opening = _Opening(function, _as_tuple(inputs), _as_tuple(outputs))
    _openings.setdefault(surrounding_blocks()[0], []).append(opening)


def wire_page_load(app: gr.Blocks) -> None:
    """Attach the handlers that were added for an app, as one event."""
    openings = _openings.pop(app, [])

    def on_page_open(*values: Any) -> list[Any]:
        left = iter(values)
        return [value for opening in openings for value in opening.run(left)]

    app.load(
        on_page_open,
        [component for opening in openings for component in opening.inputs],
        [component for opening in openings for component in opening.outputs],
        show_progress="hidden",
        api_visibility="private",
    )


def _as_tuple(components: Any) -> tuple[Any, ...]:
    if components is None:
        return ()
    return tuple(components) if isinstance(components, Sequence) else (components,)
