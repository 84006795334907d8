"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from typing import Any, cast

import gradio as gr

from funaudio_core.errors import FunAudioError
from funaudio_core.i18n.catalog import preferred_language
from funaudio_core.runtime import temp_files
from server import sessions
from server.errors import INTERNAL_ERROR, gradio_error
from server.request import session_id
from server.session_jobs import _going, _let_go, _unwanted
from server.sessions import _guard, _seen, _Visit, _visits, track_upload

MOST_QUOTED = 300  # characters

log = logging.getLogger(__name__)


Edit = list[Any]  # [action, path within the value, what comes there]


class Whole(gr.Blocks):
    """Blocks whose steps never change a part of a value.

    Gradio tells a browser by which edits an output's value becomes the next one, and the browser makes them within the
    value it was given. Where two steps arrive together, that is before it has shown the first: a button that wakes in
    the first and is left alone in the second then stays asleep.
    """

    def handle_streaming_diffs(
        self,
        block_fn: Any,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """See gr.Blocks: the values of a step, or what makes those of the step before into them."""
        before = None
        if session_hash is not None and run is not None and not final and not simple_format:
            before = self.pending_diff_streams[session_hash].get(run)
        last = list(before or ())
        values = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format=True)
        if before is None:
            return values
        last += [None] * (len(values) - len(last))  # an app that is loaded anew may have more outputs
        return [value_diff(old, new) for old, new in zip(last, values, strict=True)]


def value_diff(old: Any, new: Any) -> list[Edit]:
    """What makes `old` into `new`: nothing where they are equal, the rest where text goes on, else all of it."""
    if old == new:
        return []
    if isinstance(old, str) and isinstance(new, str) and new.startswith(old):
        return [["append", [], new[len(old) :]]]
    return [["replace", [], new]]


class SessionBlocks(Whole):
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
                track_upload(path, visitor)
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
            raise gradio_error(error.message, _reads(kwargs.get("request"))) from None
        except gr.Error:
            raise
        except Exception:
            log.exception("a step failed outside of its handler")
            raise gradio_error(INTERNAL_ERROR, _reads(kwargs.get("request"))) from None

    async def preprocess_data(self, *args: Any, **kwargs: Any) -> list[Any]:
        """See gr.Blocks: what was sent, as handlers take it. Raises _Refused for what its component doesn't take."""
        try:
            return cast("list[Any]", await super().preprocess_data(*args, **kwargs))
        except gr.Error as error:  # its words are meant for people, but may hold all that was sent
            raise _Refused(
                "{reason} Choose one of the options on the page; reload it if it has been open for a long time.",
                reason=str(error.message)[:MOST_QUOTED],
            ) from None
        except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
            log.warning("what was sent was refused: %s", type(error).__name__)
            raise _Refused(
                "The input has the wrong type or names a file that wasn't uploaded. "
                "Upload files first, and see “Use via API” for the type of each input."
            ) from None

    async def on_unload(self) -> None:
        """The page was closed, or the connection to it was lost."""
        visitor = session_id()
        with _guard:
            _seen(visitor).ended = True
        asyncio.get_running_loop().call_later(sessions.GRACE_SECONDS, self._end, visitor)

    def _end(self, visitor: str) -> None:
        """Let go of everything, but not while there is still work for the visit or where it goes on."""
        with _guard:
            visit = _visits.get(visitor)
            if visit is None or not visit.ended:
                return
            rest = sessions.GRACE_SECONDS - (time.monotonic() - visit.seen)
        if visit.began or rest > 0:
            asyncio.get_running_loop().call_later(max(rest, 1.0), self._end, visitor)
        else:
            self._forget(visitor)

    def _forget_the_oldest(self) -> None:
        while True:
            with _guard:
                visitor, visit = next(iter(_visits.items()), ("", _Visit()))
            if visit.began or time.monotonic() - visit.seen < sessions.KEPT_SECONDS:
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
                temp_files.delete(file, last)
        self.state_holder.session_data.pop(visitor, None)
        self.state_holder.time_last_used.pop(visitor, None)


class _Refused(FunAudioError):
    """What was sent is not what the page sends."""


def _reads(request: Any) -> str:
    """The language of who sent the request, which here is no handler's yet."""
    return preferred_language((getattr(request, "headers", None) or {}).get("accept-language", ""))


def _paths(value: Any) -> Iterator[str]:
    """The paths of all files in what a page sends."""
    if isinstance(value, dict):
        if isinstance(path := value.get("path"), str):
            yield path
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
