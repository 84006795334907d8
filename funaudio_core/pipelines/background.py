"""Lets live captions take their time: sound is only handed over, reading it happens in a shared pool of threads.

A page's microphone loses the chunks that arrive while its handler is busy, so the handler must never be.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from funaudio_core import audio
from funaudio_core.errors import FunAudioError
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.types import Audio, Segment

READERS = 2  # visitors whose captions are read at the same time; the others' sound waits
BACKLOG = 30.0  # seconds of unread sound kept for one visitor; a machine this far behind drops the oldest


class BackgroundCaptions:
    """Captions of one visitor's stream, read behind the visitor's back. feed() returns at once; any thread may ask."""

    def __init__(self, captions: LiveCaptions) -> None:
        self._captions = captions
        self._guard = threading.Lock()
        self._unread: list[Audio] = []
        self._reading = False
        self._finished: list[Segment] = []
        self._partial = ""
        self._failure: Exception | None = None

    def feed(self, chunk: Audio) -> None:
        """Hand over the next chunk. Raises what reading an earlier one raised."""
        with self._guard:
            if self._failure is not None:
                raise self._failure
            self._unread.append(chunk)
            while sum(part.duration for part in self._unread) > BACKLOG:
                self._unread.pop(0)
            if self._reading:
                return
            self._reading = True
        _pool().submit(self._read)

    def captions(self) -> tuple[tuple[Segment, ...], str]:
        """Segments that won't change any more, and the text of the one that still does."""
        with self._guard:
            return tuple(self._finished), self._partial

    def _read(self) -> None:
        while True:
            with self._guard:
                if not self._unread or self._failure is not None:
                    self._reading = False
                    return
                waiting, self._unread = self._unread, []
            try:
                update = self._captions.feed(audio.concat(waiting))
            except FunAudioError as error:
                with self._guard:
                    self._failure = error
                continue
            except Exception as error:
                with self._guard:
                    self._failure, self._reading = error, False
                raise
            with self._guard:
                self._finished.extend(update.finished)
                self._partial = update.partial


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(READERS, thread_name_prefix="captions")
