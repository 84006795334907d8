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
from starlette.types import Message as AsgiMessage
from starlette.types import Receive, Scope, Send

from funaudio_core import settings
from funaudio_core.errors import FunAudioError, Unsupported, WeightsMissing
from funaudio_core.gpu.zerogpu import GpuUnavailable
from funaudio_core.i18n.catalog import preferred_language, translate
from funaudio_core.message import Message
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.runtime.rate_limit import RateLimited
from server.errors import INTERNAL_ERROR

log = logging.getLogger(__name__)
Endpoint = Callable[[Request], Awaitable[Response]]
RETRY_SECONDS = 5  # after which one who was turned away may try again: about one short sentence of speech
RETRIED = (429, 503)
CLIENT_LEFT = 499  # nobody reads it; as nginx logs it


class InvalidApiKey(FunAudioError):
    """The key is missing or wrong."""


class ModelNotFound(FunAudioError):
    """No engine of that name does what was asked."""


class ConsentRequired(FunAudioError):
    """A voice was to be imitated without a word about whose it is."""


class PayloadTooLarge(FunAudioError):
    """More bytes than the settings allow."""


class QueueTimeout(FunAudioError):
    """One waited in line for too long."""


class ErrorKind(NamedTuple):
    """How an error is told: HTTP status, and OpenAI's type and code."""

    status: int
    type: str
    code: str


KINDS: dict[type[FunAudioError], ErrorKind] = {
    InvalidApiKey: ErrorKind(401, "invalid_request_error", "invalid_api_key"),
    ModelNotFound: ErrorKind(404, "invalid_request_error", "model_not_found"),
    ConsentRequired: ErrorKind(403, "invalid_request_error", "consent_required"),
    PayloadTooLarge: ErrorKind(413, "invalid_request_error", "too_large"),
    QueueTimeout: ErrorKind(503, "server_error", "busy"),
    QueueFull: ErrorKind(503, "server_error", "busy"),
    GpuUnavailable: ErrorKind(429, "rate_limit_error", "no_gpu"),
    RateLimited: ErrorKind(429, "rate_limit_error", "rate_limit_exceeded"),
    WeightsMissing: ErrorKind(503, "server_error", "weights_missing"),
    Unsupported: ErrorKind(400, "invalid_request_error", "unsupported"),
    FunAudioError: ErrorKind(400, "invalid_request_error", "invalid_input"),
}
OURS = ErrorKind(500, "server_error", "internal_error")


class ApiEndpoint:
    """An endpoint as ASGI, for those who have the key, if one is set; whatever goes wrong becomes an error object.

    page: by which name its requests are counted and logged; each is told its id in the header X-Request-Id.
    """

    def __init__(self, page: str, endpoint: Endpoint) -> None:
        self._page, self._endpoint = page, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, which is over when all of its answer is sent."""
        number, begun = "", False

        async def sending(message: AsgiMessage) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = number
            begun = True
            await send(message)

        request = Request(scope, receive)
        try:
            with telemetry.log_request(self._page) as number:
                await self._answer(request, sending)
        except Exception as error:
            if not begun:
                await _response(request, error)(scope, receive, sending)
            elif not isinstance(error, Cancelled):
                raise

    async def _answer(self, request: Request, send: Send) -> None:
        try:
            _require_key(request)
            response = await self._endpoint(request)
            await response(request.scope, request.receive, send)
        except ClientDisconnect:
            raise Cancelled from None
        except (FunAudioError, HTTPException, Cancelled):
            raise
        except Exception:
            log.exception("%s failed", self._page)
            raise


def _response(request: Request, error: Exception) -> Response:
    """How an error is told, each kind in its own way."""
    if isinstance(error, Cancelled):
        return Response(status_code=CLIENT_LEFT)
    if isinstance(error, FunAudioError):
        kind = next(kind for known, kind in KINDS.items() if isinstance(error, known))
        return _told(
            request, kind, error.message, error.retry_after if isinstance(error, RateLimited) else RETRY_SECONDS
        )
    if isinstance(error, HTTPException):  # a form that Starlette can't read
        phrase = Message("Invalid form: {reason}. Send multipart/form-data.", reason=error.detail)
        return _told(request, KINDS[FunAudioError], phrase)
    return _told(request, OURS, INTERNAL_ERROR)


def _told(request: Request, kind: ErrorKind, phrase: Message, retry: float = 0.0) -> Response:
    """In Chinese for those who ask for it with Accept-Language; clients mostly don't. retry: after so many seconds."""
    message = translate(phrase, preferred_language(request.headers.get("accept-language", "")))
    headers = {"Retry-After": str(math.ceil(retry))} if kind.status in RETRIED else None
    error = {"message": message, "type": kind.type, "param": None, "code": kind.code}
    return JSONResponse({"error": error}, kind.status, headers)


def _require_key(request: Request) -> None:
    key = settings.read().server_api_key
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    sent = given.strip().encode("latin-1")  # the bytes of the header, as Starlette has decoded them
    if not key or (scheme.lower() == "bearer" and hmac.compare_digest(sent, key.encode())):
        return
    raise InvalidApiKey(
        Message("This server requires an API key. Send it in the header Authorization: Bearer followed by the key.")
    )
