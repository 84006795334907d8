"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import logging
from contextlib import suppress

from funaudio_core.errors import BadInput
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job
from server.request import session_id
from server.sessions import _guard, _seen, _Visit, _visits

log = logging.getLogger(__name__)
_going: dict[str, str] = {}  # by job, the session of the one visit for which part follows part of it
_unwanted: set[str] = set()  # jobs that a visit took another one in place of, while others still hold them


def attach_job(page: str, job: Job) -> None:
    """Keep a job for a page of the caller's visit, in place of the one that it had, until another one or its release.

    With the end of the visit it is not deleted: whoever knows its id may go on with it until jobs.sweep() takes it.
    """
    visitor, before = session_id(), ""
    if visitor:
        with _guard:
            visit = _seen(visitor)
            before, visit.jobs[page] = visit.jobs.get(page, ""), job.id
    if before and before != job.id:
        goes(before, False)
        _let_go(before)


def attached_job(page: str) -> str:
    """The id of the job that is kept for a page of the caller's visit, "" for none."""
    with _guard:
        visit = _visits.get(session_id())
        return visit.jobs.get(page, "") if visit is not None else ""


def detach_job(page: str, id_: str) -> None:
    """A page of the caller's visit needs a job no more: delete it, unless another visit holds it.

    Nothing happens where the page has another one by now.
    """
    goes(id_, False)
    with _guard:
        visit = _visits.get(session_id(), _Visit())
        if visit.jobs.get(page) != id_:
            return
        del visit.jobs[page]
    _let_go(id_)


def goes(id_: str, on: bool) -> None:
    """Whether part follows part of a job, for the caller's visit; where it does, it does for no other any more."""
    visitor = session_id()
    with _guard:
        if on and visitor in _visits:
            _going[id_] = visitor
            _unwanted.discard(id_)
        elif not on and _going.get(id_) == visitor:
            del _going[id_]


def is_owner(id_: str) -> bool:
    """Whether part follows part of a job, for the caller's visit."""
    with _guard:
        return id_ in _going and _going[id_] == session_id()


def owned_elsewhere(id_: str) -> bool:
    """Whether part follows part of a job for another visit, of which no end was told."""
    with _guard:
        visitor = _going.get(id_, session_id())
        return visitor != session_id() and visitor in _visits and not _visits[visitor].ended


def _let_go(id_: str) -> None:
    """Delete a job, unless a visit holds it: then, where nobody goes on with it, with the last that does."""
    with _guard:
        kept = any(id_ in visit.jobs.values() for visit in _visits.values())
        (_unwanted.add if kept and id_ not in _going else _unwanted.discard)(id_)
    if not kept:
        with suppress(BadInput):  # it is gone already
            jobs.get(id_).delete()
