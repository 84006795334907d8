"""Long work that is done part by part and kept on disk, to be gone on with after a failure or a restart.

Knows neither what the work is nor who asked for it: whoever knows a job's id may go on with it.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.errors import BadInput

ID_BYTES = 16  # drawn at random: nobody guesses one
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_ORDER = "order"
_guard = Lock()
_at_work: set[str] = set()

Json = dict[str, Any]  # what json.dumps takes
Arrays = Mapping[str, NDArray[Any]]  # by a name of letters


@dataclass(frozen=True, slots=True)
class Job:
    """A job on disk. order: what was asked for. total: of how many parts it consists."""

    id: str
    order: Json
    total: int

    @property
    def done(self) -> int:
        """How many parts are done; they are done in order."""
        return next(number for number in range(self.total + 1) if not self._note(str(number)).exists())

    @property
    def finished(self) -> bool:
        """Whether all parts are done."""
        return self.done == self.total

    def array(self, name: str) -> NDArray[Any]:
        """An array of the order, read from disk as far as it is used."""
        return _array(self._folder / f"{_ORDER}.{name}.npy")

    def part(self, number: int) -> tuple[Json, dict[str, NDArray[Any]]]:
        """What came of a part that is done, from 0. Raises BadInput where it is gone."""
        note = _read(self._note(str(number)))
        return note["of"], {name: np.array(_array(self._folder / f"{number}.{name}.npy")) for name in note["arrays"]}

    def keep(self, of: Json, arrays: Arrays) -> None:
        """The next part is done, and this came of it. Raises BadInput where the job is gone."""
        _write(self._folder, str(self.done), {"of": of, "arrays": sorted(arrays)}, arrays)

    @contextmanager
    def work(self) -> Iterator[None]:
        """While the body runs nobody else may work on it. Raises BadInput where somebody does."""
        with _guard:
            if self.id in _at_work:
                raise BadInput("This is being worked on already. Stop it first, or wait for its end.")
            _at_work.add(self.id)
        try:
            yield
        finally:
            with _guard:
                _at_work.discard(self.id)

    def end(self) -> None:
        """Delete it."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return _place() / self.id

    def _note(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def begin(order: Json, total: int, arrays: Arrays | None = None) -> Job:
    """A new job of so many parts, none of them done. order must tell all that its parts need."""
    job = Job(secrets.token_hex(ID_BYTES), order, total)
    folder = _place() / job.id
    folder.mkdir(mode=0o700, parents=True)
    _write(folder, _ORDER, {"of": order, "total": total}, arrays or {})
    return job


def find(id_: str) -> Job:
    """The job with that id. Raises BadInput where there is none, or none any more."""
    if not _ID.fullmatch(id_):
        raise _gone()
    note = _read(_place() / id_ / f"{_ORDER}.json")
    return Job(id_, note["of"], note["total"])


def sweep(seconds: float) -> int:
    """Delete the jobs on which nobody has worked for so many seconds; how many these were."""
    swept = 0
    for folder in _place().glob("*"):
        with _guard:
            busy = folder.name in _at_work
        if not busy and time.time() - folder.stat().st_mtime > seconds:
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
    return swept


def _place() -> Path:
    return settings.read().home / "jobs"


def _gone() -> BadInput:
    return BadInput("This job is not kept any more. Begin it anew.")


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
    try:
        for key, values in arrays.items():
            np.save(folder / f"{name}.{key}.npy", values, allow_pickle=False)
        fresh = folder / f"{name}.new"
        fresh.write_text(json.dumps(note))
        fresh.replace(folder / f"{name}.json")
    except FileNotFoundError:
        raise _gone() from None
