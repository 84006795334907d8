"""Login with the names and secrets of FUNAUDIO_USERS, required for everything that Gradio serves.

Gradio itself requires a login on most of its paths, but not on those of its MCP server, which lists the tools, nor on
heartbeat, reset and cancel, nor on ours; and it doesn't limit failed logins. (Each path was tried with Gradio 6.31.)
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

MAX_FAILED_LOGINS = 5  # of one name at once
FAILED_LOGIN_SECONDS = 300.0  # after which a name may fail as often again
# Paths that the login form needs, and paths that protect themselves. All others are closed.
PUBLIC_PATHS = frozenset(
    (
        *("/", "/login", "/login/", "/logout", "/health", "/v1"),
        *("/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"),
        *("/gradio_api/startup-events", "/gradio_api/login_check"),  # launch() itself requests the first
    )
)
PUBLIC_PREFIXES = ("/assets/", "/static/", "/pictures/", "/v1/", "/login/")
FORM_MESSAGE = "Please log in. · 请登录。"


@cache
def _login_limiter() -> RateLimiter:
    return RateLimiter(MAX_FAILED_LOGINS, FAILED_LOGIN_SECONDS)


def auth_setup() -> tuple[Callable[[str, str], bool] | None, list[Middleware]]:
    """Return the password check and the middleware of an app with users, or None and no middleware."""
    return (_check_password, [Middleware(LoginMiddleware)]) if settings.read().users else (None, [])


def _check_password(name: str, secret: str) -> bool:
    """Return whether a name and a secret belong together.

    Raises:
        HTTPException: If too many logins with this name have failed.
    """
    if wait := _login_limiter().consume(name):
        message = Message("Too many failed logins for this name. Try again in {seconds} s.", seconds=math.ceil(wait))
        # Gradio doesn't pass the request, so the language of the browser is unknown.
        both = " · ".join(translate(message, language) for language in ("en", "zh"))
        raise HTTPException(429, both, {"Retry-After": str(math.ceil(wait))})
    is_valid = hmac.compare_digest(dict(settings.read().users).get(name, "").encode(), secret.encode()) and bool(secret)
    if is_valid:
        _login_limiter().charge(name, -1)  # refund: only failed logins count
    return is_valid


class LoginMiddleware:
    """ASGI middleware that requires a login for every path that is not public."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an ASGI app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, or refuse it with status 401."""
        if scope["type"] == "lifespan" or _is_public(scope["path"]) or logged_in_user(scope) is not None:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        message = Message("You are not logged in. Open the page and log in first.")
        detail = translate(message, preferred_language(request.headers.get("accept-language", "")))
        await JSONResponse({"detail": detail}, 401)(scope, receive, send)


def _is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or (path.startswith(PUBLIC_PREFIXES) and ".." not in path)


def logged_in_user(scope: Scope) -> str | None:
    """Return the name with which the sender of a request has logged in with our form, or None."""
    gradio, cookies = scope["app"], Request(scope).cookies if scope["type"] == "http" else {}
    names = (f"access-token-{gradio.cookie_id}", f"access-token-unsecure-{gradio.cookie_id}")
    tokens = [cookies[name] for name in names if name in cookies]
    return next((str(gradio.tokens[token]) for token in tokens if token in gradio.tokens), None)


def user_name(request: Any) -> str:
    """Return the name with which a user has logged in here or with Hugging Face, or an empty string."""
    if name := getattr(request, "username", None):
        return str(name)
    scope = getattr(getattr(request, "request", None), "scope", None) or {}
    info = (scope.get("session") or {}).get("oauth_info") or {}
    if (info.get("expires_at") or math.inf) < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")
