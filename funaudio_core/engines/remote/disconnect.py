"""Ends a request for whose answer nobody waits any more, also while nothing comes. Knows no server and no request."""

from __future__ import annotations

import contextvars
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from funaudio_core.runtime import cancellation

POLL_SECONDS = 0.25  # between two looks at whether somebody still waits


class Disconnector:
    """Shuts the connections of one call as soon as stopping.check() raises; whoever reads from them gets an error."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._open: socket.socket | None = None
        self._left = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """For httpx's request extension of that name: takes note of the connection that is made."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._guard:
                self._open = info["return_value"].get_extra_info("socket")
                if self._left:
                    self._shut()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """While the body runs, in the caller's context. Raises stopping.Stopped where its connections were shut.

        The body may then have failed, or taken what was cut for all that was sent.
        """
        over = threading.Event()
        context = contextvars.copy_context()
        watcher = threading.Thread(target=context.run, args=(self._watch, over), name="leaving", daemon=True)
        watcher.start()
        try:
            yield
        except Exception:
            if self._left:
                cancellation.raise_if_cancelled()
            raise
        else:
            if self._left:
                cancellation.raise_if_cancelled()
        finally:
            over.set()
            watcher.join()

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(POLL_SECONDS):
            try:
                cancellation.raise_if_cancelled()
            except cancellation.Cancelled:
                with self._guard:
                    self._left = True
                    self._shut()
                return

    def _shut(self) -> None:
        if self._open is not None:
            with suppress(OSError):  # closed already
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)  # one with TLS would first go on without it
