"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, cast

import gradio as gr
from gradio.context import LocalContext
from gradio.utils import get_upload_folder

from funaudio_core import jobs, leftovers
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.jobs import Job
from funaudio_core.phrases import Phrase
from tabs.edits import Whole
from tabs.words import preferred, said

GRACE_SECONDS = 60.0  # between the end of a visit and that of its files: whoever lost the connection may come back
KEPT_SECONDS = 3 * 3600.0  # a visit of which no end is told, such as a script's; Gradio's sweeps took its files before


@dataclass(slots=True)
class _Visit:
    """files: those that it brought, with when that was last, epoch seconds, and those that it got.

    jobs: by page, the id of the long work that is kept for it. shown: by what they are of, the files that were shown
    last, and those before them. began: steps of handlers under way. seen: when it did something last, by
    time.monotonic(). ended: whether its page was closed since.
    """

    files: dict[Path, float] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    shown: dict[str, list[list[Path]]] = field(default_factory=dict)
    began: int = 0
    seen: float = field(default_factory=time.monotonic)
    ended: bool = False


APOLOGY = Phrase(
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text."
)
SHOWN_SECONDS = 15.0  # of an error over the page: long enough to be read, not for ever in front of the player
MOST_QUOTED = 300  # characters

log = logging.getLogger(__name__)
_visits: OrderedDict[str, _Visit] = OrderedDict()  # by session, whoever did something last stands last
_going: dict[str, str] = {}  # by job, the session of the one visit for which part follows part of it
_unwanted: set[str] = set()  # jobs that a visit took another one in place of, while others still hold them
_guard = Lock()


def session() -> str:
    """The open page, or the script, for which the caller works; "" for a call from Python."""
    request = LocalContext.request.get(None)
    return str(getattr(request, "session_hash", None) or "")


def brings(path: str | Path, visitor: str = "") -> None:
    """Delete an upload when the visit ends, unless it was uploaded anew since. visitor: its session; "" the caller's.

    Its path is derived from its bytes, so that several visits may bring the same file. Nothing happens for files
    outside Gradio's cache, such as the examples, and for calls from Python.
    """
    _note(path, visitor or session(), time.time())


def gets(path: str | Path) -> None:
    """Delete a file that is made for the caller alone when the visit ends."""
    _note(path, session(), math.inf)


def shows(of: str, paths: Iterable[str]) -> None:
    """Files that were made for the caller are shown in place of those of the call before, where that was `of` the same.

    Those of the call before that one are deleted. Its own are not yet: they are seen until these have arrived.
    """
    old: list[Path] = []
    if visitor := session():
        with _guard:
            visit = _seen(visitor)
            shown = visit.shown.setdefault(of, [])
            shown.append([Path(path).resolve() for path in paths])
            old = shown.pop(0) if len(shown) > 2 else []
            for file in old:
                visit.files.pop(file, None)
    for file in old:
        leftovers.delete(file, math.inf)


def _note(path: str | Path, visitor: str, last: float) -> None:
    try:
        file = Path(path).resolve()
    except (OSError, ValueError):
        return  # no file has such a name; whoever reads it says so
    if visitor and file.is_relative_to(Path(get_upload_folder()).resolve()):
        with _guard:
            _seen(visitor).files[file] = last
        leftovers.note(file, last)


def holds(page: str, job: Job) -> None:
    """Keep a job for a page of the caller's visit, in place of the one that it had, until another one or its release.

    With the end of the visit it is not deleted: whoever knows its id may go on with it until jobs.sweep() takes it.
    """
    visitor, before = session(), ""
    if visitor:
        with _guard:
            visit = _seen(visitor)
            before, visit.jobs[page] = visit.jobs.get(page, ""), job.id
    if before and before != job.id:
        goes(before, False)
        _let_go(before)


def held(page: str) -> str:
    """The id of the job that is kept for a page of the caller's visit, "" for none."""
    with _guard:
        visit = _visits.get(session())
        return visit.jobs.get(page, "") if visit is not None else ""


def releases(page: str, id_: str) -> None:
    """A page of the caller's visit needs a job no more: delete it, unless another visit holds it.

    Nothing happens where the page has another one by now.
    """
    goes(id_, False)
    with _guard:
        visit = _visits.get(session(), _Visit())
        if visit.jobs.get(page) != id_:
            return
        del visit.jobs[page]
    _let_go(id_)


def goes(id_: str, on: bool) -> None:
    """Whether part follows part of a job, for the caller's visit; where it does, it does for no other any more."""
    visitor = session()
    with _guard:
        if on and visitor in _visits:
            _going[id_] = visitor
            _unwanted.discard(id_)
        elif not on and _going.get(id_) == visitor:
            del _going[id_]


def going(id_: str) -> bool:
    """Whether part follows part of a job, for the caller's visit."""
    with _guard:
        return id_ in _going and _going[id_] == session()


def going_elsewhere(id_: str) -> bool:
    """Whether part follows part of a job for another visit, of which no end was told."""
    with _guard:
        visitor = _going.get(id_, session())
        return visitor != session() and visitor in _visits and not _visits[visitor].ended


def _let_go(id_: str) -> None:
    """Delete a job, unless a visit holds it: then, where nobody goes on with it, with the last that does."""
    with _guard:
        kept = any(id_ in visit.jobs.values() for visit in _visits.values())
        (_unwanted.add if kept and id_ not in _going else _unwanted.discard)(id_)
    if not kept:
        with suppress(BadInput):  # it is gone already
            jobs.find(id_).end()


def _seen(visitor: str) -> _Visit:
    """The visit, which just did something. To be called with the guard held."""
    visit = _visits.setdefault(visitor, _Visit())
    _visits.move_to_end(visitor)
    visit.seen = time.monotonic()
    return visit


class Pages(Whole):
    """Blocks that know what each visit brings and that let go of it when it ends.

    All of it runs on the server's event loop, as Gradio's own clearing of session state does.
    """

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """See gr.Blocks: one step of a handler, of which `inputs` may name files of the visitor's."""
        visitor = kwargs.get("session_hash") or ""
        if not visitor:
            return await self._answered(*args, **kwargs)
        begins = kwargs.get("iterator") is None
        with _guard:
            visit = _seen(visitor)
            visit.began += 1
            visit.ended &= not begins  # whoever begins something new is back
        try:
            for path in _paths(kwargs.get("inputs")) if begins else ():  # every step is told all of them again
                brings(path, visitor)
            return await self._answered(*args, **kwargs)
        finally:
            with _guard:
                visit.began -= 1
                visit.seen = time.monotonic()
            self._forget_the_oldest()

    async def _answered(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A step, of which whatever goes wrong outside of our handlers is answered with a sentence as well."""
        try:
            return await super().process_api(*args, **kwargs)
        except _Refused as error:
            raise sentence(error.phrase, _reads(kwargs.get("request"))) from None
        except gr.Error:
            raise
        except Exception:
            log.exception("a step failed outside of its handler")
            raise sentence(APOLOGY, _reads(kwargs.get("request"))) from None

    async def preprocess_data(self, *args: Any, **kwargs: Any) -> list[Any]:
        """See gr.Blocks: what was sent, as handlers take it. Raises _Refused for what its component doesn't take."""
        try:
            return cast("list[Any]", await super().preprocess_data(*args, **kwargs))
        except gr.Error as error:  # its words are meant for people, but may hold all that was sent
            raise _Refused(
                "{reason} Send what the page offers; reload it if it has been open for long.",
                reason=str(error.message)[:MOST_QUOTED],
            ) from None
        except Exception as error:  # noqa: BLE001 (no more of it is told, or logged, than its kind: it quotes visitors)
            log.warning("what was sent was refused: %s", type(error).__name__)
            raise _Refused(
                "What was sent is not of the kind that is asked for here, or names a file that was not uploaded. "
                "Upload files first, and look up under “Use via API” what each input takes."
            ) from None

    async def on_unload(self) -> None:
        """The page was closed, or the connection to it was lost."""
        visitor = session()
        with _guard:
            _seen(visitor).ended = True
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._end, visitor)

    def _end(self, visitor: str) -> None:
        """Let go of everything, but not while there is still work for the visit or where it goes on."""
        with _guard:
            visit = _visits.get(visitor)
            if visit is None or not visit.ended:
                return
            rest = GRACE_SECONDS - (time.monotonic() - visit.seen)
        if visit.began or rest > 0:
            asyncio.get_running_loop().call_later(max(rest, 1.0), self._end, visitor)
        else:
            self._forget(visitor)

    def _forget_the_oldest(self) -> None:
        while True:
            with _guard:
                visitor, visit = next(iter(_visits.items()), ("", _Visit()))
            if visit.began or time.monotonic() - visit.seen < KEPT_SECONDS:
                return
            self._forget(visitor)

    def _forget(self, visitor: str) -> None:
        """Delete the files of a visit that no other brought too, and all that Gradio remembers of it.

        Its long work stays until jobs.sweep() takes it: the browser knows it and may come back, such as that of a phone
        on which another app was looked at. What the browser has other work in place of does not.
        """
        with _guard:
            visit = _visits.pop(visitor)
            others = {file for other in _visits.values() for file in other.files}
            for id_ in [id_ for id_, whose in _going.items() if whose == visitor]:
                del _going[id_]
            unwanted = _unwanted.intersection(visit.jobs.values())
        for id_ in unwanted:
            _let_go(id_)
        for file, last in visit.files.items():
            if file not in others:
                leftovers.delete(file, last)
        self.state_holder.session_data.pop(visitor, None)
        self.state_holder.time_last_used.pop(visitor, None)


class _Refused(FunAudioError):
    """What was sent is not what the page sends."""


def _reads(request: Any) -> str:
    """The language of who sent the request, which here is no handler's yet."""
    return preferred((getattr(request, "headers", None) or {}).get("accept-language", ""))


def sentence(phrase: Phrase, language: str) -> gr.Error:
    """The error that a page shows, in "en" or "zh"."""
    return gr.Error(
        said(phrase, language), duration=SHOWN_SECONDS, title=said(Phrase("Error"), language), print_exception=False
    )


def _paths(value: Any) -> Iterator[str]:
    """The paths of all files in what a page sends."""
    if isinstance(value, dict):
        if isinstance(path := value.get("path"), str):
            yield path
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
