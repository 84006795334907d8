"""Compression of the page and its parts; Gradio compresses only scripts and style sheets."""

from __future__ import annotations

from gradio.brotli_middleware import BrotliResponder, Mode
from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PAGE_PATHS = frozenset(("/", "/config", "/gradio_api/info"))
CALL_PATH = "/gradio_api/run/predict"  # of calls outside the queue, one of which brings the content of a page
COMPRESSED_PATHS = PAGE_PATHS | {CALL_PATH}
BROTLI = {"quality": 5, "mode": Mode.text, "lgwin": 22, "lgblock": 0, "minimum_size": 500}


class PageCompressionMiddleware:
    """ASGI middleware that compresses the responses of COMPRESSED_PATHS.

    Sound, which hardly gets smaller, and streams of events, which must not wait, are left alone.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app
        self._gzip = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["path"] not in COMPRESSED_PATHS:
            await self._app(scope, receive, send)
        elif "br" in Headers(scope=scope).get("accept-encoding", ""):  # finds repetitions that are far apart
            await BrotliResponder(self._app, **BROTLI)(scope, receive, send)
        else:
            await self._gzip(scope, receive, send)
