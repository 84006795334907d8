"""Who may come in, where that is not everybody: names, secrets, a door before all that Gradio serves. Knows no page.

Gradio asks for a login on most of its paths itself, but not on those of its MCP server, which tells anybody its tools,
nor on heartbeat, reset and cancel, nor on ours; and it counts no tries. (Each path tried with Gradio 6.31.)
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from funaudio_core import settings
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from funaudio_core.runtime.rate_limit import RateLimiter

MAX_TRIES, TRIES_SECONDS = 5, 300.0  # wrong secrets that a name may have at once; time in which as many come back
# What is needed to see the form and to send it, and what guards itself. Everything else is closed.
OPEN = frozenset(
    (
        *("/", "/login", "/login/", "/logout", "/health"),
        *("/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"),
        *("/gradio_api/startup-events", "/gradio_api/login_check"),  # launch() itself asks for the first
    )
)
OPEN_BELOW = ("/assets/", "/static/", "/v1/", "/login/")
FORM_MESSAGE = "Please log in. · 请登录。"


@cache
def _tries() -> RateLimiter:
    return RateLimiter(MAX_TRIES, TRIES_SECONDS)


def auth_setup() -> tuple[Callable[[str, str], bool] | None, list[Middleware]]:
    """What tells whether a name and a secret belong together, and what stands before Gradio; neither without users."""
    return (_check_password, [Middleware(LoginMiddleware)]) if settings.read().users else (None, [])


def _check_password(name: str, secret: str) -> bool:
    """Whether whoever gives these may come in. Raises HTTPException where a name had too many wrong secrets."""
    if wait := _tries().consume(name):
        phrase = Message("Too many failed logins for this name. Try again in {seconds} s.", seconds=math.ceil(wait))
        sentence = " · ".join(
            translate(phrase, language) for language in ("en", "zh")
        )  # whose browser it is, nobody tells
        raise HTTPException(429, sentence, {"Retry-After": str(math.ceil(wait))})
    right = hmac.compare_digest(dict(settings.read().users).get(name, "").encode(), secret.encode()) and bool(secret)
    if right:
        _tries().charge(name, -1)  # it costs nothing
    return right


class LoginMiddleware:
    """Lets in whoever is logged in, and everybody to where OPEN says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] == "lifespan" or _may(scope):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        phrase = Message("You are not logged in. Open the page and log in first.")
        detail = translate(phrase, preferred_language(request.headers.get("accept-language", "")))
        await JSONResponse({"detail": detail}, 401)(scope, receive, send)


def _may(scope: Scope) -> bool:
    path = scope["path"]
    if path in OPEN or (path.startswith(OPEN_BELOW) and ".." not in path):
        return True
    return logged_in_user(scope) is not None


def logged_in_user(scope: Scope) -> str | None:
    """The name under which whoever sends a request came in by our form, None where they did not."""
    gradio, cookies = scope["app"], Request(scope).cookies if scope["type"] == "http" else {}
    names = (f"access-token-{gradio.cookie_id}", f"access-token-unsecure-{gradio.cookie_id}")
    tokens = [cookies[name] for name in names if name in cookies]
    return next((str(gradio.tokens[token]) for token in tokens if token in gradio.tokens), None)


def user_name(request: Any) -> str:
    """The name under which whoever sent a request is logged in, here or with Hugging Face; "" where they are not."""
    if name := getattr(request, "username", None):
        return str(name)
    scope = getattr(getattr(request, "request", None), "scope", None) or {}
    info = (scope.get("session") or {}).get("oauth_info") or {}
    if (info.get("expires_at") or math.inf) < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")
