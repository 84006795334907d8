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
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from funaudio_core import settings
from funaudio_core.errors import FunAudioError
from funaudio_core.i18n.catalog import preferred, said
from funaudio_core.message import Phrase
from funaudio_core.runtime import temp_files
from funaudio_core.runtime.rate_limit import Allowance, Spent
from server import auth
from server.request import HERE, payer_of

PATH = "/gradio_api/upload"
TOOLS = "/gradio_api/mcp/"  # agents that can't upload send clips there, in base64
THEIR_OWN = ("/v1/audio/transcriptions", "/v1/audio/speech")  # they bound what they read: see v1/orders
# What no page needs. The one takes files into memory, for functions that no component of ours has. The other cuts films
# of the screen; without it the recorder in Gradio's settings hands a film out as it is.
CLOSED = ("/gradio_api/component_server", "/gradio_api/process_recording")
AT_ONCE, SECONDS = 5, 3600.0  # files of the largest size that one may upload; time in which they may again
LEAST = 2**13  # bytes for which a file counts beside its own: a block of the disk for its end, and one for its folder
EVENT_BYTES = 4 * 2**20  # of what a page sends, beside a few texts of the longest kind
TEXTS, LETTER_BYTES = 4, 12  # of JSON for one character at most: two \uXXXX


def _most() -> int:
    return AT_ONCE * settings.read().max_file_megabytes * 2**20


@cache
def _bytes() -> Allowance:
    return Allowance(_most(), SECONDS)


class Refused(FunAudioError):
    """A request is not read, or not to its end. status: of the answer."""

    def __init__(self, status: int, phrase: Phrase) -> None:
        super().__init__(phrase)
        self.status = status


def bounded(request: Request, most: int, error: FunAudioError) -> Request:
    """The same request, whose body may have so many bytes and no more: told by its header, or counted as it comes.

    Raises the error, at once or where the body is read.
    """
    if (_declared(request) or 0) > most:
        raise error
    come = 0

    async def receive() -> Message:
        nonlocal come
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > most:
            raise error
        return message

    return Request(request.scope, receive)


@contextmanager
def charged(request: Request, payer: str) -> Iterator[Request]:
    """The same request, whose body is taken from what `payer` may upload, by what comes, whatever its header says.

    What it declares is taken at once, and what of that never came is given back at the end. Whoever runs the app pays
    nothing. Raises Spent, at once or where the body is read.
    """
    if payer in HERE:
        yield request
        return
    come, paid = 0, _declared(request) or 0
    if wait := _bytes().take(payer, paid):
        raise _spent(wait)

    async def receive() -> Message:
        nonlocal come, paid
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > paid:
            _bytes().owe(payer, come - paid)
            paid = come
            if wait := _bytes().take(payer, 0):
                raise _spent(wait)
        return message

    try:
        yield Request(request.scope, receive)
    finally:
        _bytes().owe(payer, come - paid)


def _declared(request: Request) -> int | None:
    """The bytes of a body by its header, None where that does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _spent(wait: float) -> Spent:
    return Spent(
        "Much was uploaded in your name or from your address. Come back in {minutes} min.",
        wait,
        minutes=math.ceil(wait / 60),
    )


class Uploads:
    """Bounds what requests bring, and turns away uploads of whoever has used up what they may upload."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["path"].endswith(THEIR_OWN):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            with _within(request) as counted:
                await self._answer(counted, send)
        except (Refused, Spent) as error:
            await _told(request, error)(scope, receive, send)

    async def _answer(self, request: Request, send: Send) -> None:
        """Raises Refused and Spent where the body is not read to its end; then nothing was answered."""
        refused: Refused | Spent | None = None
        begun, answer = False, bytearray()

        async def receiving() -> Message:
            nonlocal refused
            try:
                return await request.receive()
            except (Refused, Spent) as error:
                refused = error
                raise HTTPException(_status(error)) from None  # of others, FastAPI makes errors in the body

        async def sending(message: Message) -> None:
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
    if path.endswith(CLOSED):
        raise Refused(404, Phrase("This is not offered here. Look up under “Use via API” what is."))
    if _uploads(request):
        payer, most = _payer(request.scope), _most()
        if payer not in HERE:
            if _declared(request) is None:
                raise Refused(411, Phrase("Say how long the upload is, in the header Content-Length."))
            too_much = Phrase("Upload at most {most} MB at once.", most=most // 2**20)
            request = bounded(request, most, Refused(413, too_much))
        with charged(request, payer) as counted:
            yield counted
    elif TOOLS in f"{path}/" and request.method == "POST":
        most = values.max_file_megabytes * 2**20 * 4 // 3 + event
        too_much = Phrase(
            "The request is larger than {most} MB. Send a shorter or a compressed clip.", most=most // 2**20
        )
        with charged(bounded(request, most, Refused(413, too_much)), _payer(request.scope)) as counted:
            yield counted
    else:
        too_much = Phrase(
            "The request is larger than {most} MB. Upload files first, and send their paths.", most=event // 2**20
        )
        yield bounded(request, event, Refused(413, too_much))


def _payer(scope: Scope) -> str:
    return payer_of(gr.Request(Request(scope), username=auth.inside(scope)))


def _status(error: Refused | Spent) -> int:
    return error.status if isinstance(error, Refused) else 429


def _told(request: Request, error: Refused | Spent) -> Response:
    headers = {"Retry-After": str(math.ceil(error.wait))} if isinstance(error, Spent) else None
    language = preferred(request.headers.get("accept-language", ""))
    return PlainTextResponse(said(error.phrase, language), _status(error), headers)


def _taken(files: list[str], scope: Scope) -> None:
    """Note files that were taken, which count for more than their bytes."""
    for file in files:
        temp_files.note(Path(file), time.time())
    if files and (payer := _payer(scope)) not in HERE:
        _bytes().owe(payer, LEAST * len(files))


def _files(body: bytes) -> list[str]:
    """What was taken, by Gradio's answer: the paths of the files."""
    try:
        taken = json.loads(body)
    except ValueError:
        return []
    return taken if isinstance(taken, list) else []


def sweep(seconds: float) -> None:
    """Delete what is left of uploads that broke off and that nothing was added to for so long.

    Gradio leaves them where it takes uploads in; what came whole lies in a folder of its own there.
    """
    folder = Path(get_upload_folder())
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name.startswith("tmp") and path.is_file() and time.time() - path.stat().st_mtime > seconds:
            path.unlink(missing_ok=True)
