"""How much a request may bring, counted as it comes, and how much its sender may upload. Knows no page.

Gradio bounds the files of an upload alone; whatever else is sent it reads into memory, however much that is. An upload
does not say to which visit it belongs; only once a handler takes the file is that known: see visits.
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
from funaudio_core.runtime import temp_files
from funaudio_core.runtime.rate_limit import RateLimited, RateLimiter
from server import auth
from server.request import LOCAL_ADDRESSES, account_of

PATH = "/gradio_api/upload"
TOOLS = "/gradio_api/mcp/"  # agents that can't upload send clips there, in base64
SELF_LIMITED = ("/v1/audio/transcriptions", "/v1/audio/speech")  # they bound what they read: see v1/orders
# What no page needs. The one takes files into memory, for functions that no component of ours has. The other cuts films
# of the screen; without it the recorder in Gradio's settings hands a film out as it is.
BLOCKED = ("/gradio_api/component_server", "/gradio_api/process_recording")
AT_ONCE, SECONDS = 5, 3600.0  # files of the largest size that one may upload; time in which they may again
LEAST = 2**13  # bytes for which a file counts beside its own: a block of the disk for its end, and one for its folder
EVENT_BYTES = 4 * 2**20  # of what a page sends, beside a few texts of the longest kind
TEXTS, LETTER_BYTES = 4, 12  # of JSON for one character at most: two \uXXXX


def _most() -> int:
    return AT_ONCE * settings.read().max_file_megabytes * 2**20


@cache
def _bytes() -> RateLimiter:
    return RateLimiter(_most(), SECONDS)


class Refused(FunAudioError):
    """A request is not read, or not to its end. status: of the answer."""

    def __init__(self, status: int, phrase: Message) -> None:
        super().__init__(phrase)
        self.status = status


def limit_body(request: Request, most: int, error: FunAudioError) -> Request:
    """The same request, whose body may have so many bytes and no more: told by its header, or counted as it comes.

    Raises the error, at once or where the body is read.
    """
    if (_declared(request) or 0) > most:
        raise error
    come = 0

    async def receive() -> AsgiMessage:
        nonlocal come
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > most:
            raise error
        return message

    return Request(request.scope, receive)


@contextmanager
def charge_upload(request: Request, payer: str) -> Iterator[Request]:
    """The same request, whose body is taken from what `payer` may upload, by what comes, whatever its header says.

    What it declares is taken at once, and what of that never came is given back at the end. Whoever runs the app pays
    nothing. Raises Spent, at once or where the body is read.
    """
    if payer in LOCAL_ADDRESSES:
        yield request
        return
    come, paid = 0, _declared(request) or 0
    if wait := _bytes().consume(payer, paid):
        raise _spent(wait)

    async def receive() -> AsgiMessage:
        nonlocal come, paid
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > paid:
            _bytes().charge(payer, come - paid)
            paid = come
            if wait := _bytes().consume(payer, 0):
                raise _spent(wait)
        return message

    try:
        yield Request(request.scope, receive)
    finally:
        _bytes().charge(payer, come - paid)


def _declared(request: Request) -> int | None:
    """The bytes of a body by its header, None where that does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _spent(wait: float) -> RateLimited:
    return RateLimited(
        "Upload limit reached. Try again in {minutes} min.",
        wait,
        minutes=math.ceil(wait / 60),
    )


class BodyLimitMiddleware:
    """Bounds what requests bring, and turns away uploads of whoever has used up what they may upload."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"].endswith(SELF_LIMITED):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            with _within(request) as counted:
                await self._answer(counted, send)
        except (Refused, RateLimited) as error:
            await _told(request, error)(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> None:
        """Raises Refused and Spent where the body is not read to its end; then nothing was answered."""
        refused: Refused | RateLimited | None = None
        begun, answer = False, bytearray()

        async def receiving() -> AsgiMessage:
            nonlocal refused
            try:
                return await request.receive()
            except (Refused, RateLimited) as error:
                refused = error
                raise HTTPException(_status(error)) from None  # of others, FastAPI makes errors in the body

        async def sending(message: AsgiMessage) -> None:
            nonlocal begun
            if refused is None or begun:  # else it is what was made of half a body
                begun = True
                if _uploads(request):
                    answer.extend(message.get("body", b""))
                await send(message)

        try:
            await self._app(request.scope, receiving, sending)
        except Exception:
            if refused is None or begun:
                raise
        if refused is not None and not begun:
            raise refused
        _taken(_files(bytes(answer)), request.scope)


def _uploads(request: Request) -> bool:
    return request.method == "POST" and request.scope["path"].rstrip("/").endswith(PATH)


@contextmanager
def _within(request: Request) -> Iterator[Request]:
    """The same request within its bounds. Raises Refused and Spent, at once or where the body is read."""
    path, values = request.scope["path"].rstrip("/"), settings.read()
    event = EVENT_BYTES + TEXTS * LETTER_BYTES * values.max_characters
    if path.endswith(BLOCKED):
        raise Refused(404, Message("This endpoint isn't available. See “Use via API” for those that are."))
    if _uploads(request):
        payer, most = _payer(request.scope), _most()
        if payer not in LOCAL_ADDRESSES:
            if _declared(request) is None:
                raise Refused(411, Message("The upload size is unknown. Send it in the header Content-Length."))
            too_much = Message("The upload is too large. Upload at most {most} MB at a time.", most=most // 2**20)
            request = limit_body(request, most, Refused(413, too_much))
        with charge_upload(request, payer) as counted:
            yield counted
    elif TOOLS in f"{path}/" and request.method == "POST":
        most = values.max_file_megabytes * 2**20 * 4 // 3 + event
        too_much = Message(
            "The request is larger than {most} MB. Send a shorter or compressed clip.", most=most // 2**20
        )
        with charge_upload(limit_body(request, most, Refused(413, too_much)), _payer(request.scope)) as counted:
            yield counted
    else:
        too_much = Message(
            "The request is larger than {most} MB. Upload files first, and send their paths.", most=event // 2**20
        )
        yield limit_body(request, event, Refused(413, too_much))


def _payer(scope: Scope) -> str:
    return account_of(gr.Request(Request(scope), username=auth.logged_in_user(scope)))


def _status(error: Refused | RateLimited) -> int:
    return error.status if isinstance(error, Refused) else 429


def _told(request: Request, error: Refused | RateLimited) -> Response:
    headers = {"Retry-After": str(math.ceil(error.retry_after))} if isinstance(error, RateLimited) else None
    language = preferred_language(request.headers.get("accept-language", ""))
    return PlainTextResponse(translate(error.message, language), _status(error), headers)


def _taken(files: list[str], scope: Scope) -> None:
    """Note files that were taken, which count for more than their bytes."""
    for file in files:
        temp_files.track(Path(file), time.time())
    if files and (payer := _payer(scope)) not in LOCAL_ADDRESSES:
        _bytes().charge(payer, LEAST * len(files))


def _files(body: bytes) -> list[str]:
    """What was taken, by Gradio's answer: the paths of the files."""
    try:
        taken = json.loads(body)
    except ValueError:
        return []
    return taken if isinstance(taken, list) else []


def delete_stale(seconds: float) -> None:
    """Delete what is left of uploads that broke off and that nothing was added to for so long.

    Gradio leaves them where it takes uploads in; what came whole lies in a folder of its own there.
    """
    folder = Path(get_upload_folder())
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith("tmp") and path.is_file() and time.time() - path.stat().st_mtime > seconds:
            path.unlink(missing_ok=True)
