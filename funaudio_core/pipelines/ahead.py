"""Work done ahead, in a thread of its own, while what came of it before is still being used. Knows no engine."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TypeVar

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T]:
    """The same items, drawn in a thread as fast as they come.

    Closing this closes `items` at its next step, and waits for that. Raises what `items` raises.
    """
    waiting: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
    stop = Event()

    def draw() -> None:
        try:
            for item in items:
                if stop.is_set():
                    break
                waiting.put((item,))
        finally:
            if hasattr(items, "close"):
                items.close()
            waiting.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        drawing = pool.submit(draw)
        try:
            while (drawn := waiting.get()) is not None:
                yield drawn[0]
        finally:
            stop.set()
        drawing.result()
