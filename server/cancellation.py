"""Running handlers of each page and session, and requests to stop them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from weakref import WeakSet

from server.request import session_id

STOP_SECONDS = 30.0  # that Stop waits for the current step
POLL_SECONDS = 0.1
SETTLE_SECONDS = 0.3  # for the last values to reach the browser
PageKey = tuple[str, str]  # (session, module of the page)
_RUNNING: dict[PageKey, list[threading.Event]] = {}  # stop events of running generators, oldest first
_LOCK = threading.Lock()


@dataclass(eq=False, slots=True, weakref_slot=True)
class StopRequest:
    """A request to stop the running handlers of a page.

    Attributes:
        page: Session and module of the page.
        events: Stop events of the handlers.
        superseded: True if the page shows values of a handler that was started since.
    """

    page: PageKey
    events: tuple[threading.Event, ...]
    superseded: bool = False

    @property
    def is_done(self) -> bool:
        """Return whether all of the handlers have ended."""
        with _LOCK:
            return not any(event in self.events for event in _RUNNING.get(self.page, []))


_STOP_REQUESTS: WeakSet[StopRequest] = WeakSet()  # those that a caller still waits for


@contextmanager
def track_handler(page: str) -> Iterator[threading.Event]:
    """Register a running handler; yield the event that request_stop() sets.

    Gradio's own cancellation may wait for the end of long work; a handler that looks at the event stops at its next
    step. Calls without a session can't be stopped.
    """
    key, event = (session_id(), page), threading.Event()
    if not key[0]:  # strangers must not share a key
        yield event
        return
    with _LOCK:
        _RUNNING.setdefault(key, []).append(event)
    try:
        yield event
    finally:
        with _LOCK:
            _RUNNING[key].remove(event)
            if not _RUNNING[key]:
                del _RUNNING[key]


def request_stop(page: str) -> StopRequest:
    """Stop what this session runs on a page; each generator ends at its next step.

    Args:
        page: The `__name__` of the module of the handlers.
    """
    key = session_id(), page
    with _LOCK:
        request = StopRequest(key, tuple(_RUNNING.get(key, [])))
        _STOP_REQUESTS.add(request)
        for event in request.events:
            event.set()
    return request


def mark_shown(page: str) -> None:
    """Mark the stop requests of this session's page as superseded by newer values."""
    if not (session := session_id()):
        return
    with _LOCK:
        for request in _STOP_REQUESTS:
            request.superseded |= request.page == (session, page)


def stop_older(page: str) -> None:
    """Stop what this session runs on a page, except the handler that was started last: the caller."""
    with _LOCK:
        for event in _RUNNING.get((session_id(), page), [])[:-1]:
            event.set()


def wait_until_stopped(request: StopRequest, seconds: float = STOP_SECONDS) -> bool:
    """Wait until the handlers of a stop request have ended, so that none of their values arrives later.

    Args:
        request: Result of request_stop().
        seconds: Time limit.

    Returns:
        True if they have ended or the request was superseded, False after the time limit.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not request.superseded:
        if request.is_done:
            time.sleep(SETTLE_SECONDS)
            return True
        time.sleep(POLL_SECONDS)
    return request.superseded
