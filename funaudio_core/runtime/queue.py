"""Fair queue with a per-client limit."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self

from funaudio_core.errors import FunAudioError

LATEST_WEIGHT = 0.2  # of the latest run in the moving average


class QueueFull(FunAudioError):
    """The queue has no room, or none for this client or network; the message says which."""


@dataclass(frozen=True, slots=True)
class Position:
    """Place in the queue.

    Attributes:
        ahead: Number of requests that will start before this one.
        wait_seconds: Estimated seconds until the start; None before any request has finished.
    """

    ahead: int
    wait_seconds: float | None


class FairQueue:
    """Queue that runs `capacity` requests at a time and keeps `max_waiting` more. Thread-safe.

    One client may have `per_client` requests, running and waiting together. The client with the fewest running requests
    is served first; among equals, the one served least recently. Requests of one client run in order. Work in the
    background is served when nobody else waits.
    """

    def __init__(self, capacity: int, max_waiting: int, per_client: int) -> None:
        """Create an empty queue.

        Args:
            capacity: Requests that run at a time.
            max_waiting: Requests that may wait.
            per_client: Requests of one client, running and waiting together.
        """
        self.capacity, self._max_waiting, self._per_client = capacity, max_waiting, per_client
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._last_served: dict[str, float] = {}  # client -> monotonic time of its latest start
        self._average_seconds: float | None = None  # moving average of the running time

    def join(self, client: str, source: str = "") -> Ticket:
        """Return a ticket at the end of the queue; use it as a context manager, so that it is always released.

        Args:
            client: Key of the per-client limit.
            source: Network address; "" is not counted. One source gets at most half of the queue, because a script can
                appear as any number of clients.

        Raises:
            QueueFull: There is no room.
        """
        with self._changed:
            self._refuse_excess(client, source)
            ticket = Ticket(self, client, source)
            self._waiting.append(ticket)
            self._admit()
        return ticket

    def join_in_background(self, client: str) -> Ticket:
        """Return a ticket that every other request overtakes; it counts for no limit. See join()."""
        with self._changed:
            ticket = Ticket(self, client, is_background=True)
            self._waiting.append(ticket)
            self._admit()
        return ticket

    def _refuse_excess(self, client: str, source: str) -> None:
        """Raise QueueFull if there is no room for another request. The caller holds the lock."""
        waiting = sum(not ticket.is_background for ticket in self._waiting)
        own = sum(ticket.client == client for ticket in (*self._waiting, *self._running))
        if own >= self._per_client:
            raise QueueFull(
                "You already have {count} requests running, the maximum per visitor. "
                "Wait for one to finish, or stop one.",
                count=own,
            )
        same_source = sum(ticket.source == source for ticket in self._waiting) if source else 0
        if same_source >= max(self._max_waiting // 2, 1):
            raise QueueFull(
                "Your network already has {count} requests in the queue, the maximum. Try again in a minute.",
                count=same_source,
            )
        if waiting >= self._max_waiting:
            raise QueueFull(
                "The queue is full ({count} requests). Try again in a minute.",
                count=waiting,
            )

    @property
    def active(self) -> int:
        """Return the number of running requests."""
        return len(self._running)

    @property
    def queued(self) -> int:
        """Return the number of waiting requests, work in the background aside."""
        return sum(not ticket.is_background for ticket in self._waiting)

    def _service_order(self) -> list[Ticket]:
        """Return the waiting tickets in the order in which they would start if no other came or left."""
        running = Counter(ticket.client for ticket in self._running)
        line, order = list(self._waiting), []
        served = dict(self._last_served)
        turn = max(served.values(), default=0.0)
        while line:
            first = min(
                line,
                key=lambda ticket: (ticket.is_background, running[ticket.client], served.get(ticket.client, 0.0)),
            )
            line.remove(first)
            order.append(first)
            running[first.client] += 1
            turn += 1
            served[first.client] = turn
        return order

    def _admit(self) -> None:
        """Start as many waiting requests as there is capacity for. The caller holds the lock."""
        for ticket in self._service_order()[: self.capacity - len(self._running)]:
            self._waiting.remove(ticket)
            self._running.append(ticket)
            ticket.started = self._last_served[ticket.client] = time.monotonic()
        if not self._waiting and len(self._last_served) > 10 * self.capacity:
            self._last_served.clear()
        self._changed.notify_all()

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Wait up to `seconds` and return whether the ticket's request may run."""
        with self._changed:
            return self._changed.wait_for(lambda: ticket not in self._waiting, seconds)

    def position(self, ticket: Ticket) -> Position:
        """Return the place of a ticket in the queue."""
        with self._changed:
            order = self._service_order()
            before = order.index(ticket) if ticket in order else 0
            usual = self._average_seconds
        return Position(before, None if usual is None else usual * (before + 1) / self.capacity)

    def release(self, ticket: Ticket) -> None:
        """Remove a running or waiting ticket and start the next request."""
        with self._changed:
            if ticket in self._running:
                self._running.remove(ticket)
                if not ticket.is_background:
                    self._update_average(time.monotonic() - ticket.started)
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            self._admit()

    def _update_average(self, seconds: float) -> None:
        average = seconds if self._average_seconds is None else self._average_seconds
        self._average_seconds = (1 - LATEST_WEIGHT) * average + LATEST_WEIGHT * seconds


class Ticket:
    """One request, from its arrival to its end; as a context manager it is released at exit."""

    def __init__(self, queue: FairQueue, client: str, source: str = "", *, is_background: bool = False) -> None:
        """Create a ticket that is not queued; FairQueue.join() does both."""
        self._queue, self.client, self.source, self.started = queue, client, source, 0.0
        self.is_background = is_background

    def __enter__(self) -> Self:
        """Return the ticket."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the ticket."""
        self._queue.release(self)

    def wait(self, seconds: float) -> bool:
        """Wait up to `seconds` and return whether the request may run."""
        return self._queue.wait(self, seconds)

    @property
    def position(self) -> Position:
        """Return the ticket's place in the queue."""
        return self._queue.position(self)
