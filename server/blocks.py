"""Gradio blocks that track sessions, send whole values and answer every error with a message for people."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, cast

import gradio as gr

from funaudio_core.errors import FunAudioError
from funaudio_core.i18n.catalog import preferred_language
from server import sessions
from server.errors import INTERNAL_ERROR, gradio_error
from server.page.deferred_content import DeferringBlocks
from server.request import session_id
from server.sessions import STORE, track_upload

MAX_QUOTED_CHARACTERS = 300  # of an error of Gradio's, which may contain the whole input
QUEUE_POLL_SECONDS = 0.01  # Gradio's own poll of .001 s takes 5 % of a core while nobody uses the app

log = logging.getLogger(__name__)


Edit = list[Any]  # [action, path within the value, new content]


class WholeValueBlocks(gr.Blocks):
    """Blocks whose steps never change a part of a value.

    Gradio sends the differences between two steps, and the browser applies them to the value it was given. If two steps
    arrive together, it has not shown the first one yet: a button that the first step enables and that the second one
    doesn't mention then stays disabled.
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
        """Return the values of a step, or the edits that turn the previous values into them (overrides gr.Blocks)."""
        previous = None
        if session_hash is not None and run is not None and not final and not simple_format:
            previous = self.pending_diff_streams[session_hash].get(run)
        last = list(previous or ())
        values = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format=True)
        if previous is None:
            return values
        last += [None] * (len(values) - len(last))  # a reloaded app may have more outputs
        return [value_diff(old, new) for old, new in zip(last, values, strict=True)]


def value_diff(old: Any, new: Any) -> list[Edit]:
    """Return the edits that turn `old` into `new`: none, an appended text, or a replacement of the whole value."""
    if old == new:
        return []
    if isinstance(old, str) and isinstance(new, str) and new.startswith(old):
        return [["append", [], new[len(old) :]]]
    return [["replace", [], new]]


class SessionBlocks(DeferringBlocks, WholeValueBlocks):
    """Blocks that record the uploads of each session and release its files, jobs and state when it ends.

    All methods but queue() run on the server's event loop, as Gradio's own deletion of session state does.
    """

    def queue(self, *args: Any, **kwargs: Any) -> SessionBlocks:
        """Create the queue, which looks for events every QUEUE_POLL_SECONDS (overrides gr.Blocks)."""
        super().queue(*args, **kwargs)
        self._queue.sleep_when_free = QUEUE_POLL_SECONDS
        return self

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run one step of a handler for a session (overrides gr.Blocks)."""
        session = kwargs.get("session_hash") or ""
        if not session:
            return await self._process_api(*args, **kwargs)
        is_first = kwargs.get("iterator") is None
        try:
            with STORE.step(session, is_first):
                for path in _paths(kwargs.get("inputs")) if is_first else ():  # later steps repeat the inputs
                    track_upload(path, session)
                return await self._process_api(*args, **kwargs)
        finally:
            while stale := STORE.stale_session():
                self._remove(stale)

    async def _process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run one step and turn errors that were raised outside of handlers into messages."""
        try:
            return await super().process_api(*args, **kwargs)
        except _InvalidInput as error:
            raise gradio_error(error.message, _language(kwargs.get("request"))) from None
        except gr.Error:
            raise
        except Exception:
            log.exception("a step failed outside of its handler")
            raise gradio_error(INTERNAL_ERROR, _language(kwargs.get("request"))) from None

    async def preprocess_data(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the inputs as handlers take them (overrides gr.Blocks).

        Raises:
            _InvalidInput: If a component doesn't accept its input.
        """
        try:
            return cast("list[Any]", await super().preprocess_data(*args, **kwargs))
        except gr.Error as error:
            raise _InvalidInput(
                "{reason} Choose one of the options on the page; reload it if it has been open for a long time.",
                reason=str(error.message)[:MAX_QUOTED_CHARACTERS],
            ) from None
        except Exception as error:  # noqa: BLE001  (components raise all kinds of errors)
            log.warning("inputs were refused: %s", type(error).__name__)
            raise _InvalidInput(
                "The input has the wrong type or names a file that wasn't uploaded. "
                "Send a file as a data URI (data:audio/wav;base64, followed by the file in base64) or upload it first; "
                "“Use via API” shows the type of each input."
            ) from None

    async def on_unload(self) -> None:
        """Schedule the end of the caller's session, since its page was closed or the connection was lost."""
        session = session_id()
        STORE.close(session)
        asyncio.get_running_loop().call_later(sessions.GRACE_SECONDS, self._end, session)

    def _end(self, session: str) -> None:
        """Remove a closed session, or look again later if it is still working."""
        seconds = STORE.seconds_left(session)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._end, session)
        elif seconds is not None:
            self._remove(session)

    def _remove(self, session: str) -> None:
        """Release the files and jobs of a session and Gradio's state of it."""
        STORE.remove(session)
        self.state_holder.session_data.pop(session, None)
        self.state_holder.time_last_used.pop(session, None)


class _InvalidInput(FunAudioError):
    """The inputs of a handler have the wrong type or value."""


def _language(request: Any) -> str:
    """Return the language of a request that no handler has yet."""
    return preferred_language((getattr(request, "headers", None) or {}).get("accept-language", ""))


def _paths(value: Any) -> Iterator[str]:
    """Yield the paths of all files in the inputs of a handler."""
    if isinstance(value, dict):
        if isinstance(path := value.get("path"), str):
            yield path
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
