"""Iterators that run ahead in a thread while their consumer uses earlier items."""

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
    """Yield the items, which a thread produces as fast as it can in a copy of the caller's context.

    Closing this generator stops `items` at its next cancellation check or item, and waits for that. Exceptions of
    `items` are raised here.
    """
    with closing(ThreadedMerge[T]()) as drawing:
        drawing.add(items)
        yield from drawing.items()


def prefetch_with_heartbeat(items: Iterator[T], interval: float) -> Generator[tuple[T] | None]:
    """Yield as prefetch() does, but each item in a 1-tuple, and None after every `interval` seconds without one.

    At a None the consumer can check whether to stop.
    """
    with closing(ThreadedMerge[T]()) as drawing:
        drawing.add(items)
        yield from drawing.items_or_heartbeat(interval)


class ThreadedMerge(Generic[T]):
    """Merge of several iterators, each run in its own thread, in order of arrival.

    Serves one request and is used by one thread. Closing it stops the iterators as closing prefetch() does.
    """

    def __init__(self, max_workers: int = 1) -> None:
        """Allow `max_workers` iterators at a time."""
        self._results: queue.SimpleQueue[tuple[T] | Future[None]] = queue.SimpleQueue()
        self._stop = Event()
        self._pool = ThreadPoolExecutor(max_workers, thread_name_prefix="prefetch")
        self._active = 0  # iterators that have not ended

    def add(self, items: Iterator[T], trailing: Sequence[T] = ()) -> None:
        """Start an iterator in a copy of the caller's context; `trailing` follows its items if it ends by itself."""
        self._active += 1
        self._pool.submit(cancellable(self._stop, self._run), items, trailing).add_done_callback(self._results.put)

    def items(self) -> Generator[T]:
        """Yield items until all iterators have ended. Raise what one of them raises."""
        for item in self.items_or_heartbeat(None):
            if item is not None:
                yield item[0]

    def items_or_heartbeat(self, interval: float | None) -> Generator[tuple[T] | None]:
        """Yield 1-tuples, and None after `interval` seconds without an item (never if `interval` is None)."""
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
        """Stop the iterators and wait for their threads."""
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
            if not self._stop.is_set():  # the caller was cancelled, not this merge
                raise
        finally:
            if hasattr(items, "close"):
                items.close()


class ThreadQueue(Generic[T]):
    """Iterator that one thread feeds and another consumes."""

    def __init__(self) -> None:
        """Create an empty queue."""
        self._items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()

    def put(self, item: T) -> None:
        """Append an item."""
        self._items.put((item,))

    def close(self) -> None:
        """End the iterator after the items so far."""
        self._items.put(None)

    def __iter__(self) -> Iterator[T]:
        """Return self."""
        return self

    def __next__(self) -> T:
        """Return the next item, waiting for it."""
        item = self._items.get()
        if item is None:
            self.close()
            raise StopIteration
        return item[0]
