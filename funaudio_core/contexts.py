"""Context variables that last from one item of an iterator to the next. Knows none of them."""

from __future__ import annotations

import contextvars
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


def within(context: contextvars.Context, items: Iterator[T]) -> Generator[T]:
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
