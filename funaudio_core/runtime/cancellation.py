"""Cooperative cancellation of long work, carried by a context variable."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Generator, Iterator
from threading import Event
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
POLL_SECONDS = 0.25  # between two checks for cancellation
_CANCEL_EVENTS: contextvars.ContextVar[tuple[Event, ...]] = contextvars.ContextVar("stops", default=())


class Cancelled(Exception):
    """Raised in work that was cancelled; the owner of the cancel event catches it."""


def raise_if_cancelled() -> None:
    """Raise Cancelled if a cancel event of the current context is set.

    Call it in every loop that may run for more than half a second.
    """
    if any(stop.is_set() for stop in _CANCEL_EVENTS.get()):
        raise Cancelled


def sleep(seconds: float) -> None:
    """Sleep like time.sleep(), but raise Cancelled within POLL_SECONDS of a cancellation."""
    deadline = time.monotonic() + seconds
    raise_if_cancelled()
    while (remaining := deadline - time.monotonic()) > 0:
        time.sleep(min(POLL_SECONDS, remaining))
        raise_if_cancelled()


def cancel_context(event: Event) -> contextvars.Context:
    """Return a copy of the current context in which raise_if_cancelled() also checks `event`."""
    context = contextvars.copy_context()
    context.run(lambda: _CANCEL_EVENTS.set((*_CANCEL_EVENTS.get(), event)))
    return context


def cancellable(event: Event, function: Callable[P, T]) -> Callable[P, T]:
    """Wrap `function` for another thread: it runs in a copy of the current context that `event` cancels."""
    context = cancel_context(event)

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(function, *args, **kwargs)

    return run


def iterate_in_context(context: contextvars.Context, items: Iterator[T]) -> Generator[T]:
    """Yield the items, taking each one in `context`.

    A server may advance a generator in a different thread and context each time. Closing this generator closes `items`,
    in `context` too.
    """
    try:
        while True:
            try:
                item = context.run(next, items)
            except StopIteration:
                return
            yield item
    finally:
        if hasattr(items, "close"):
            context.run(items.close)
