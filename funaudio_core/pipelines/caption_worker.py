"""Lets live captions take their time: sound is only handed over, reading it happens in a shared pool of threads.

A page's microphone loses the chunks that arrive while its handler is busy, so the handler must never be.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.types import Audio, Segment

WORKERS = 2  # visitors whose captions are read at the same time; the others' sound waits
MAX_BACKLOG_SECONDS = 30.0  # seconds of unread sound of one visitor; beyond it captions would only fall further behind


class BackgroundCaptions:
    """Captions of one visitor's stream, read behind the visitor's back. Every call returns at once, from any thread.

    Readers take turns: one helping of a visitor's unread sound, then the next visitor.
    After a failure nothing more is read; a new stream needs a new object.
    """

    def __init__(self, captions: LiveCaptions) -> None:
        self._captions = captions
        self._guard = Lock()  # held for everything below, never while sound is read
        self._unread: list[Audio] = []
        self._closing = False  # nothing more will be fed
        self._over = False  # the open caption is finished, or reading failed
        self._reading = False  # a turn is running or waits in the pool
        self._finished: list[Segment] = []
        self._partial = ""
        self._failure: Exception | None = None  # not yet told to anyone

    def feed(self, chunk: Audio) -> None:
        """Hand over the next chunk, about half a second; ignored after close() and after a failure that was told.

        Raises, once, what reading an earlier chunk raised, or BadInput where more than BACKLOG seconds are unread:
        to skip some would make every later time wrong.
        """
        with self._guard:
            waiting = sum(part.duration for part in self._unread)
            if not self._over and not self._closing and self._unread and waiting + chunk.duration > MAX_BACKLOG_SECONDS:
                self._fail(
                    BadInput(
                        "Live captions can't keep up: {seconds:.0f} s of audio are still waiting. "
                        "Stop the microphone and try again when the server is less busy, or record a clip "
                        "and use the File tab.",
                        seconds=waiting,
                    )
                )
            self._tell()
            if self._over or self._closing:
                return
            self._unread.append(chunk)
            self._wake()

    def close(self) -> None:
        """The stream is over: the pool reads what is unread, then finishes the open caption. Harmless when repeated."""
        with self._guard:
            if not self._over and not self._closing:
                self._closing = True
                self._wake()

    def captions(self) -> tuple[tuple[Segment, ...], str]:
        """Segments that won't change any more, and the text of the one that still does.

        Raises, once and only after close(), what reading raised: no feed() comes any more that could.
        """
        with self._guard:
            if self._closing:
                self._tell()
            return tuple(self._finished), self._partial

    @property
    def is_busy(self) -> bool:
        """Whether captions() may still change by itself. After close(): whether the last caption is yet to come."""
        with self._guard:
            return self._reading

    def _wake(self) -> None:
        if not self._reading:
            self._reading = True
            _pool().submit(self._take_turn)

    def _tell(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _fail(self, error: Exception) -> None:
        self._failure, self._over = error, True
        self._unread.clear()

    def _take_turn(self) -> None:
        """Read what is unread; where nothing is, the stream was closed. Then queue behind the other visitors."""
        with self._guard:
            if self._over:
                self._reading = False
                return
            waiting, self._unread = self._unread, []
        try:
            update = self._captions.feed(audio.concat(waiting)) if waiting else self._captions.close()
        except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
            with self._guard:
                self._fail(error)
                self._reading = False
            return
        with self._guard:
            self._finished.extend(update.finished)
            self._partial = update.partial
            self._over = self._over or not waiting
            self._reading = bool(self._unread) or (self._closing and not self._over)
            if self._reading:
                _pool().submit(self._take_turn)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="captions")
