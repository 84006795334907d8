"""Size limits of request bodies and rate limits of uploads, counted while the bytes arrive.

Gradio limits only the files of an upload; any other body it reads into memory, whatever its size. An upload doesn't
name its session: that is known once a handler takes the file, see sessions.track_upload().
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from funaudio_core import settings
from funaudio_core.errors import FunAudioError
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from funaudio_core.runtime.rate_limit import RateLimited, RateLimiter
from server import auth
from server.request import LOCAL_ADDRESSES, account_of

UPLOAD_PATH = "/gradio_api/upload"
MCP_PATH = "/gradio_api/mcp/"  # agents that can't upload send clips in base64
SELF_LIMITED = ("/v1/audio/transcriptions", "/v1/audio/translations", "/v1/audio/speech")  # see openai_api/requests.py
# Endpoints that no page needs. The first reads files into memory for functions that none of our components has. The
# second cuts screen recordings; without it the recorder in Gradio's settings offers them uncut.
BLOCKED = ("/gradio_api/component_server", "/gradio_api/process_recording")
BURST_FILES = 5  # files of the largest size that an account may upload at once
REFILL_SECONDS = 3600.0  # after which it may upload as many again
FILE_OVERHEAD_BYTES = 2**13  # disk space of a file beside its content: its last block, and one for its folder
EVENT_BYTES = 4 * 2**20  # of an event, beside MAX_TEXTS texts of the greatest length
MAX_TEXTS = 4
CHARACTER_BYTES = 12  # of JSON for one character at most: two \uXXXX escapes


def _max_upload_bytes() -> int:
    return BURST_FILES * settings.read().max_file_megabytes * 2**20


@cache
def _upload_limiter() -> RateLimiter:
    return RateLimiter(_max_upload_bytes(), REFILL_SECONDS)


class RequestRefused(FunAudioError):
    """A request whose body is not read to its end."""

    def __init__(self, status: int, message: Message) -> None:
        """Create the error.

        Args:
            status: HTTP status of the response.
            message: Text of the response.
        """
        super().__init__(message)
        self.status = status


def limit_body(request: Request, max_bytes: int, error: FunAudioError) -> Request:
    """Return a request whose body has at most `max_bytes`.

    The returned request raises the error when more than that is read.

    Args:
        request: Request whose body was not read yet.
        max_bytes: Limit of the body.
        error: Error to raise, now if the Content-Length header exceeds the limit.
    """
    if (_content_length(request) or 0) > max_bytes:
        raise error
    received = 0

    async def receive() -> AsgiMessage:
        nonlocal received
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > max_bytes:
            raise error
        return message

    return Request(request.scope, receive)


@contextmanager
def charge_upload(request: Request, account: str) -> Iterator[Request]:
    """Yield a request whose body counts against the upload limit of an account; local callers have none.

    The announced length is charged at once, bytes beyond it as they arrive. Bytes that never arrive are refunded.

    Raises:
        RateLimited: If the limit is reached, now or while the body is read.
    """
    if account in LOCAL_ADDRESSES:
        yield request
        return
    received, charged = 0, _content_length(request) or 0
    if wait := _upload_limiter().consume(account, charged):
        raise _rate_limited(wait)

    async def receive() -> AsgiMessage:
        nonlocal received, charged
        message = await request.receive()
        received += len(message.get("body", b""))
        if received > charged:
            _upload_limiter().charge(account, received - charged)
            charged = received
            if wait := _upload_limiter().consume(account, 0):
                raise _rate_limited(wait)
        return message

    try:
        yield Request(request.scope, receive)
    finally:
        _upload_limiter().charge(account, received - charged)


def _content_length(request: Request) -> int | None:
    """Return the Content-Length header in bytes, or None if it is missing or invalid."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _rate_limited(wait: float) -> RateLimited:
    return RateLimited(
        "Upload limit reached. Try again in {minutes} min.",
        wait,
        minutes=math.ceil(wait / 60),
    )


class BodyLimitMiddleware:
    """ASGI middleware that limits request bodies and charges uploads to their accounts."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an ASGI app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["path"].endswith(SELF_LIMITED):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            with _limited(request) as limited:
                await self._respond(limited, send)
        except (RequestRefused, RateLimited) as error:
            await _error_response(request, error)(scope, receive, send)

    async def _respond(self, request: Request, send: Send) -> None:
        """Let the app respond, and charge an upload for each of its files.

        Raises:
            RequestRefused: If the body is too large. No response was sent then.
            RateLimited: If the upload limit is reached. No response was sent then.
        """
        error: RequestRefused | RateLimited | None = None
        is_started, body = False, bytearray()

        async def receive_limited() -> AsgiMessage:
            nonlocal error
            try:
                return await request.receive()
            except (RequestRefused, RateLimited) as reason:
                error = reason
                raise HTTPException(_status(reason)) from None  # FastAPI reports other errors as a malformed body

        async def send_unless_refused(message: AsgiMessage) -> None:
            nonlocal is_started
            if error is None or is_started:  # otherwise it responds to an incomplete body
                is_started = True
                if _is_upload(request):
                    body.extend(message.get("body", b""))
                await send(message)

        try:
            await self._app(request.scope, receive_limited, send_unless_refused)
        except Exception:
            if error is None or is_started:
                raise
        if error is not None and not is_started:
            raise error
        _charge_files(_uploaded_paths(bytes(body)), request.scope)


def _is_upload(request: Request) -> bool:
    return request.method == "POST" and request.scope["path"].rstrip("/").endswith(UPLOAD_PATH)


@contextmanager
def _limited(request: Request) -> Iterator[Request]:
    """Yield a request with the limits of its path.

    Raises:
        RequestRefused: If the path is blocked or the body is too large, now or while it is read.
        RateLimited: If the upload limit is reached, now or while the body is read.
    """
    path, values = request.scope["path"].rstrip("/"), settings.read()
    event_bytes = EVENT_BYTES + MAX_TEXTS * CHARACTER_BYTES * values.max_characters
    if path.endswith(BLOCKED):
        raise RequestRefused(404, Message("This endpoint isn't available. See “Use via API” for those that are."))
    if _is_upload(request):
        account, most = _account(request.scope), _max_upload_bytes()
        if account not in LOCAL_ADDRESSES:
            if _content_length(request) is None:
                raise RequestRefused(411, Message("The upload size is unknown. Send it in the header Content-Length."))
            too_large = Message("The upload is too large. Upload at most {most} MB at a time.", most=most // 2**20)
            request = limit_body(request, most, RequestRefused(413, too_large))
        with charge_upload(request, account) as charged:
            yield charged
    elif MCP_PATH in f"{path}/" and request.method == "POST":
        most = values.max_file_megabytes * 2**20 * 4 // 3 + event_bytes  # base64
        too_large = Message(
            "The request is larger than {most} MB. Send a shorter or compressed clip.", most=most // 2**20
        )
        limited = limit_body(request, most, RequestRefused(413, too_large))
        with charge_upload(limited, _account(request.scope)) as charged:
            yield charged
    else:
        too_large = Message(
            "The request is larger than {most} MB. Upload files first, and send their paths.",
            most=event_bytes // 2**20,
        )
        yield limit_body(request, event_bytes, RequestRefused(413, too_large))


def _account(scope: Scope) -> str:
    return account_of(gr.Request(Request(scope), username=auth.logged_in_user(scope)))


def _status(error: RequestRefused | RateLimited) -> int:
    return error.status if isinstance(error, RequestRefused) else 429


def _error_response(request: Request, error: RequestRefused | RateLimited) -> Response:
    headers = {"Retry-After": str(math.ceil(error.retry_after))} if isinstance(error, RateLimited) else None
    language = preferred_language(request.headers.get("accept-language", ""))
    return PlainTextResponse(translate(error.message, language), _status(error), headers)


def _charge_files(paths: list[str], scope: Scope) -> None:
    """Charge the overhead of uploaded files to their account."""
    if paths and (account := _account(scope)) not in LOCAL_ADDRESSES:
        _upload_limiter().charge(account, FILE_OVERHEAD_BYTES * len(paths))


def _uploaded_paths(body: bytes) -> list[str]:
    """Return the paths in Gradio's response to an upload, or none if it is an error."""
    try:
        paths = json.loads(body)
    except ValueError:
        return []
    return paths if isinstance(paths, list) else []


def delete_stale(seconds: float) -> None:
    """Delete interrupted uploads that have not grown for so many seconds.

    Gradio leaves them in its upload folder itself; complete uploads lie in folders below it.
    """
    folder = Path(get_upload_folder())
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith("tmp") and path.is_file() and time.time() - path.stat().st_mtime > seconds:
            path.unlink(missing_ok=True)
