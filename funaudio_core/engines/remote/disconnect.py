"""Cancellation of HTTP requests that are waiting for data."""

from __future__ import annotations

import contextvars
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from funaudio_core.runtime import cancellation

POLL_SECONDS = 0.25  # between two checks for cancellation


class Disconnector:
    """Shutdown of one call's connection once the current context is cancelled, which ends pending reads."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cancelled = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the connection that is made; for httpx's "trace" request extension."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
                if self._is_cancelled:
                    self._shut_down()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch for cancellation while the body runs.

        After a shutdown the body may have failed, or have mistaken the truncated data for a whole answer.

        Raises:
            Cancelled: The connection was shut down.
        """
        done = threading.Event()
        context = contextvars.copy_context()
        watcher = threading.Thread(target=context.run, args=(self._poll, done), name="disconnector", daemon=True)
        watcher.start()
        try:
            yield
        except Exception:
            if self._is_cancelled:
                cancellation.raise_if_cancelled()
            raise
        else:
            if self._is_cancelled:
                cancellation.raise_if_cancelled()
        finally:
            done.set()
            watcher.join()

    def _poll(self, done: threading.Event) -> None:
        while not done.wait(POLL_SECONDS):
            try:
                cancellation.raise_if_cancelled()
            except cancellation.Cancelled:
                with self._lock:
                    self._is_cancelled = True
                    self._shut_down()
                return

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # already closed
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # an SSLSocket's own shutdown() drops TLS first
