"""Token-bucket rate limiter by client.

State lives in this process; several processes that share limits need another RateLimitStore.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Protocol

from funaudio_core.errors import FunAudioError

MAX_CLIENTS = 10_000  # buckets kept; the least recently used is dropped first and starts full again


class RateLimited(FunAudioError):
    """The client has used up its allowance; `retry_after` is the number of seconds to wait."""

    def __init__(self, template: str, retry_after: float, /, **values: object) -> None:
        """Create the error from a message template, the seconds to wait, and the template's values."""
        super().__init__(template, **values)
        self.retry_after = retry_after


class RateLimitStore(Protocol):
    """Storage of the buckets."""

    def consume(
        self, client: str, amount: float, capacity: float, refill_rate: float, now: float, *, allow_debt: bool
    ) -> float:
        """Take `amount` tokens from the client's bucket atomically, or none.

        Args:
            client: Key of the bucket.
            amount: Tokens to take.
            capacity: Size of the bucket.
            refill_rate: Tokens added a second.
            now: Monotonic time in seconds.
            allow_debt: Take the tokens in any case; the balance may become negative.

        Returns:
            Seconds until the bucket holds enough; 0 if the tokens were taken.
        """
        ...


class InMemoryStore:
    """Store in this process. Thread-safe."""

    def __init__(self) -> None:
        """Create a store in which every bucket is full."""
        self._guard = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # client -> (tokens, time of update)

    def consume(
        self, client: str, amount: float, capacity: float, refill_rate: float, now: float, *, allow_debt: bool
    ) -> float:
        """Take tokens; see RateLimitStore.consume."""
        with self._guard:
            tokens, updated = self._buckets.pop(client, (capacity, now))
            tokens = min(capacity, tokens + refill_rate * (now - updated))
            enough = allow_debt or tokens >= min(amount, capacity)  # an amount above the capacity takes a full bucket
            self._buckets[client] = (tokens - amount if enough else tokens, now)
            while len(self._buckets) > MAX_CLIENTS:
                self._buckets.popitem(last=False)
        return 0.0 if enough else (min(amount, capacity) - tokens) / refill_rate


class RateLimiter:
    """Limiter with buckets of `capacity` tokens that refill within `refill_seconds`. Thread-safe."""

    def __init__(self, capacity: float, refill_seconds: float, store: RateLimitStore | None = None) -> None:
        """Create a limiter with full buckets.

        Args:
            capacity: Size of a bucket.
            refill_seconds: Seconds in which an empty bucket becomes full.
            store: Storage of the buckets; by default in this process.
        """
        self._capacity, self._refill_rate, self._store = capacity, capacity / refill_seconds, store or InMemoryStore()

    def consume(self, client: str, amount: float = 1.0) -> float:
        """Take tokens, and return the seconds until there are enough: 0 if they were taken."""
        return self._store.consume(
            client, amount, self._capacity, self._refill_rate, time.monotonic(), allow_debt=False
        )

    def charge(self, client: str, amount: float) -> None:
        """Take tokens for work already done, even if that leaves a debt."""
        self._store.consume(client, amount, self._capacity, self._refill_rate, time.monotonic(), allow_debt=True)
