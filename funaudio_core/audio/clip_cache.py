"""What was made of clips, kept a while for those that come again: in memory only, never on disk. Knows no engine."""

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
    """At most `most` results, the latest asked for, none longer than seconds() after it was begun.

    Under nothing but a digest of the sound. Thread-safe: what several ask for at once is made once.
    """

    def __init__(self, max_entries: int, max_age: Callable[[], float]) -> None:
        self._max_entries, self._max_age = max_entries, max_age
        self._guard = threading.Lock()
        self._entries: OrderedDict[bytes, tuple[float, Future[T]]] = OrderedDict()

    def get_or_compute(self, clip: Audio, compute: Callable[[], T], detail: str = "") -> T:
        """What make() returns for this clip. detail: whatever else it depends on. A failure is raised and not kept.

        Where whoever makes it is stopped, it is made anew for the others who wait. Raises Stopped where the
        caller is to end, also while another makes it.
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
        """What is kept or being made under the key, and whether the caller is the one to make it."""
        now = time.monotonic()
        with self._guard:
            for old in [old for old, (begun, _) in self._entries.items() if now - begun > self._max_age()]:
                del self._entries[old]
            is_owner = key not in self._entries
            if is_owner:
                self._entries[key] = now, Future()
            result = self._entries[key][1]
            self._entries.move_to_end(key)
            if len(self._entries) > self._max_entries:
                self._entries.popitem(last=False)
        return result, is_owner

    def _compute(self, key: bytes, result: Future[T], compute: Callable[[], T]) -> None:
        try:
            result.set_result(compute())
        except BaseException as error:
            with self._guard:
                if key in self._entries and self._entries[key][1] is result:
                    del self._entries[key]
            result.set_exception(error)  # whoever waits raises it
            raise
