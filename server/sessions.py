"""Files and jobs of each session, released when the session ends."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from gradio.utils import get_upload_folder

from funaudio_core.errors import BadInput
from funaudio_core.runtime import jobs
from server.request import session_id

GRACE_SECONDS = 60.0  # a browser that lost its connection may come back
MAX_IDLE_SECONDS = 3 * 3600.0  # scripts end without notice; Gradio deletes their files earlier
KEPT_OUTPUTS = 2  # the browser shows the older files until the newer ones arrive


@dataclass(slots=True)
class _Session:
    """State of one open page or script.

    Attributes:
        files: Files to delete, each with the time of its upload in epoch seconds, or infinity for an output.
        jobs: Id of the job of each page. No two sessions have the same job.
        running_jobs: Ids of those jobs whose parts follow each other by themselves.
        shown_jobs: Ids of those that are finished and were shown.
        outputs: Recent lists of output files by key, oldest first.
        active_steps: Number of handler steps under way.
        last_active: Time of the last activity, by time.monotonic().
        closed: True if the page was closed since.
    """

    files: dict[Path, float] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    running_jobs: set[str] = field(default_factory=set)
    shown_jobs: set[str] = field(default_factory=set)
    outputs: dict[str, list[list[Path]]] = field(default_factory=dict)
    active_steps: int = 0
    last_active: float = field(default_factory=time.monotonic)
    closed: bool = False


class SessionStore:
    """Thread-safe store of all sessions with their files and jobs."""

    def __init__(self) -> None:
        """Create an empty store."""
        self._sessions: OrderedDict[str, _Session] = OrderedDict()  # the most recently active last
        self._lock = Lock()

    @contextmanager
    def step(self, session: str, is_first: bool) -> Iterator[None]:
        """Keep a session alive while a step of a handler runs.

        Args:
            session: Session id.
            is_first: True for the first step of a handler, which reopens a closed session.
        """
        with self._lock:
            entry = self._touch(session)
            entry.active_steps += 1
            entry.closed &= not is_first
        try:
            yield
        finally:
            with self._lock:
                entry.active_steps -= 1
                entry.last_active = time.monotonic()

    def close(self, session: str) -> None:
        """Mark a session as closed by its browser."""
        with self._lock:
            self._touch(session).closed = True

    def seconds_left(self, session: str) -> float | None:
        """Return the seconds until a closed session may be removed, or None if it is open again or gone."""
        with self._lock:
            entry = self._sessions.get(session)
            if entry is None or not entry.closed:
                return None
            rest = GRACE_SECONDS - (time.monotonic() - entry.last_active)
            return max(rest, 1.0) if entry.active_steps or rest > 0 else 0.0

    def stale_session(self) -> str | None:
        """Return the session that has been idle for longest, if it has been for MAX_IDLE_SECONDS."""
        with self._lock:
            session, entry = next(iter(self._sessions.items()), ("", None))
            if entry is None or entry.active_steps or time.monotonic() - entry.last_active < MAX_IDLE_SECONDS:
                return None
            return session

    def remove(self, session: str) -> None:
        """Forget a session and delete its files, except those that another session has too.

        Its jobs stay until jobs.delete_stale() deletes them, since the browser may come back for them.
        """
        with self._lock:
            entry = self._sessions.pop(session, None) or _Session()
            shared = {file for other in self._sessions.values() for file in other.files}
        for file, uploaded in entry.files.items():
            if file not in shared:
                _delete(file, uploaded)

    def add_file(self, session: str, path: str | Path, uploaded: float) -> None:
        """Delete a file in Gradio's cache when the session ends; ignore other files, such as the examples.

        Args:
            session: Session id; nothing happens if it is empty, as for calls from Python.
            path: Path of the file.
            uploaded: Time of the upload in epoch seconds. A file that was uploaded again later is not deleted: Gradio
                derives the path from the content, so another session may have the same file.
        """
        try:
            file = Path(path).resolve()
        except (OSError, ValueError):
            return  # not a valid file name; the handler that reads it reports that
        if session and file.is_relative_to(Path(get_upload_folder()).resolve()):
            with self._lock:
                self._touch(session).files[file] = uploaded

    def rotate_outputs(self, session: str, key: str, paths: Iterable[str]) -> None:
        """Record the newest output files of a key and delete those that are no longer shown."""
        expired: list[Path] = []
        with self._lock:
            entry = self._touch(session)
            outputs = entry.outputs.setdefault(key, [])
            outputs.append([Path(path).resolve() for path in paths])
            if len(outputs) > KEPT_OUTPUTS:
                expired = outputs.pop(0)
            for file in expired:
                entry.files.pop(file, None)
        for file in expired:
            _delete(file, math.inf)

    def attach_job(self, session: str, page: str, job_id: str) -> bool:
        """Make a session the owner of a job, in place of the page's previous job, which is deleted.

        Args:
            session: Session id; nothing happens if it is empty, as for calls from Python.
            page: Module of the page.
            job_id: Id of the job. A session that owns it, but is closed or was not active lately, loses it.

        Returns:
            False if another active session owns the job, which it keeps.
        """
        if not session:
            return True
        with self._lock:
            entry = self._touch(session)
            previous = entry.jobs.get(page, "")
            if previous == job_id:
                return True
            if self._is_owned_elsewhere(session, job_id):
                return False
            for other in self._sessions.values():
                _forget_job(other, job_id)
            _forget_job(entry, previous)
            entry.jobs[page] = job_id
        if previous:
            _delete_job(previous)
        return True

    def attached_job(self, session: str, page: str) -> str:
        """Return the id of the job of a page, or an empty string."""
        with self._lock:
            entry = self._sessions.get(session)
            return entry.jobs.get(page, "") if entry is not None else ""

    def delete_job(self, session: str, job_id: str) -> None:
        """Delete a job that the session owns; ignore any other."""
        with self._lock:
            entry = self._sessions.get(session)
            if entry is None or job_id not in entry.jobs.values():
                return
            _forget_job(entry, job_id)
        _delete_job(job_id)

    def set_running(self, session: str, job_id: str, running: bool) -> None:
        """Mark a job as running or not; ignore a job that the session doesn't own."""
        with self._lock:
            entry = self._sessions.get(session)
            if entry is not None and job_id in entry.jobs.values():
                (entry.running_jobs.add if running else entry.running_jobs.discard)(job_id)

    def is_running(self, session: str, job_id: str) -> bool:
        """Return whether a session owns a job and it is running."""
        with self._lock:
            entry = self._sessions.get(session)
            return entry is not None and job_id in entry.running_jobs

    def set_shown(self, session: str, job_id: str) -> None:
        """Mark a job as finished and shown; ignore a job that the session doesn't own."""
        with self._lock:
            entry = self._sessions.get(session)
            if entry is not None and job_id in entry.jobs.values():
                entry.running_jobs.discard(job_id)
                entry.shown_jobs.add(job_id)

    def is_shown(self, session: str, job_id: str) -> bool:
        """Return whether a session owns a job and has shown its result."""
        with self._lock:
            entry = self._sessions.get(session)
            return entry is not None and job_id in entry.shown_jobs

    def is_owned_elsewhere(self, session: str, job_id: str) -> bool:
        """Return whether another session owns a job and is open and active."""
        with self._lock:
            return self._is_owned_elsewhere(session, job_id)

    def _is_owned_elsewhere(self, session: str, job_id: str) -> bool:
        """Return whether another session owns a job. The caller holds the lock.

        A browser that lost its connection may never close its session, so an idle one doesn't count.
        """
        active_since = time.monotonic() - GRACE_SECONDS
        return any(
            name != session
            and job_id in other.jobs.values()
            and not other.closed
            and (other.active_steps > 0 or other.last_active >= active_since)
            for name, other in self._sessions.items()
        )

    def _touch(self, session: str) -> _Session:
        """Return a session, created if needed, as the most recently active one. The caller holds the lock."""
        entry = self._sessions.setdefault(session, _Session())
        self._sessions.move_to_end(session)
        entry.last_active = time.monotonic()
        return entry


def _forget_job(entry: _Session, job_id: str) -> None:
    """Remove a job from a session that may have it."""
    entry.jobs = {page: job for page, job in entry.jobs.items() if job != job_id}
    entry.running_jobs.discard(job_id)
    entry.shown_jobs.discard(job_id)


def _delete_job(job_id: str) -> None:
    with suppress(BadInput):  # deleted already
        jobs.get(job_id).delete()


STORE = SessionStore()


def track_upload(path: str | Path, session: str = "") -> None:
    """Delete an upload when a session ends, by default the caller's, unless it was uploaded again since."""
    STORE.add_file(session or session_id(), path, time.time())


def track_output(path: str | Path) -> None:
    """Delete a file that was made for the caller when the session ends."""
    STORE.add_file(session_id(), path, math.inf)


def rotate_outputs(key: str, paths: Iterable[str]) -> None:
    """Replace the caller's output files of a key, such as a job, and delete those of two calls before."""
    if session := session_id():
        STORE.rotate_outputs(session, key, paths)


def _delete(file: Path, uploaded: float) -> None:
    """Delete a file that was not written after `uploaded`, in epoch seconds, and its folder if that is empty."""
    with suppress(OSError):  # deleted already, or the folder holds another file
        if file.is_file() and file.stat().st_ctime <= uploaded:
            file.unlink()
            file.parent.rmdir()
