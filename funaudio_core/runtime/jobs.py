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
_ORDER = "order"
POLL_SECONDS = 0.05  # between two looks at whether somebody else is done with a job
_FULL = (errno.ENOSPC, errno.EDQUOT, None)  # None: NumPy has written less than it was to
log = logging.getLogger(__name__)
_guard = Lock()
_at_work: dict[str, Event] = {}  # by id: what asks whoever works on it to end

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
        return next(number for number in range(self.total_parts + 1) if not self._note(str(number)).exists())

    @property
    def finished(self) -> bool:
        """Whether all parts are done."""
        return self.completed_parts == self.total_parts

    def load_array(self, name: str) -> NDArray[Any]:
        """An array of the order, read from disk as far as it is used."""
        return _array(self._folder / f"{_ORDER}.{name}.npy")

    def load_part(self, number: int) -> tuple[Json, dict[str, NDArray[Any]]]:
        """What came of a part that is done, from 0. Raises BadInput where it is gone."""
        note = _read(self._note(str(number)))
        return note["of"], {name: np.array(_array(self._folder / f"{number}.{name}.npy")) for name in note["arrays"]}

    def save_part(self, of: Json, arrays: Arrays) -> None:
        """The next part is done, and this came of it. Raises BadInput where the job is gone, or FunAudioError where the
        disk is full.
        """
        with _writing():
            _write(self._folder, str(self.completed_parts), {"of": of, "arrays": sorted(arrays)}, arrays)

    @contextmanager
    def lock(self, patience: float = 0.0) -> Iterator[Event]:
        """While the body runs nobody else works on it. The event it gets is set once somebody else wants to.

        patience: seconds to wait for whoever works on it now, and is asked to end by that. Raises BadInput after them,
        and stopping.Stopped where the caller is to end.
        """
        until, wanted = time.monotonic() + patience, Event()
        while not _taken(self.id, wanted):
            if time.monotonic() >= until:
                raise BadInput("This job is already running. Stop it first, or wait for it to finish.")
            cancellation.sleep(POLL_SECONDS)
        try:
            yield wanted
        finally:
            _let_go(self.id)

    def delete(self) -> None:
        """Delete it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return _place() / self.id

    def _note(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def create(order: Json, total: int, arrays: Arrays | None = None) -> Job:
    """A new job of so many parts, none of them done. order must tell all that its parts need.

    Raises FunAudioError where the disk is full.
    """
    job = Job(secrets.token_hex(ID_BYTES), order, total)
    folder = _place() / job.id
    try:
        with _writing():
            folder.mkdir(mode=0o700, parents=True)
            _write(folder, _ORDER, {"of": order, "total": total}, arrays or {})
    except BaseException:
        job.delete()
        raise
    return job


def get(id_: str) -> Job:
    """The job with that id. Raises BadInput where there is none, or none any more."""
    if not _ID.fullmatch(id_):
        raise _gone()
    note = _read(_place() / id_ / f"{_ORDER}.json")
    return Job(id_, note["of"], note["total"])


def delete_stale(seconds: float) -> int:
    """Delete the jobs on which nobody has worked for so many seconds; how many these were."""
    swept = 0
    for folder in [*_place().glob("*")]:
        if not _ID.fullmatch(folder.name) or not _taken(folder.name, Event(), ask=False):
            continue
        try:
            if _age(folder) > seconds:
                shutil.rmtree(folder, ignore_errors=True)
                swept += not folder.exists()
        finally:
            _let_go(folder.name)
    return swept


def _taken(id_: str, wanted: Event, ask: bool = True) -> bool:
    """Whether nobody else works on a job; whoever does is asked to end, unless that is not wanted."""
    with _guard:
        other = _at_work.setdefault(id_, wanted)
        if ask and other is not wanted:
            other.set()
        return other is wanted


def _let_go(id_: str) -> None:
    with _guard:
        del _at_work[id_]


def _age(folder: Path) -> float:
    """Seconds since a part was kept in it; less than any where it is gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return -math.inf


def _place() -> Path:
    return settings.read().home / "jobs"


def _gone() -> BadInput:
    return BadInput("This job has expired. Please start again.")


def _read(note: Path) -> Json:
    try:
        found: Json = json.loads(note.read_text())
    except (OSError, ValueError):
        raise _gone() from None
    return found


def _array(path: Path) -> NDArray[Any]:
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        raise _gone() from None
    return found


def _write(folder: Path, name: str, note: Json, arrays: Arrays) -> None:
    """The note comes last and at once: where it stands, everything does."""
    for key, values in arrays.items():
        np.save(folder / f"{name}.{key}.npy", values, allow_pickle=False)
    fresh = folder / f"{name}.new"
    fresh.write_text(json.dumps(note))
    fresh.replace(folder / f"{name}.json")


@contextmanager
def _writing() -> Iterator[None]:
    """What can't be written by no fault of ours is a sentence."""
    try:
        yield
    except FileNotFoundError:
        raise _gone() from None
    except OSError as error:
        if error.errno not in _FULL:
            raise
        log.exception("no room for long work in %s", _place())
        raise FunAudioError(
            "The server disk is full, so jobs with several parts can't be saved. "
            "Try again later, or use a shorter input."
        ) from None
