"""Long work that is done part by part and kept on disk, to be gone on with after a failure or a restart.

Knows neither what the work is nor who asked for it: whoever knows a job's id may go on with it.
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

ID_BYTES = 16  # drawn at random: nobody guesses one
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_REQUEST = "order"
POLL_SECONDS = 0.05  # between two looks at whether somebody else is done with a job
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, None)  # None: NumPy has written less than it was to
log = logging.getLogger(__name__)
_guard = Lock()
_running: dict[str, Event] = {}  # by id: what asks whoever works on it to end

Json = dict[str, Any]  # what json.dumps takes
Arrays = Mapping[str, NDArray[Any]]  # by a name of letters


@dataclass(frozen=True, slots=True)
class Job:
    """A job on disk. order: what was asked for. total: of how many parts it consists."""

    id: str
    request: Json
    total_parts: int

    @property
    def completed_parts(self) -> int:
        """How many parts are done; they are done in order."""
        return next(number for number in range(self.total_parts + 1) if not self._record_path(str(number)).exists())

    @property
    def finished(self) -> bool:
        """Whether all parts are done."""
        return self.completed_parts == self.total_parts

    def load_array(self, name: str) -> NDArray[Any]:
        """An array of the order, read from disk as far as it is used."""
        return _load_array(self._folder / f"{_REQUEST}.{name}.npy")

    def load_part(self, number: int) -> tuple[Json, dict[str, NDArray[Any]]]:
        """What came of a part that is done, from 0. Raises BadInput where it is gone."""
        note = _read_record(self._record_path(str(number)))
        return note["of"], {name: np.array(_load_array(self._folder / f"{number}.{name}.npy")) for name in note["arrays"]}

    def save_part(self, result: Json, arrays: Arrays) -> None:
        """The next part is done, and this came of it. Raises BadInput where the job is gone, or FunAudioError where the
        disk is full.
        """
        with _disk_errors():
            _write_record(self._folder, str(self.completed_parts), {"of": result, "arrays": sorted(arrays)}, arrays)

    @contextmanager
    def lock(self, timeout: float = 0.0) -> Iterator[Event]:
        """While the body runs nobody else works on it. The event it gets is set once somebody else wants to.

        patience: seconds to wait for whoever works on it now, and is asked to end by that. Raises BadInput after them,
        and stopping.Stopped where the caller is to end.
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
        """Delete it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return _jobs_dir() / self.id

    def _record_path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def create(request: Json, total_parts: int, arrays: Arrays | None = None) -> Job:
    """A new job of so many parts, none of them done. order must tell all that its parts need.

    Raises FunAudioError where the disk is full.
    """
    job = Job(secrets.token_hex(ID_BYTES), request, total_parts)
    folder = _jobs_dir() / job.id
    try:
        with _disk_errors():
            folder.mkdir(mode=0o700, parents=True)
            _write_record(folder, _REQUEST, {"of": request, "total": total_parts}, arrays or {})
    except BaseException:
        job.delete()
        raise
    return job


def get(id_: str) -> Job:
    """The job with that id. Raises BadInput where there is none, or none any more."""
    if not _ID.fullmatch(id_):
        raise _expired_error()
    note = _read_record(_jobs_dir() / id_ / f"{_REQUEST}.json")
    return Job(id_, note["of"], note["total"])


def delete_stale(max_idle_seconds: float) -> int:
    """Delete the jobs on which nobody has worked for so many seconds; how many these were."""
    deleted = 0
    for folder in [*_jobs_dir().glob("*")]:
        if not _ID.fullmatch(folder.name) or not _try_acquire(folder.name, Event(), ask=False):
            continue
        try:
            if _idle_seconds(folder) > max_idle_seconds:
                shutil.rmtree(folder, ignore_errors=True)
                deleted += not folder.exists()
        finally:
            _release(folder.name)
    return deleted


def _try_acquire(id_: str, wanted: Event, ask: bool = True) -> bool:
    """Whether nobody else works on a job; whoever does is asked to end, unless that is not wanted."""
    with _guard:
        other = _running.setdefault(id_, wanted)
        if ask and other is not wanted:
            other.set()
        return other is wanted


def _release(id_: str) -> None:
    with _guard:
        del _running[id_]


def _idle_seconds(folder: Path) -> float:
    """Seconds since a part was kept in it; less than any where it is gone."""
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
    """The note comes last and at once: where it stands, everything does."""
    for key, values in arrays.items():
        np.save(folder / f"{name}.{key}.npy", values, allow_pickle=False)
    temporary = folder / f"{name}.new"
    temporary.write_text(json.dumps(record))
    temporary.replace(folder / f"{name}.json")


@contextmanager
def _disk_errors() -> Iterator[None]:
    """What can't be written by no fault of ours is a sentence."""
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
