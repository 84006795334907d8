"""Jobs of the current session: the one attached to each page, and the session that runs a job's parts."""

from __future__ import annotations

from funaudio_core.runtime.jobs import Job
from server.request import session_id
from server.sessions import STORE


def attach_job(page: str, job: Job) -> None:
    """Attach a job to a page in place of its previous one, which is deleted unless another session has it.

    The end of the session does not delete the job: a browser that knows its id may resume it until
    jobs.delete_stale() deletes it.
    """
    if session := session_id():
        STORE.attach_job(session, page, job.id)


def attached_job(page: str) -> str:
    """Return the id of the job attached to a page, or an empty string."""
    return STORE.attached_job(session_id(), page)


def detach_job(page: str, job_id: str) -> None:
    """Detach a job from a page and delete it unless another session has it; ignore a job the page doesn't have."""
    STORE.detach_job(session_id(), page, job_id)


def claim_job(job_id: str) -> None:
    """Make this session the owner of a job: its parts follow each other here and in no other session."""
    STORE.claim_job(session_id(), job_id)


def release_job(job_id: str) -> None:
    """End this session's ownership of a job, so that no further part starts by itself."""
    STORE.release_job(session_id(), job_id)


def is_owner(job_id: str) -> bool:
    """Return whether this session owns a job."""
    return STORE.is_owner(session_id(), job_id)


def owned_elsewhere(job_id: str) -> bool:
    """Return whether a job is owned by another session that is still open."""
    return STORE.owned_elsewhere(session_id(), job_id)
