"""Compression of the page and its configuration; Gradio compresses only scripts and style sheets."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

COMPRESSED_PATHS = frozenset(("/", "/config", "/gradio_api/info"))


class PageCompressionMiddleware:
    """ASGI middleware that compresses the responses of COMPRESSED_PATHS.

    Sound, which hardly gets smaller, and streams of events, which must not wait, are left alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app
        self._compressing = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        is_page = scope["type"] == "http" and scope["path"] in COMPRESSED_PATHS
        await (self._compressing if is_page else self._app)(scope, receive, send)
