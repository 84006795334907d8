"""How much a visitor may use in a while: token buckets, in this process. Knows neither work nor pages.

A service of several processes that are to count together replaces `Store`: its one method is all that is asked of it.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Protocol

from funaudio_core.errors import FunAudioError

MAX_CLIENTS = 10_000  # that are remembered; whoever came longest ago is forgotten first, with a full allowance


class RateLimited(FunAudioError):
    """The visitor has used up what they may; the message says when to come back. wait: seconds until then."""

    def __init__(self, template: str, retry_after: float, /, **values: object) -> None:
        super().__init__(template, **values)
        self.retry_after = retry_after


class RateLimitStore(Protocol):
    """Where it is remembered how much every visitor has left."""

    def consume(self, client: str, amount: float, capacity: float, refill_rate: float, now: float, *, allow_debt: bool) -> float:
        """Take `amount` of what a visitor has, which grows by `rate` a second up to `most`. All or nothing, at once.

        owing: all in any case; what was not there is owed, and must come back before anything is there again. Returns
        seconds until there is enough: 0 where it was taken.
        """
        ...


class InMemoryStore:
    """A store in this process. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # visitor -> what is left, when that was so

    def consume(self, client: str, amount: float, capacity: float, refill_rate: float, now: float, *, allow_debt: bool) -> float:
        """See Store."""
        with self._guard:
            left, updated = self._buckets.pop(client, (capacity, now))
            left = min(capacity, left + refill_rate * (now - updated))
            enough = allow_debt or left >= min(amount, capacity)  # more than there can ever be costs all of it
            self._buckets[client] = (left - amount if enough else left, now)
            while len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if enough else (min(amount, capacity) - left) / refill_rate


class RateLimiter:
    """`most` of something at once, coming back within `seconds`. Thread-safe."""

    def __init__(self, capacity: float, refill_seconds: float, store: RateLimitStore | None = None) -> None:
        self._capacity, self._refill_rate, self._store = capacity, capacity / refill_seconds, store or InMemoryStore()

    def consume(self, client: str, amount: float = 1.0) -> float:
        """Take an amount of what the visitor has left. Returns seconds until they have as much: 0 where they had."""
        return self._store.consume(client, amount, self._capacity, self._refill_rate, time.monotonic(), allow_debt=False)

    def charge(self, client: str, amount: float) -> None:
        """Take an amount that was used already, also where the visitor has not as much left: they owe the rest."""
        self._store.consume(client, amount, self._capacity, self._refill_rate, time.monotonic(), allow_debt=True)
