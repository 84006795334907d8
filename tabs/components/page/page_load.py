"""Handlers of one event that many components have, such as the opening of the page, which run as one.

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
class _Handler:
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
            log.exception("a page could not be updated")
            result = gr.skip()
        if isinstance(result, (list, tuple)) and len(self.outputs) > 1:
            return list(result)
        return [result] * len(self.outputs)  # one value, or gr.skip() for all


class SharedEvent:
    """Handlers of an event, by app."""

    def __init__(self) -> None:
        """Create the event without handlers."""
        self._handlers: WeakKeyDictionary[gr.Blocks, list[_Handler]] = WeakKeyDictionary()

    def add(self, function: Callable[..., Any], inputs: Any, outputs: Any, **_options: Any) -> None:
        """Add a handler for the app that is being built, as connect() takes it.

        Args:
            function: The handler; not a generator.
            inputs: Component or components.
            outputs: Component or components.
        """
        added = _Handler(function, _as_tuple(inputs), _as_tuple(outputs))
        self._handlers.setdefault(surrounding_blocks()[0], []).append(added)

    def attach(self, app: gr.Blocks, listen: Callable[..., Any]) -> None:
        """Attach the handlers that were added for an app since the last call to an event listener."""
        handlers = self._handlers.pop(app, [])
        if not handlers:
            return

        def on_shared_event(*values: Any) -> Any:
            left = iter(values)
            found = [value for handler in handlers for value in handler.run(left)]
            return found[0] if len(found) == 1 else found  # Gradio takes a list for the value of a single output

        listen(
            on_shared_event,
            [component for handler in handlers for component in handler.inputs],
            [component for handler in handlers for component in handler.outputs],
            show_progress="hidden",
            api_visibility="private",
        )


_page_load = SharedEvent()
page_opened = _page_load.add


def on_page_load(function: Callable[[], Any], output: Any) -> None:
    """Fill an output in the visitor's language when the page is opened."""
    page_opened(function, None, output)


def wire_page_load(app: gr.Blocks) -> None:
    """Attach the handlers that page_opened() and on_page_load() added for an app since the last call.

    Called at the end of each page, so that they run when the page comes to the browser.
    """
    _page_load.attach(app, app.load)


def _as_tuple(components: Any) -> tuple[Any, ...]:
    if components is None:
        return ()
    return tuple(components) if isinstance(components, Sequence) else (components,)
