"""Downloads that several visitors may wait for: one for each artifact, with progress, stopped when nobody waits."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field

from funaudio_core.errors import FunAudioError
from funaudio_core.runtime import cancellation
from funaudio_core.weights import store

POLL_SECONDS = 0.5  # between two progress reports
MAX_FOLLOWERS = 16  # of all downloads: each holds a thread of the server


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Progress of a download.

    Attributes:
        done: Bytes on this machine.
        total: Bytes in all.
        seconds_left: Estimate by the average speed so far; None before any byte has come.
    """

    done: int
    total: int
    seconds_left: float | None


@dataclass(eq=False, slots=True)
class _Download:
    """Download in progress.

    Attributes:
        name: The artifact.
        waiting: Number of those who wait for it.
        stop: Set to stop it.
        finished: Completed when the artifact is there or can't be downloaded.
        done: Bytes on this machine.
        total: Bytes in all.
        first: Bytes and time of the first report, from which the speed is known; None before.
    """

    name: str
    waiting: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    finished: Future[None] = field(default_factory=Future)
    done: int = 0
    total: int = 0
    first: tuple[int, float] | None = None

    def run(self) -> None:
        """Download the artifact. It leaves the table before it is finished, so that nobody joins one that failed."""
        failure: BaseException | None = None
        try:
            store.download((self.name,), self._report)
        except BaseException as error:  # noqa: BLE001 (raised by those who wait, who would wait forever without it)
            failure = error
        with _guard:
            if _downloads.get(self.name) is self:
                del _downloads[self.name]
        if failure is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(failure)

    def progress(self) -> DownloadProgress:
        """Return the progress."""
        seconds_left = None
        if self.first is not None and self.done > self.first[0]:
            speed = (self.done - self.first[0]) / (time.monotonic() - self.first[1])
            seconds_left = (self.total - self.done) / speed
        return DownloadProgress(self.done, self.total, seconds_left)

    def _report(self, _name: str, done: int, total: int) -> None:
        self.done, self.total = done, total
        self.first = self.first or (done, time.monotonic())


_downloads: dict[str, _Download] = {}
_guard = threading.Lock()


def follow(name: str, poll_seconds: float = POLL_SECONDS) -> Generator[DownloadProgress]:
    """Download an artifact and yield the progress; yield nothing if it is on this machine.

    Those who follow the same artifact share one download. It goes on as long as one of them waits; finished parts of a
    resumable artifact are kept for the next attempt.

    Raises:
        FunAudioError: MAX_FOLLOWERS wait already.
        WeightsMissing: It can't be downloaded.
        Cancelled: The request was cancelled.
    """
    if not store.download_size(name):
        return
    with _joined(name) as download:
        while not download.finished.done():
            yield download.progress()
            wait([download.finished], poll_seconds)
            cancellation.raise_if_cancelled()
        download.finished.result()


@contextmanager
def _joined(name: str) -> Iterator[_Download]:
    """Yield the running download of an artifact or a new one, and stop it at the end if nobody else waits for it."""
    with _guard:
        if sum(each.waiting for each in _downloads.values()) >= MAX_FOLLOWERS:
            raise FunAudioError("{count} visitors wait for downloads. Try again in a few minutes.", count=MAX_FOLLOWERS)
        download = _downloads.get(name)
        if download is None:
            download = _downloads[name] = _Download(name, total=store.download_size(name))
            # in an empty context: it must outlive the request that starts it
            run = contextvars.Context().run(cancellation.cancellable, download.stop, download.run)
            threading.Thread(target=run, name=f"downloading {name}", daemon=True).start()
        download.waiting += 1
    try:
        yield download
    finally:
        with _guard:
            download.waiting -= 1
            if not download.waiting:
                download.stop.set()
                if _downloads.get(name) is download:  # whoever comes next starts another
                    del _downloads[name]
