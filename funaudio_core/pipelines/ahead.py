"""Work done ahead, in a thread of its own, while what came of it before is still being used. Knows no engine."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import TypeVar

from funaudio_core.stopping import Stopped, stoppable

T = TypeVar("T")


def ahead(items: Iterator[T]) -> Generator[T]:
    """The same items, drawn in a thread as fast as they come, in the caller's context (whose request this is).

    Closing this ends `items` where it asks stopping.check(), at its next step otherwise, and waits for that. Raises
    what `items` raises.
    """
    with closing(_drawn(items, None)) as drawn:
        for item in drawn:
            if item is not None:
                yield item[0]


def beating(items: Iterator[T], every: float) -> Generator[tuple[T] | None]:
    """As ahead(), each item alone in a tuple, and None whenever nothing came for so many seconds: a moment at which
    whoever asks may leave.
    """
    return _drawn(items, every)


def _drawn(items: Iterator[T], every: float | None) -> Generator[tuple[T] | None]:
    waiting: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()
    stop = Event()

    def draw() -> None:
        try:
            for item in items:
                if stop.is_set():
                    break
                waiting.put((item,))
        except Stopped:
            if not stop.is_set():  # not ours: whoever asked for this is to end as well
                raise
        finally:
            if hasattr(items, "close"):
                items.close()
            waiting.put(None)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        drawing = pool.submit(stoppable(stop, draw))
        try:
            while True:
                try:
                    drawn = waiting.get(timeout=every)
                except queue.Empty:
                    yield None
                    continue
                if drawn is None:
                    break
                yield drawn
        finally:
            stop.set()
        drawing.result()
