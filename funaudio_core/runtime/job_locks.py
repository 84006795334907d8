"""Locks of jobs: each has one holder at a time, among the threads of a process and among all processes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock

import filelock

LOCK = "lock"  # name of the file in a job's folder; the system unlocks it when the process of the holder ends
_guard = Lock()
_holders: dict[str, Event] = {}  # events that ask the holders in this process to stop, by job id


@dataclass(frozen=True, slots=True)
class JobLock:
    """Lock of a job that is held."""

    id: str
    file: filelock.BaseFileLock

    def release(self) -> None:
        """Let others have the job."""
        self.file.release()
        with _guard:
            del _holders[self.id]


def try_acquire(folder: Path, stop_requested: Event, *, interrupts: bool = True) -> JobLock | None:
    """Lock a job and return the lock, or None if another holds it or it doesn't exist.

    Args:
        folder: Folder of the job.
        stop_requested: Event that is set when another thread of this process wants the job.
        interrupts: Ask a holder in this process to stop.
    """
    with _guard:
        holder = _holders.setdefault(folder.name, stop_requested)
        if holder is not stop_requested:
            if interrupts:
                holder.set()
            return None
    lock = JobLock(folder.name, filelock.FileLock(folder / LOCK, timeout=0, thread_local=False))
    with suppress(filelock.Timeout, OSError):  # another process holds the job, or deletes it
        if folder.is_dir():  # the lock would make the folder of a deleted job anew
            lock.file.acquire()
    if lock.file.is_locked:
        return lock
    lock.release()
    return None
