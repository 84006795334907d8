"""Cross-origin resource sharing: the websites that may call the API from a browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from funaudio_core import settings

API_PATHS = ("/v1/", "/health")
LOCAL_NAMES = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "::1"))  # noqa: S104 (a name, not an address to bind)
METHODS = ("GET", "HEAD", "POST")
# Headers of responses that scripts of other websites may read.
EXPOSED_HEADERS = (
    *("X-Request-Id", "X-Engine", "X-Voice", "X-Seed", "X-Ignored"),
    *("X-Sample-Rate", "X-Channels", "X-Bit-Depth", "Retry-After"),
)
PREFLIGHT_SECONDS = 600  # for which a browser remembers the answer, as Gradio's


class ApiCors:
    """ASGI app around Gradio's server that decides on cross-origin requests to the API.

    Gradio itself allows every website, unless the server is called by a local name; then local websites only. That rule
    stays for local names. For others, FUNAUDIO_CORS_ORIGINS decides.
    """

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        """Wrap an app; `origins` are allowed, "*" for any."""
        self._app = app
        self._api = CORSMiddleware(
            _WithoutOrigin(app),
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
            max_age=PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        is_api = scope["type"] == "http" and scope["path"].startswith(API_PATHS)
        app = self._api if is_api and not _is_local(Headers(scope=scope)) else self._app
        await app(scope, receive, send)


class _WithoutOrigin:
    """ASGI app that hides the origin of requests from Gradio."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name != b"origin"]
        await self._app({**scope, "headers": headers}, receive, send)


def _is_local(headers: Headers) -> bool:
    """Return whether a local website calls the server by a local name."""
    names = _host_name(headers.get("origin", "")), _host_name(f"//{headers.get('host', '')}")
    return LOCAL_NAMES.issuperset(names)


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # such as a bracket too many
        return None


def wrap(app: Starlette) -> None:
    """Wrap a server that starts in ApiCors: outside of all middleware, since Gradio adds its own around others."""
    if app.middleware_stack is not None:  # which is built before the lifespan begins
        app.middleware_stack = ApiCors(app.middleware_stack, settings.read().cors_origins)
