"""Long work that is done part by part, kept on disk, and resumed after a failure or a restart.

A job is a folder: request.json, then one JSON record and its arrays for each finished part. Access is by id alone,
which is random.
"""

from __future__ import annotations

import errno
import json
import logging
import math
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.runtime import cancellation

ID_BYTES = 16  # random, so that an id can't be guessed
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_REQUEST = "request"  # name of the record and arrays of the request
POLL_SECONDS = 0.05  # between two attempts to lock a job
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, None)  # None: NumPy reports a short write without a number
log = logging.getLogger(__name__)
_guard = Lock()
_running: dict[str, Event] = {}  # locked jobs by id, with the event that asks the holder to stop

Json = dict[str, Any]
Arrays = Mapping[str, NDArray[Any]]  # by name, which becomes part of a file name


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job.

    Attributes:
        id: Random hex string.
        request: The parameters of the work.
        total_parts: Number of parts in all.
    """

    id: str
    request: Json
    total_parts: int

    @property
    def completed_parts(self) -> int:
        """Return the number of finished parts; parts finish in order."""
        return next(number for number in range(self.total_parts + 1) if not self._record_path(str(number)).exists())

    @property
    def finished(self) -> bool:
        """Return whether all parts are finished."""
        return self.completed_parts == self.total_parts

    def load_array(self, name: str) -> NDArray[Any]:
        """Return an array of the request, memory-mapped."""
        return _load_array(self._folder / f"{_REQUEST}.{name}.npy")

    def load_part(self, number: int) -> tuple[Json, dict[str, NDArray[Any]]]:
        """Return the result and arrays of the finished part `number`, from 0. Raise BadInput if it is gone."""
        record = _read_record(self._record_path(str(number)))
        arrays = {name: np.array(_load_array(self._folder / f"{number}.{name}.npy")) for name in record["arrays"]}
        return record["content"], arrays

    def save_part(self, result: Json, arrays: Arrays) -> None:
        """Save the result of the next part.

        Raises:
            BadInput: The job was deleted.
            FunAudioError: The disk is full.
        """
        with _disk_errors():
            record = {"content": result, "arrays": sorted(arrays)}
            _write_record(self._folder, str(self.completed_parts), record, arrays)

    @contextmanager
    def lock(self, timeout: float = 0.0) -> Iterator[Event]:
        """Hold the job while the body runs, and yield an event that is set when another caller wants it.

        Args:
            timeout: Seconds to wait for the current holder, which is asked to stop.

        Raises:
            BadInput: The job is still held after `timeout`.
            Cancelled: The caller was cancelled while waiting.
        """
        deadline, stop_requested = time.monotonic() + timeout, Event()
        while not _try_acquire(self.id, stop_requested):
            if time.monotonic() >= deadline:
                raise BadInput("This job is already running. Stop it first, or wait for it to finish.")
            cancellation.sleep(POLL_SECONDS)
        try:
            yield stop_requested
        finally:
            _release(self.id)

    def delete(self) -> None:
        """Delete the job's folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return _jobs_dir() / self.id

    def _record_path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def create(request: Json, total_parts: int, arrays: Arrays | None = None) -> Job:
    """Store a new job without finished parts.

    Args:
        request: All that its parts need to run.
        total_parts: Number of parts.
        arrays: Large inputs of the request.

    Raises:
        FunAudioError: The disk is full.
    """
    job = Job(secrets.token_hex(ID_BYTES), request, total_parts)
    folder = _jobs_dir() / job.id
    try:
        with _disk_errors():
            folder.mkdir(mode=0o700, parents=True)
            _write_record(folder, _REQUEST, {"content": request, "total_parts": total_parts}, arrays or {})
    except BaseException:
        job.delete()
        raise
    return job


def get(id_: str) -> Job:
    """Return the job with this id. Raise BadInput if it doesn't exist any more."""
    if not _ID.fullmatch(id_):
        raise _expired_error()
    record = _read_record(_jobs_dir() / id_ / f"{_REQUEST}.json")
    return Job(id_, record["content"], record["total_parts"])


def delete_stale(max_idle_seconds: float) -> int:
    """Delete unlocked jobs without progress for `max_idle_seconds`, and return how many were deleted."""
    deleted = 0
    for folder in [*_jobs_dir().glob("*")]:
        if not _ID.fullmatch(folder.name) or not _try_acquire(folder.name, Event(), interrupt=False):
            continue
        try:
            if _idle_seconds(folder) > max_idle_seconds:
                shutil.rmtree(folder, ignore_errors=True)
                deleted += not folder.exists()
        finally:
            _release(folder.name)
    return deleted


def _try_acquire(id_: str, stop_requested: Event, interrupt: bool = True) -> bool:
    """Lock a job and return whether that worked; if not, ask the holder to stop unless `interrupt` is False."""
    with _guard:
        holder = _running.setdefault(id_, stop_requested)
        if interrupt and holder is not stop_requested:
            holder.set()
        return holder is stop_requested


def _release(id_: str) -> None:
    with _guard:
        del _running[id_]


def _idle_seconds(folder: Path) -> float:
    """Return the seconds since the folder last changed; -inf if it is gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return -math.inf


def _jobs_dir() -> Path:
    return settings.read().home / "jobs"


def _expired_error() -> BadInput:
    return BadInput("This job has expired. Please start again.")


def _read_record(path: Path) -> Json:
    try:
        found: Json = json.loads(path.read_text())
    except (OSError, ValueError):
        raise _expired_error() from None
    return found


def _load_array(path: Path) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        raise _expired_error() from None
    return found


def _write_record(folder: Path, name: str, record: Json, arrays: Arrays) -> None:
    """Write the arrays, then the record atomically: a record that exists is complete."""
    for key, values in arrays.items():
        np.save(folder / f"{name}.{key}.npy", values, allow_pickle=False)
    temporary = folder / f"{name}.new"
    temporary.write_text(json.dumps(record))
    temporary.replace(folder / f"{name}.json")


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Translate a deleted job folder and a full disk into errors for people."""
    try:
        yield
    except FileNotFoundError:
        raise _expired_error() from None
    except OSError as error:
        if error.errno not in _DISK_FULL_ERRNOS:
            raise
        log.exception("no room for long work in %s", _jobs_dir())
        raise FunAudioError(
            "The server disk is full, so jobs with several parts can't be saved. "
            "Try again later, or use a shorter input."
        ) from None
