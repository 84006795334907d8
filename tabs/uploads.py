"""How much one address may upload, asked before Gradio takes it, and the end of what was cut off. Knows no page.

An upload does not say to which visit it belongs; only once a handler takes the file is that known: see visits.
"""

from __future__ import annotations

import json
import math
import time
from functools import cache
from pathlib import Path

from gradio.utils import get_upload_folder
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from funaudio_core import leftovers, settings
from funaudio_core.allowance import Allowance
from funaudio_core.phrases import Phrase
from tabs import waiting
from tabs.words import preferred, said

PATH = "/gradio_api/upload"
AT_ONCE, SECONDS = 5, 3600.0  # files of the largest size that an address may upload; time in which it may again
LEAST = 2**18  # bytes for which a file counts at least: many small ones fill a disk too


def _most() -> int:
    return AT_ONCE * settings.read().max_file_megabytes * 2**20


@cache
def _bytes() -> Allowance:
    return Allowance(_most(), SECONDS)


class Uploads:
    """Turns away uploads of whoever has used up what an address may upload; whoever runs the app is not counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].rstrip("/").endswith(PATH):
            await self._app(scope, receive, send)
            return
        who = waiting.address(Request(scope))
        counted = who not in waiting.HERE
        if counted and (refused := _refusal(Request(scope), who)) is not None:
            await refused(scope, receive, send)
            return
        body = bytearray()

        async def sending(message: Message) -> None:
            body.extend(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, sending)
        files = _files(bytes(body))
        for file in files:
            leftovers.note(Path(file), time.time())
        if counted:
            _bytes().owe(who, LEAST * len(files))


def _refusal(request: Request, who: str) -> Response | None:
    """Why an upload is not taken; None where it is, and then it is counted."""
    length, headers = request.headers.get("content-length", ""), {}
    if not length.isdecimal():
        status, phrase = 411, Phrase("Say how long the upload is, in the header Content-Length.")
    elif int(length) > _most():
        status, phrase = 413, Phrase("Upload at most {most} MB at once.", most=_most() // 2**20)
    elif wait := _bytes().take(who, int(length)):
        minutes = math.ceil(wait / 60)
        status, phrase = (
            429,
            Phrase("Much was uploaded from your address. Come back in {minutes} min.", minutes=minutes),
        )
        headers["Retry-After"] = str(math.ceil(wait))
    else:
        return None
    return PlainTextResponse(said(phrase, preferred(request.headers.get("accept-language", ""))), status, headers)


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
