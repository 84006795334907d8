"""What a visitor has running on a page, and its end: Stop, and whatever else ends what went before. Knows no page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakSet

from server.request import session_id

STOP_SECONDS = 30.0  # that Stop waits for the step under way
Running = tuple[str, str]  # (session, module of a page): what Stop on that page ends
_RUNNING: dict[Running, list[threading.Event]] = {}  # what ends each running generator, oldest first
_RUNNING_GUARD = threading.Lock()


@dataclass(eq=False, slots=True, weakref_slot=True)
class StopRequest:
    """What one call of halt() ended. stops: by which each of it is told so.

    followed: whether the visitor has ordered something else on that page since, and already sees something of it.
    """

    page: Running
    stops: tuple[threading.Event, ...]
    superseded: bool = False

    @property
    def over(self) -> bool:
        """Whether all of it has ended."""
        with _RUNNING_GUARD:
            return not any(stop in self.stops for stop in _RUNNING.get(self.page, []))


_HALTED: WeakSet[StopRequest] = WeakSet()  # as long as those who halted it look at it


@contextmanager
def running(page: str) -> Iterator[threading.Event]:
    """Lets halt() end the body at its next step: Gradio's own cancelling may wait for the end of long work."""
    key, stopped = (session_id(), page), threading.Event()
    if not key[0]:  # a direct call: nobody can ask for its end, and strangers must not share a key
        yield stopped
        return
    with _RUNNING_GUARD:
        _RUNNING.setdefault(key, []).append(stopped)
    try:
        yield stopped
    finally:
        with _RUNNING_GUARD:
            _RUNNING[key].remove(stopped)
            if not _RUNNING[key]:
                del _RUNNING[key]


def request_stop(page: str) -> StopRequest:
    """End what this visitor has running on a page; each generator stops at its next step.

    page: the `__name__` of the module that the handlers stand in.
    """
    key = session_id(), page
    with _RUNNING_GUARD:
        halted = StopRequest(key, tuple(_RUNNING.get(key, [])))
        _HALTED.add(halted)
        for stopped in halted.stops:
            stopped.set()
    return halted


def mark_shown(page: str) -> None:
    """What was halted on a page of this visitor's is not the last thing that they see there any more."""
    if not (visitor := session_id()):
        return
    with _RUNNING_GUARD:
        for halted in _HALTED:
            halted.superseded |= halted.page == (visitor, page)


def stop_older(page: str) -> None:
    """End what this visitor has running on a page but for the one that was begun last, the caller."""
    with _RUNNING_GUARD:
        for stopped in _RUNNING.get((session_id(), page), [])[:-1]:
            stopped.set()


def wait_until_stopped(halted: StopRequest, seconds: float = STOP_SECONDS) -> bool:
    """Wait until what halt() ended is over, so that its last values can't come after what is said next.

    Returns whether it is, or whether nothing is to be said next: where it is `followed`, that is what the page shows.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not halted.superseded:
        if halted.over:
            time.sleep(0.3)
            return True
        time.sleep(0.1)
    return halted.superseded
