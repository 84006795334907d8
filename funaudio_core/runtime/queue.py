"""Who may compute now and who waits: so many at a time, visitors in turn. Knows neither work nor pages."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import Self

from funaudio_core.errors import FunAudioError

LATEST_WEIGHT = 0.2  # of the last run in the usual time of one


class QueueFull(FunAudioError):
    """Nobody else may wait, or not this visitor; the message says which."""


@dataclass(frozen=True, slots=True)
class Position:
    """ahead: how many will have a place before this one. seconds: until then, by the usual time; None before any."""

    ahead: int
    wait_seconds: float | None


class FairQueue:
    """`places` at a time, `line` more in line, of one visitor `each` in both together. Thread-safe.

    Whoever has fewest running comes first, and of equals whoever was served longest ago: a visitor who orders ten
    things does not keep another waiting for ten. What one visitor orders is done in that order.
    """

    def __init__(self, capacity: int, max_waiting: int, per_client: int) -> None:
        self.capacity, self._max_waiting, self._per_client = capacity, max_waiting, per_client
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []
        self._last_served: dict[str, float] = {}  # when a visitor had a place last
        self._average_seconds: float | None = None  # seconds

    def join(self, client: str, source: str = "") -> Ticket:
        """A ticket at the end of the line, to be left in any case. Raises Full where there is no room for it.

        source: where the visitor comes from, such as an address; "" is not counted. One alone never has more than half
        of the line: a script is a new visitor as often as it likes.
        """
        with self._changed:
            mine = sum(ticket.client == client for ticket in (*self._waiting, *self._running))
            if mine >= self._per_client:
                raise QueueFull(
                    "You already have {count} requests running, the maximum per visitor. "
                    "Wait for one to finish, or stop one.",
                    count=mine,
                )
            theirs = sum(ticket.source == source for ticket in self._waiting) if source else 0
            if theirs >= max(self._max_waiting // 2, 1):
                raise QueueFull(
                    "Your network already has {count} requests in the queue, the maximum. Try again in a minute.",
                    count=theirs,
                )
            if len(self._waiting) >= self._max_waiting:
                raise QueueFull(
                    "The queue is full ({count} requests). Try again in a minute.",
                    count=len(self._waiting),
                )
            ticket = Ticket(self, client, source)
            self._waiting.append(ticket)
            self._admit()
        return ticket

    @property
    def active(self) -> int:
        """How many have a place."""
        return len(self._running)

    @property
    def queued(self) -> int:
        """How many are in line."""
        return len(self._waiting)

    @property
    def average_seconds(self) -> float | None:
        """Seconds for which a place is held, as a running mean; None before any was given back."""
        return self._average_seconds

    def _service_order(self) -> list[Ticket]:
        """Those who wait, in the order in which they would be served if nobody came or left."""
        running = Counter(ticket.client for ticket in self._running)
        line, order = list(self._waiting), []
        served = dict(self._last_served)
        turn = max(served.values(), default=0.0)
        while line:
            first = min(line, key=lambda ticket: (running[ticket.client], served.get(ticket.client, 0.0)))
            line.remove(first)
            order.append(first)
            running[first.client] += 1
            turn += 1
            served[first.client] = turn
        return order

    def _admit(self) -> None:
        """Give free places to those whose turn it is. To be called with the guard held."""
        for ticket in self._service_order()[: self.capacity - len(self._running)]:
            self._waiting.remove(ticket)
            self._running.append(ticket)
            ticket.started = self._last_served[ticket.client] = time.monotonic()
        if not self._waiting and len(self._last_served) > 10 * self.capacity:
            self._last_served.clear()
        self._changed.notify_all()

    def wait(self, ticket: Ticket, seconds: float) -> bool:
        """Whether the ticket has its place now, or gets it within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: ticket not in self._waiting, seconds)

    def position(self, ticket: Ticket) -> Position:
        """Where in line the ticket is."""
        with self._changed:
            order = self._service_order()
            before = order.index(ticket) if ticket in order else 0
            usual = self._average_seconds
        return Position(before, None if usual is None else usual * (before + 1) / self.capacity)

    def release(self, ticket: Ticket) -> None:
        """Give the place, or the place in line, to the next."""
        with self._changed:
            if ticket in self._running:
                self._running.remove(ticket)
                took = time.monotonic() - ticket.started
                self._average_seconds = took if self._average_seconds is None else (1 - LATEST_WEIGHT) * self._average_seconds + LATEST_WEIGHT * took
            elif ticket in self._waiting:
                self._waiting.remove(ticket)
            self._admit()


class Ticket:
    """One request of a visitor, from its arrival to its end. To be used as a context, which gives the place back."""

    def __init__(self, queue: FairQueue, client: str, source: str = "") -> None:
        self._queue, self.client, self.source, self.started = queue, client, source, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.release(self)

    def wait(self, seconds: float) -> bool:
        """Whether it is this one's turn, at the latest after so many seconds."""
        return self._queue.wait(self, seconds)

    @property
    def position(self) -> Position:
        """Where in line this one is."""
        return self._queue.position(self)
