"""What goes wrong as OpenAI's error objects, in sentences of ours, and who may ask at all. Knows no task."""

from __future__ import annotations

import hmac
import logging
import math
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from funaudio_core import settings
from funaudio_core.errors import FunAudioError, Unsupported, WeightsMissing
from funaudio_core.gpu.zerogpu import NotLent
from funaudio_core.i18n.catalog import preferred, said
from funaudio_core.message import Phrase
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.cancellation import Stopped
from funaudio_core.runtime.queue import Full
from funaudio_core.runtime.rate_limit import Spent
from server.errors import APOLOGY

log = logging.getLogger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]
RETRY_SECONDS = 5  # after which one who was turned away may try again: about one short sentence of speech
RETRIED = (429, 503)
CLIENT_LEFT = 499  # nobody reads it; as nginx logs it


class NoKey(FunAudioError):
    """The key is missing or wrong."""


class NoModel(FunAudioError):
    """No engine of that name does what was asked."""


class NoConsent(FunAudioError):
    """A voice was to be imitated without a word about whose it is."""


class TooLarge(FunAudioError):
    """More bytes than the settings allow."""


class Busy(FunAudioError):
    """One waited in line for too long."""


class Kind(NamedTuple):
    """How an error is told: HTTP status, and OpenAI's type and code."""

    status: int
    type: str
    code: str


KINDS: dict[type[FunAudioError], Kind] = {
    NoKey: Kind(401, "invalid_request_error", "invalid_api_key"),
    NoModel: Kind(404, "invalid_request_error", "model_not_found"),
    NoConsent: Kind(403, "invalid_request_error", "consent_required"),
    TooLarge: Kind(413, "invalid_request_error", "too_large"),
    Busy: Kind(503, "server_error", "busy"),
    Full: Kind(503, "server_error", "busy"),
    NotLent: Kind(429, "rate_limit_error", "no_gpu"),
    Spent: Kind(429, "rate_limit_error", "rate_limit_exceeded"),
    WeightsMissing: Kind(503, "server_error", "weights_missing"),
    Unsupported: Kind(400, "invalid_request_error", "unsupported"),
    FunAudioError: Kind(400, "invalid_request_error", "invalid_input"),
}
OURS = Kind(500, "server_error", "internal_error")


class Answering:
    """An endpoint as ASGI, for those who have the key, if one is set; whatever goes wrong becomes an error object.

    page: by which name its requests are counted and logged; each is told its id in the header X-Request-Id.
    """

    def __init__(self, page: str, endpoint: Endpoint) -> None:
        self._page, self._endpoint = page, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, which is over when all of its answer is sent."""
        number, begun = "", False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = number
            begun = True
            await send(message)

        request = Request(scope, receive)
        try:
            with telemetry.request(self._page) as number:
                await self._answer(request, sending)
        except Exception as error:
            if not begun:
                await _response(request, error)(scope, receive, sending)
            elif not isinstance(error, Stopped):
                raise

    async def _answer(self, request: Request, send: Send) -> None:
        try:
            _require_key(request)
            response = await self._endpoint(request)
            await response(request.scope, request.receive, send)
        except ClientDisconnect:
            raise Stopped from None
        except (FunAudioError, HTTPException, Stopped):
            raise
        except Exception:
            log.exception("%s failed", self._page)
            raise


def _response(request: Request, error: Exception) -> Response:
    """How an error is told, each kind in its own way."""
    if isinstance(error, Stopped):
        return Response(status_code=CLIENT_LEFT)
    if isinstance(error, FunAudioError):
        kind = next(kind for known, kind in KINDS.items() if isinstance(error, known))
        return _told(request, kind, error.phrase, error.wait if isinstance(error, Spent) else RETRY_SECONDS)
    if isinstance(error, HTTPException):  # a form that Starlette can't read
        phrase = Phrase("The form can't be read: {reason}. Send multipart/form-data.", reason=error.detail)
        return _told(request, KINDS[FunAudioError], phrase)
    return _told(request, OURS, APOLOGY)


def _told(request: Request, kind: Kind, phrase: Phrase, retry: float = 0.0) -> Response:
    """In Chinese for those who ask for it with Accept-Language; clients mostly don't. retry: after so many seconds."""
    message = said(phrase, preferred(request.headers.get("accept-language", "")))
    headers = {"Retry-After": str(math.ceil(retry))} if kind.status in RETRIED else None
    error = {"message": message, "type": kind.type, "param": None, "code": kind.code}
    return JSONResponse({"error": error}, kind.status, headers)


def _require_key(request: Request) -> None:
    key = settings.read().serve_key
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    sent = given.strip().encode("latin-1")  # the bytes of the header, as Starlette has decoded them
    if not key or (scheme.lower() == "bearer" and hmac.compare_digest(sent, key.encode())):
        return
    raise NoKey(Phrase("This server asks for a key. Send it as the header Authorization: Bearer followed by the key."))
