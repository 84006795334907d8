"""Work done ahead, in a thread of its own, while what came of it before is still being used. Knows no engine."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Generic, TypeVar

from funaudio_core.runtime.cancellation import Cancelled, cancellable

T = TypeVar("T")


def prefetch(items: Iterator[T]) -> Generator[T]:
    """The same items, drawn in a thread as fast as they come, in the caller's context (whose request this is).

    Closing this ends `items` where it asks stopping.check(), at its next step otherwise, and waits for that. Raises
    what `items` raises.
    """
    with closing(ThreadedMerge[T]()) as drawing:
        drawing.add(items)
        yield from drawing.items()


def prefetch_with_heartbeat(items: Iterator[T], interval: float) -> Generator[tuple[T] | None]:
    """As ahead(), each item alone in a tuple, and None whenever nothing came for so many seconds: a moment at which
    whoever asks may leave.
    """
    with closing(ThreadedMerge[T]()) as drawing:
        drawing.add(items)
        yield from drawing.items_or_heartbeat(interval)


class ThreadedMerge(Generic[T]):
    """Iterators, each drawn in a thread of its own; what comes of all of them is one stream, in order of time.

    Holds the state of one request, and is used by one thread. Closing it ends them as closing ahead() does.
    """

    def __init__(self, max_workers: int = 1) -> None:
        """most: iterators that can be drawn at once."""
        self._results: queue.SimpleQueue[tuple[T] | Future[None]] = queue.SimpleQueue()
        self._stop = Event()
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="ahead")
        self._active = 0  # that have not ended

    def add(self, items: Iterator[T], trailing: Sequence[T] = ()) -> None:
        """Draw one more, in the caller's context. last: what comes behind its items where it ends by itself."""
        self._active += 1
        self._pool.submit(cancellable(self._stop, self._run), items, trailing).add_done_callback(self._results.put)

    def items(self) -> Generator[T]:
        """Every item as it comes, until all have ended. Raises what one of them raises."""
        for beat in self.items_or_heartbeat(None):
            if beat is not None:
                yield beat[0]

    def items_or_heartbeat(self, interval: float | None) -> Generator[tuple[T] | None]:
        """The same as beating() gives it; every: None for as long as it takes."""
        while self._active:
            try:
                result = self._results.get(timeout=interval)
            except queue.Empty:
                yield None
                continue
            if isinstance(result, Future):
                self._active -= 1
                result.result()
            else:
                yield result

    def close(self) -> None:
        """End them, and wait for that."""
        self._stop.set()
        self._pool.shutdown()

    def _run(self, items: Iterator[T], trailing: Sequence[T]) -> None:
        try:
            for item in items:
                if self._stop.is_set():
                    return
                self._results.put((item,))
            for item in trailing:
                self._results.put((item,))
        except Cancelled:
            if not self._stop.is_set():  # not ours: whoever asked for this is to end as well
                raise
        finally:
            if hasattr(items, "close"):
                items.close()


class ThreadQueue(Generic[T]):
    """An iterator that one thread feeds while another draws it."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()

    def put(self, item: T) -> None:
        """One more item."""
        self._items.put((item,))

    def close(self) -> None:
        """No more items come."""
        self._items.put(None)

    def __iter__(self) -> Iterator[T]:
        """Itself."""
        return self

    def __next__(self) -> T:
        """The next item, as soon as it comes."""
        got = self._items.get()
        if got is None:
            self.close()
            raise StopIteration
        return got[0]
