"""Files of stored jobs: each is written whole or not at all; an index lists finished parts; the disk has a quota."""

from __future__ import annotations

import errno
import json
import logging
import os
import shutil
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.errors import BadInput, FunAudioError

Json = dict[str, Any]
Arrays = Mapping[str, NDArray[Any]]  # by name, which becomes part of a file name
INDEX = "parts.index"  # name of the file that lists the finished parts, one JSON object a line
MAX_CACHED_INDEXES = 64
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, None)  # None: NumPy reports a short write without a number
log = logging.getLogger(__name__)


def jobs_dir() -> Path:
    """Return the folder of all jobs."""
    return settings.read().home / "jobs"


def expired_error() -> BadInput:
    """Return the error for a job that doesn't exist any more."""
    return BadInput("This job has expired. Please start again.")


def read_json(path: Path) -> Json:
    """Return a record. Raise BadInput if it is gone."""
    try:
        found: Json = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise expired_error() from None
    return found


def read_array(path: Path) -> NDArray[Any]:
    """Return an array, memory-mapped. Raise BadInput if it is gone."""
    try:
        found: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        raise expired_error() from None
    return found


def write_json(path: Path, record: Json) -> None:
    """Write a record in place of an older one, so that a reader finds one of them whole.

    The quota stops new records only: a job that is stopped by it must be able to say so.
    """
    content = json.dumps(record, ensure_ascii=False).encode()
    with _replacement(path, len(content), is_limited=not path.exists()) as temporary:
        temporary.write_bytes(content)


def write_arrays(folder: Path, name: str, arrays: Arrays) -> None:
    """Write arrays to `name.key.npy`, each whole or not at all."""
    for key, values in arrays.items():
        path = folder / f"{name}.{key}.npy"
        with _replacement(path, values.nbytes) as temporary, temporary.open("wb") as file:
            np.save(file, values, allow_pickle=False)


@contextmanager
def _replacement(path: Path, size: int, *, is_limited: bool = True) -> Iterator[Path]:
    """Yield the path of a file of so many bytes that takes the place of another once the body has written it.

    After an error, nothing of it stays on the disk or in the count.
    """
    _usage.add(path.parent, size - _file_bytes(path), is_limited=is_limited)
    temporary = path.with_name(f"{path.name}.new")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        _usage.recount(path.parent)
        raise


def delete_folder(folder: Path) -> None:
    """Delete a job's folder, if it exists."""
    shutil.rmtree(folder, ignore_errors=True)
    _usage.recount(folder)


def count_folder(folder: Path, *, is_limited: bool) -> None:
    """Count the files that others have written into a job's folder since the last count.

    Raises:
        FunAudioError: The jobs take up more than FUNAUDIO_JOBS_GB, and the job is limited by it.
    """
    _usage.recount(folder)
    _usage.add(folder, 0, is_limited=is_limited)


def delete_files(paths: Collection[Path]) -> None:
    """Delete files, those that exist."""
    for path in paths:
        size = _file_bytes(path)
        path.unlink(missing_ok=True)
        _usage.add(path.parent, -size, is_limited=False)


@contextmanager
def disk_errors() -> Iterator[None]:
    """Translate a deleted job folder and a full disk into errors for people."""
    try:
        yield
    except FileNotFoundError:
        raise expired_error() from None
    except OSError as error:
        if error.errno not in _DISK_FULL_ERRNOS:
            raise
        log.exception("no room for long work in %s", jobs_dir())
        raise FunAudioError(
            "The server disk is full, so jobs with several parts can't be saved. "
            "Try again later, or use a shorter input."
        ) from None


class _Usage:
    """Bytes of all jobs, counted once and then kept up to date. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bytes: dict[Path, dict[Path, int]] = {}  # of each job, by folder of jobs, of which tests have several

    def add(self, folder: Path, count: int, *, is_limited: bool = True) -> None:
        """Count bytes of a job that are about to be written, or were deleted.

        Raises:
            FunAudioError: The jobs would take up more than FUNAUDIO_JOBS_GB, and the write is limited by it.
        """
        most = settings.read().jobs_bytes
        with self._lock:
            jobs = self._counted(folder.parent)
            if is_limited and most and sum(jobs.values()) + count > most:
                raise FunAudioError(
                    "Long work takes up {most:.1f} GB on the server, all that it may. "
                    "Delete what you no longer need, or try again later.",
                    most=most / 1e9,
                )
            jobs[folder] = max(0, jobs.get(folder, 0) + count)

    def recount(self, folder: Path) -> None:
        """Count the files of a job as they are on the disk."""
        with self._lock:
            jobs = self._counted(folder.parent)
            jobs[folder] = _folder_bytes(folder)
            if not jobs[folder]:
                del jobs[folder]

    def _counted(self, root: Path) -> dict[Path, int]:
        """Return the bytes of the jobs in a folder."""
        if root not in self._bytes:
            self._bytes[root] = {folder: _folder_bytes(folder) for folder in root.glob("*")}
        return self._bytes[root]


_usage = _Usage()


def _file_bytes(path: Path) -> int:
    """Return the size of a file; 0 if there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _folder_bytes(folder: Path) -> int:
    """Return the size of the files in a folder and in those below it; 0 if it is gone."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_size
            except FileNotFoundError:  # deleted meanwhile
                continue
    return total


@dataclass(slots=True)
class PartIndex:
    """Finished parts of a job by key, in the order in which they were finished, each with a summary.

    Attributes:
        parts: Summary of each part.
        inode: Of the file that was read; rewrite() makes another one.
        size: Bytes of the file that were read.
    """

    parts: dict[str, Json] = field(default_factory=dict)
    inode: int = 0
    size: int = 0

    def refresh(self, path: Path) -> None:
        """Read the lines that were added since."""
        try:
            status = path.stat()
        except FileNotFoundError:
            self.parts, self.inode, self.size = {}, 0, 0
            return
        if status.st_ino != self.inode or status.st_size < self.size:
            self.parts, self.inode, self.size = {}, status.st_ino, 0
        if status.st_size > self.size:
            with path.open("rb") as file:
                file.seek(self.size)
                added = file.read()
            whole = added[: added.rfind(b"\n") + 1]  # a process that was killed may have left half a line
            for row in whole.splitlines():
                entry = json.loads(row)
                self.parts[entry["key"]] = entry["summary"]
            self.size += len(whole)

    def append(self, path: Path, key: str, summary: Json) -> None:
        """Add a part in place of a line that was left unfinished."""
        row = _index_row(key, summary)
        with path.open("r+b" if path.exists() else "x+b") as file:
            file.truncate(self.size)
            file.seek(self.size)
            try:
                file.write(row)
                file.flush()
            except OSError:
                file.truncate(self.size)
                raise
        self.refresh(path)

    def rewrite(self, path: Path, parts: Mapping[str, Json]) -> None:
        """Replace the file."""
        temporary = path.with_name(f"{path.name}.new")
        temporary.write_bytes(b"".join(_index_row(key, summary) for key, summary in parts.items()))
        temporary.replace(path)
        self.refresh(path)


def _index_row(key: str, summary: Json) -> bytes:
    return json.dumps({"key": key, "summary": summary}, ensure_ascii=False).encode() + b"\n"


_indexes: OrderedDict[Path, PartIndex] = OrderedDict()
_index_lock = Lock()


@contextmanager
def part_index(folder: Path) -> Iterator[PartIndex]:
    """Hold the up-to-date index of a job's parts; a look costs the same however many there are."""
    path = folder / INDEX
    with _index_lock:
        index = _indexes.setdefault(path, PartIndex())
        _indexes.move_to_end(path)
        if len(_indexes) > MAX_CACHED_INDEXES:
            _indexes.popitem(last=False)
        index.refresh(path)
        yield index
