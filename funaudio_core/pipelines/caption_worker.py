"""Live captions in the background: audio is only queued, and a shared pool of threads recognizes it.

A page's microphone loses the chunks that arrive while its handler is busy, so the handler must return at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.pipelines.captions import LiveCaptions
from funaudio_core.types import Audio, Segment

WORKERS = 2  # streams that are processed at the same time; the audio of others waits
MAX_BACKLOG_SECONDS = 30.0  # of one stream's pending audio; beyond it captions would only fall further behind


class BackgroundCaptions:
    """Captions of one stream, recognized in the background. Thread-safe; no call blocks.

    Streams take turns: a worker processes the pending audio of one stream, then the next stream's. After a failure
    nothing more is processed; a new stream needs a new object.
    """

    def __init__(self, captions: LiveCaptions) -> None:
        """Start a stream; `captions` is used by one worker at a time."""
        self._captions = captions
        self._guard = Lock()  # of all fields below; never held during recognition
        self._pending: list[Audio] = []
        self._is_closing = False  # nothing more will be fed
        self._is_finished = False  # the open caption is finished, or recognition failed
        self._is_scheduled = False  # a turn is running or waits in the pool
        self._finished: list[Segment] = []
        self._partial = ""
        self._error: Exception | None = None  # not raised yet

    def feed(self, chunk: Audio) -> None:
        """Queue the next chunk, about half a second; it is ignored after close() and after an error was raised.

        Raises:
            BadInput: More than MAX_BACKLOG_SECONDS are pending: if some were skipped, all later times would be wrong.
            Exception: The error of recognizing an earlier chunk. Each error is raised once.
        """
        with self._guard:
            backlog = sum(part.duration for part in self._pending)
            is_active = not self._is_finished and not self._is_closing
            if is_active and self._pending and backlog + chunk.duration > MAX_BACKLOG_SECONDS:
                self._fail(
                    BadInput(
                        "Live captions can't keep up: {seconds:.0f} s of audio are still waiting. "
                        "Stop the microphone and try again when the server is less busy, or record a clip "
                        "and use the File tab.",
                        seconds=backlog,
                    )
                )
            self._raise_error()
            if self._is_finished or self._is_closing:
                return
            self._pending.append(chunk)
            self._schedule()

    def close(self) -> None:
        """End the stream: the pool processes what is pending, then finishes the open caption. Idempotent."""
        with self._guard:
            if not self._is_finished and not self._is_closing:
                self._is_closing = True
                self._schedule()

    def captions(self) -> tuple[tuple[Segment, ...], str]:
        """Return the finished segments, and the text of the caption that may still change.

        Raises:
            Exception: The error of recognition, once, and only after close(); before that feed() raises it.
        """
        with self._guard:
            if self._is_closing:
                self._raise_error()
            return tuple(self._finished), self._partial

    @property
    def is_busy(self) -> bool:
        """Return whether captions() may still change without another chunk."""
        with self._guard:
            return self._is_scheduled

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            _pool().submit(self._take_turn)

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _fail(self, error: Exception) -> None:
        self._error, self._is_finished = error, True
        self._pending.clear()

    def _take_turn(self) -> None:
        """Process the pending audio, or finish if there is none because the stream was closed; then queue again."""
        with self._guard:
            if self._is_finished:
                self._is_scheduled = False
                return
            chunks, self._pending = self._pending, []
        try:
            update = self._captions.feed(audio.concat(chunks)) if chunks else self._captions.close()
        except Exception as error:  # noqa: BLE001  (feed() or captions() raises it)
            with self._guard:
                self._fail(error)
                self._is_scheduled = False
            return
        with self._guard:
            self._finished.extend(update.finished)
            self._partial = update.partial
            self._is_finished = self._is_finished or not chunks
            self._is_scheduled = bool(self._pending) or (self._is_closing and not self._is_finished)
            if self._is_scheduled:
                _pool().submit(self._take_turn)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="captions")
