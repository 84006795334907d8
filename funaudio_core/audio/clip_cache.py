"""In-memory cache of results by clip; nothing is written to disk."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from funaudio_core.runtime import cancellation
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.types import Audio

T = TypeVar("T")


class ClipCache(Generic[T]):
    """LRU cache of results, keyed by a digest of the clip. Thread-safe; concurrent calls compute once."""

    def __init__(self, max_entries: int, max_age: Callable[[], float]) -> None:
        """Create an empty cache.

        Args:
            max_entries: Results kept; the least recently used is dropped first.
            max_age: Returns the seconds after which a result expires, counted from the start of its computation.
        """
        self._max_entries, self._max_age = max_entries, max_age
        self._guard = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, Future[T]]] = OrderedDict()

    def get_or_compute(self, clip: Audio, compute: Callable[[], T], detail: str = "") -> T:
        """Return the cached result, or compute and cache it. Exceptions are raised and not cached.

        If the computing caller is cancelled, a waiting one computes the result instead.

        Args:
            clip: Clip that the result belongs to.
            compute: Computes the result.
            detail: Any other parameters of the computation.

        Raises:
            Cancelled: The caller was cancelled, also while it waited for another one.
        """
        digest = hashlib.sha256(f"{clip.rate} {detail} ".encode())
        digest.update(clip.samples.tobytes())
        key = digest.digest()
        while True:
            result, is_owner = self._claim(key)
            if is_owner:
                self._compute(key, result, compute)
            while not wait([result], cancellation.POLL_SECONDS).done:
                cancellation.raise_if_cancelled()
            try:
                return result.result()
            except Cancelled:
                if is_owner:
                    raise

    def _claim(self, key: bytes) -> tuple[Future[T], bool]:
        """Return the entry of a key, and whether the caller has to compute it."""
        now = time.monotonic()
        with self._guard:
            for expired in [each for each, (started, _) in self._entries.items() if now - started > self._max_age()]:
                del self._entries[expired]
            is_owner = key not in self._entries
            if is_owner:
                self._entries[key] = now, Future()
            result = self._entries[key][1]
            self._entries.move_to_end(key)
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
        return result, is_owner

    def _compute(self, key: bytes, result: Future[T], compute: Callable[[], T]) -> None:
        """Compute an entry; on failure drop it."""
        try:
            result.set_result(compute())
        except BaseException as error:
            with self._guard:
                if key in self._entries and self._entries[key][1] is result:
                    del self._entries[key]
            result.set_exception(error)  # raised in every waiting caller
            raise
