"""Jobs of the current session: one for each page, each owned by one session."""

from __future__ import annotations

from enum import Enum

from funaudio_core.runtime.jobs import Job
from server.request import session_id
from server.sessions import STORE


class JobState(Enum):
    """State of the job of a page.

    IDLE --start--> RUNNING --last part shown--> SHOWN
    RUNNING --pause, error, lost connection--> PAUSED --resume--> RUNNING
    RUNNING --the same, with all parts finished--> DONE --resume shows them--> SHOWN
    SHOWN --page reloaded--> DONE, in the new session
    any --discard--> IDLE; any --deleted--> EXPIRED
    """

    IDLE = "idle"  # no job
    RUNNING = "running"  # one part follows the other in the session that owns the job
    PAUSED = "paused"  # unfinished, waits for Continue
    DONE = "done"  # finished, but not shown in this session
    SHOWN = "shown"  # finished and shown; kept until the next request, so that a reloaded page can show it again
    EXPIRED = "expired"  # deleted, or stored in another format


def attach_job(page: str, job: Job) -> bool:
    """Make this session the owner of a job, in place of the page's previous job, which is deleted.

    The end of the session does not delete the job: a browser that knows its id may resume it until
    jobs.delete_stale() deletes it.

    Returns:
        False if another active session owns the job.
    """
    return STORE.attach_job(session_id(), page, job.id)


def attached_job(page: str) -> str:
    """Return the id of the job attached to a page, or an empty string."""
    return STORE.attached_job(session_id(), page)


def delete_job(job_id: str) -> None:
    """Delete a job of this session; ignore any other."""
    STORE.delete_job(session_id(), job_id)


def set_running(job_id: str, running: bool) -> None:
    """Mark a job of this session as running, so that its parts follow each other, or as not running."""
    STORE.set_running(session_id(), job_id, running)


def is_running(job_id: str) -> bool:
    """Return whether this session owns a job and it is running."""
    return STORE.is_running(session_id(), job_id)


def set_shown(job_id: str) -> None:
    """Mark a job of this session as finished and shown: it is kept for a reload of the page."""
    STORE.set_shown(session_id(), job_id)


def is_shown(job_id: str) -> bool:
    """Return whether this session owns a job and has shown its result."""
    return STORE.is_shown(session_id(), job_id)


def is_owned_elsewhere(job_id: str) -> bool:
    """Return whether another session owns a job and is open and active."""
    return STORE.is_owned_elsewhere(session_id(), job_id)
