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

    def __init__(self, most: int, seconds: Callable[[], float]) -> None:
        self._most, self._seconds = most, seconds
        self._guard = threading.Lock()
        self._held: OrderedDict[bytes, tuple[float, Future[T]]] = OrderedDict()

    def get_or_compute(self, clip: Audio, compute: Callable[[], T], detail: str = "") -> T:
        """What make() returns for this clip. detail: whatever else it depends on. A failure is raised and not kept.

        Where whoever makes it is stopped, it is made anew for the others who wait. Raises Stopped where the
        caller is to end, also while another makes it.
        """
        digest = hashlib.sha256(f"{clip.rate} {detail} ".encode())
        digest.update(clip.samples.tobytes())
        key = digest.digest()
        while True:
            result, mine = self._entry(key)
            if mine:
                self._make(key, result, compute)
            while not wait([result], cancellation.POLL_SECONDS).done:
                cancellation.raise_if_cancelled()
            try:
                return result.result()
            except Cancelled:
                if mine:
                    raise

    def _entry(self, key: bytes) -> tuple[Future[T], bool]:
        """What is kept or being made under the key, and whether the caller is the one to make it."""
        now = time.monotonic()
        with self._guard:
            for old in [old for old, (begun, _) in self._held.items() if now - begun > self._seconds()]:
                del self._held[old]
            mine = key not in self._held
            if mine:
                self._held[key] = now, Future()
            result = self._held[key][1]
            self._held.move_to_end(key)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return result, mine

    def _make(self, key: bytes, result: Future[T], make: Callable[[], T]) -> None:
        try:
            result.set_result(make())
        except BaseException as error:
            with self._guard:
                if key in self._held and self._held[key][1] is result:
                    del self._held[key]
            result.set_exception(error)  # whoever waits raises it
            raise
