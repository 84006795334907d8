"""Long work that is done part by part, kept on disk, and resumed after a failure or a restart.

A job is a folder: request.json, then one JSON record and its arrays for each finished part, and documents that may
change. Parts have keys: their numbers, if they finish in order, or digests of what they were made from. Access is by id
alone, which is random.
"""

from __future__ import annotations

import math
import os
import re
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation, job_files, job_locks
from funaudio_core.runtime.job_files import Arrays, Json

__all__ = ["Arrays", "Json"]

ID_BYTES = 16  # random, so that an id can't be guessed
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")
_REQUEST = "request"  # name of the record and arrays of the request
JOB_SECONDS = 3600.0  # lifetime of a job without progress, unless it has its own
POLL_SECONDS = 0.05  # between two attempts to lock a job


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
        """Return the number of finished parts."""
        with job_files.part_index(self._folder) as index:
            return len(index.parts)

    @property
    def finished(self) -> bool:
        """Return whether all parts are finished."""
        return self.completed_parts == self.total_parts

    def has_part(self, key: int | str) -> bool:
        """Return whether a part is finished."""
        with job_files.part_index(self._folder) as index:
            return str(key) in index.parts

    def summaries(self) -> Mapping[str, Json]:
        """Return the summary of each finished part by its key, as save_part() got it."""
        with job_files.part_index(self._folder) as index:
            return dict(index.parts)

    def load_array(self, name: str) -> NDArray[Any]:
        """Return an array of the request, memory-mapped."""
        return job_files.read_array(self.array_path(_REQUEST, name))

    def save_array(self, name: str, values: NDArray[Any]) -> None:
        """Add an array to the request. See save_part() for the errors."""
        with job_files.disk_errors():
            job_files.write_arrays(self._folder, _REQUEST, {name: values})

    def load_part(self, key: int | str) -> tuple[Json, dict[str, NDArray[Any]]]:
        """Return the result and arrays of a finished part. Raise BadInput if it is gone."""
        record = job_files.read_json(self._folder / f"{key}.json")
        arrays = {name: np.array(job_files.read_array(self.array_path(key, name))) for name in record["arrays"]}
        return record["content"], arrays

    def load_part_result(self, key: int | str) -> Json:
        """Return the result of a finished part without its arrays. Raise BadInput if it is gone."""
        content: Json = job_files.read_json(self._folder / f"{key}.json")["content"]
        return content

    def array_path(self, key: int | str, name: str) -> Path:
        """Return the path of an array of a finished part."""
        return self._folder / f"{key}.{name}.npy"

    def save_part(self, result: Json, arrays: Arrays, key: str | None = None, summary: Json | None = None) -> None:
        """Save the result of a part.

        Args:
            result: The result.
            arrays: Its arrays.
            key: Letters and digits; None for the number of the next part.
            summary: A few values for summaries().

        Raises:
            BadInput: The job was deleted.
            FunAudioError: The disk is full, or the jobs take up all that they may.
        """
        name = str(self.completed_parts) if key is None else key
        with job_files.disk_errors():
            job_files.write_arrays(self._folder, name, arrays)
            job_files.write_json(self._folder / f"{name}.json", {"content": result, "arrays": sorted(arrays)})
            with job_files.part_index(self._folder) as index:
                index.append(self._folder / job_files.INDEX, name, summary or {})

    def delete_parts(self, keys: Collection[str]) -> None:
        """Delete finished parts."""
        with job_files.disk_errors(), job_files.part_index(self._folder) as index:
            kept = {key: summary for key, summary in index.parts.items() if key not in keys}
            index.rewrite(self._folder / job_files.INDEX, kept)
        job_files.delete_files([path for key in keys for path in self._folder.glob(f"{key}.*")])

    def load_document(self, name: str) -> Json:
        """Return a document. Raise BadInput if there is none, or the job was deleted."""
        return job_files.read_json(self._document_path(name))

    def save_document(self, name: str, content: Json) -> None:
        """Save a document in place of an older one of that name. See save_part() for the errors."""
        with job_files.disk_errors():
            job_files.write_json(self._document_path(name), content)

    def document_version(self, name: str) -> int:
        """Return a number that changes when a document is saved; 0 if there is none."""
        try:
            return self._document_path(name).stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def file_path(self, name: str) -> Path:
        """Return the path of another file or folder of the job, which is deleted with it; see count_files()."""
        return self._folder / f"file.{name}"

    def count_files(self, *, is_limited: bool = True) -> None:
        """Count the files at file_path() among those of all jobs.

        Args:
            is_limited: More files will be written.

        Raises:
            FunAudioError: The jobs take up all that they may, and the job is limited by it.
        """
        job_files.count_folder(self._folder, is_limited=is_limited)

    def touch(self) -> None:
        """Start the job's lifetime anew."""
        with job_files.disk_errors():
            os.utime(self._folder)

    @contextmanager
    def lock(self, timeout: float = 0.0) -> Iterator[Event]:
        """Hold the job while the body runs, and yield an event that is set when another caller wants it.

        A caller in another process waits without asking the holder to stop.

        Args:
            timeout: Seconds to wait for the current holder, which is asked to stop.

        Raises:
            BadInput: The job is still held after `timeout`, or was deleted.
            Cancelled: The caller was cancelled while waiting.
        """
        deadline = time.monotonic() + timeout
        while (held := job_locks.try_acquire(self._folder, stop_requested := Event())) is None:
            if not self._folder.is_dir():
                raise job_files.expired_error()
            if time.monotonic() >= deadline:
                raise BadInput("This job is already running. Stop it first, or wait for it to finish.")
            cancellation.sleep(POLL_SECONDS)
        try:
            yield stop_requested
        finally:
            held.release()

    def delete(self) -> None:
        """Delete the job's folder."""
        job_files.delete_folder(self._folder)

    @property
    def _folder(self) -> Path:
        return job_files.jobs_dir() / self.id

    def _document_path(self, name: str) -> Path:
        return self._folder / f"document.{name}.json"


def create(
    request: Json,
    total_parts: int,
    arrays: Arrays | None = None,
    documents: Mapping[str, Json] | None = None,
    lifetime_seconds: float = JOB_SECONDS,
) -> Job:
    """Store a new job without finished parts.

    Args:
        request: All that its parts need to run, apart from documents.
        total_parts: Number of parts; 0 if it may change.
        arrays: Large inputs of the request.
        documents: First contents of documents.
        lifetime_seconds: Time without progress after which delete_stale() deletes the job.

    Raises:
        FunAudioError: The disk is full, or the jobs take up all that they may.
    """
    job = Job(secrets.token_hex(ID_BYTES), request, total_parts)
    folder = job_files.jobs_dir() / job.id
    try:
        with job_files.disk_errors():
            folder.mkdir(mode=0o700, parents=True)
            (folder / job_locks.LOCK).touch()  # to lock the job must not look like progress
            job_files.write_arrays(folder, _REQUEST, arrays or {})
            for name, content in (documents or {}).items():
                job.save_document(name, content)
            record = {"content": request, "total_parts": total_parts, "lifetime_seconds": lifetime_seconds}
            job_files.write_json(folder / f"{_REQUEST}.json", record)
    except BaseException:
        job.delete()
        raise
    return job


def get(id_: str) -> Job:
    """Return the job with this id. Raise BadInput if it doesn't exist any more."""
    if not _ID.fullmatch(id_):
        raise job_files.expired_error()
    record = job_files.read_json(job_files.jobs_dir() / id_ / f"{_REQUEST}.json")
    return Job(id_, record["content"], record["total_parts"])


def find_all(kind: str) -> list[Job]:
    """Return all jobs whose request has this "kind", for the process itself: a visitor finds a job by its id alone."""
    found = []
    for folder in sorted(job_files.jobs_dir().glob("*")):
        try:
            job = get(folder.name)
        except BadInput:
            continue
        if job.request.get("kind") == kind:
            found.append(job)
    return found


def delete_stale() -> int:
    """Delete unlocked jobs without progress for their lifetime, and return how many were deleted."""
    deleted = 0
    for folder in [*job_files.jobs_dir().glob("*")]:
        if not _ID.fullmatch(folder.name):
            continue
        if (held := job_locks.try_acquire(folder, Event(), interrupts=False)) is None:
            continue
        try:
            if _idle_seconds(folder) > _lifetime_seconds(folder):
                job_files.delete_folder(folder)
                deleted += not folder.exists()
        finally:
            held.release()
    return deleted


def _idle_seconds(folder: Path) -> float:
    """Return the seconds since the folder last changed; -inf if it is gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return -math.inf


def _lifetime_seconds(folder: Path) -> float:
    """Return the lifetime of a job; that of a job whose record is missing is the usual one."""
    try:
        return float(job_files.read_json(folder / f"{_REQUEST}.json").get("lifetime_seconds", JOB_SECONDS))
    except BadInput:
        return JOB_SECONDS
