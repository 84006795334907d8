"""Estimate of the time that running work still takes, from its own pace."""

from __future__ import annotations

import time
from collections.abc import Callable

MIN_SECONDS = 3.0  # before an estimate; until then the pace of the first chunks, which load and warm up, misleads
MIN_SHARE = 0.1  # of the work before an estimate


class Pace:
    """Pace of work, from its creation on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock, which returns seconds."""
        self._clock = clock
        self._began_at = clock()

    def seconds_left(self, done: float, total: float) -> float | None:
        """Return the seconds left after `done` of `total`, in any unit; None while an estimate would be a guess."""
        seconds = self._clock() - self._began_at
        if seconds < MIN_SECONDS or total <= 0 or done < MIN_SHARE * total:
            return None
        return seconds * max(0.0, total - done) / done
