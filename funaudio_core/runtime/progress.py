"""Progress of work that reports it by calls, as an iterator."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from funaudio_core.runtime.cancellation import cancellable

T = TypeVar("T")
STEP_SECONDS = 0.5  # between two reports


def iterate_progress(work: Callable[[Callable[[float], None]], T]) -> Generator[float, None, T]:
    """Run work in a thread and return its result; yield the share that is done every STEP_SECONDS.

    Closing this generator stops the work at its next cancellation check, and waits for that.

    Args:
        work: Called with a function that takes the share that is done, 0 to 1.
    """
    stop, shares = Event(), [0.0]
    with ThreadPoolExecutor(1, thread_name_prefix="progress") as pool:
        future = pool.submit(cancellable(stop, work), shares.append)
        try:
            while not wait([future], STEP_SECONDS).done:
                yield shares[-1]
                del shares[:-1]
        finally:
            stop.set()
        return future.result()
