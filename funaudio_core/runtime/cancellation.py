"""Cooperative cancellation of long work, carried by a context variable."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Generator, Iterator
from threading import Event
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
POLL_SECONDS = 0.25  # between two checks of sleep()
_CANCEL_EVENTS: contextvars.ContextVar[tuple[Event, ...]] = contextvars.ContextVar("stops", default=())


class Cancelled(Exception):
    """Raised by check() in work that is to end. Whoever gave the event catches it."""


def raise_if_cancelled() -> None:
    """Raises Stopped where the work is to end; to be called wherever a loop may go on for more than half a second."""
    if any(stop.is_set() for stop in _CANCEL_EVENTS.get()):
        raise Cancelled


def sleep(seconds: float) -> None:
    """As time.sleep(), but raises Stopped within LOOK_SECONDS where the work is to end."""
    deadline = time.monotonic() + seconds
    raise_if_cancelled()
    while (remaining := deadline - time.monotonic()) > 0:
        time.sleep(min(POLL_SECONDS, remaining))
        raise_if_cancelled()


def cancel_context(event: Event) -> contextvars.Context:
    """A copy of the caller's context in which check() heeds `stop` as well."""
    context = contextvars.copy_context()
    context.run(lambda: _CANCEL_EVENTS.set((*_CANCEL_EVENTS.get(), event)))
    return context


def cancellable(event: Event, function: Callable[P, T]) -> Callable[P, T]:
    """`work`, to be run in a thread of its own, in the caller's context but for `stop`, which check() heeds as well."""
    context = cancel_context(event)

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.run(function, *args, **kwargs)

    return run


def iterate_in_context(context: contextvars.Context, items: Iterator[T]) -> Generator[T]:
    """The same items, each drawn in `context`: a server may draw every one in another thread and context.

    Closing this closes `items`, in the context too.
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
