"""OpenAI's error objects, and the check of the API key."""

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
RETRY_SECONDS = 5  # in the header Retry-After: about the time that one short sentence takes
RETRY_STATUSES = (429, 503)
CLIENT_CLOSED_REQUEST = 499  # nginx's status for the log; the client has left


class InvalidApiKey(FunAudioError):
    """The key is missing or wrong."""


class ModelNotFound(FunAudioError):
    """No engine of that name does the task."""


class ConsentRequired(FunAudioError):
    """A reference voice was sent without a statement of consent."""


class PayloadTooLarge(FunAudioError):
    """The request has more bytes than the settings allow."""


class QueueTimeout(FunAudioError):
    """The request waited in the queue for too long."""


class UnknownPath(FunAudioError):
    """There is no such endpoint."""


class MethodNotAllowed(FunAudioError):
    """The endpoint has other methods."""

    def __init__(self, message: Message, methods: tuple[str, ...]) -> None:
        """Create the error; `methods` are those of the endpoint."""
        super().__init__(message)
        self.methods = methods


class ErrorKind(NamedTuple):
    """HTTP status of an error, and OpenAI's type and code."""

    status: int
    type: str
    code: str


KINDS: dict[type[FunAudioError], ErrorKind] = {
    InvalidApiKey: ErrorKind(401, "invalid_request_error", "invalid_api_key"),
    ModelNotFound: ErrorKind(404, "invalid_request_error", "model_not_found"),
    UnknownPath: ErrorKind(404, "invalid_request_error", "unknown_url"),
    MethodNotAllowed: ErrorKind(405, "invalid_request_error", "method_not_supported"),
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
INTERNAL_KIND = ErrorKind(500, "server_error", "internal_error")


class ApiEndpoint:
    """ASGI app of an endpoint: checks the key, logs the request and turns errors into error objects."""

    def __init__(self, page: str, endpoint: Endpoint) -> None:
        """Wrap an endpoint.

        Args:
            page: Name of its requests in the log and in the statistics.
            endpoint: Function that returns the response.
        """
        self._page, self._endpoint = page, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request until its response is sent, with its id in the header X-Request-Id."""
        request_id, is_started = "", False

        async def send_with_id(message: AsgiMessage) -> None:
            nonlocal is_started
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            is_started = True
            await send(message)

        request = Request(scope, receive)
        try:
            with telemetry.log_request(self._page) as request_id:
                await self._respond(request, send_with_id)
        except Exception as error:
            if not is_started:
                await _response(request, error)(scope, receive, send_with_id)
            elif not isinstance(error, Cancelled):
                raise  # too late for a status: the server cuts the response off

    async def _respond(self, request: Request, send: Send) -> None:
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
    """Return the response to a request that failed."""
    if isinstance(error, Cancelled):
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    if isinstance(error, FunAudioError):
        kind = next(kind for known, kind in KINDS.items() if isinstance(error, known))
        retry_after = error.retry_after if isinstance(error, RateLimited) else RETRY_SECONDS
        response = _error_object(request, kind, error.message, retry_after)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(error.methods)
        return response
    if isinstance(error, HTTPException):  # a form that Starlette can't read
        message = Message("Invalid form: {reason}. Send multipart/form-data.", reason=error.detail)
        return _error_object(request, KINDS[FunAudioError], message)
    return _error_object(request, INTERNAL_KIND, INTERNAL_ERROR)


def _error_object(request: Request, kind: ErrorKind, message: Message, retry_after: float = 0.0) -> Response:
    """Return an error in the language of the header Accept-Language; `retry_after` is in seconds."""
    text = translate(message, preferred_language(request.headers.get("accept-language", "")))
    headers = {"Retry-After": str(math.ceil(retry_after))} if kind.status in RETRY_STATUSES else None
    error = {"message": text, "type": kind.type, "param": None, "code": kind.code}
    return JSONResponse({"error": error}, kind.status, headers)


def _require_key(request: Request) -> None:
    """Check the key of a request.

    Raises:
        InvalidApiKey: If a key is set and the request has another one or none.
    """
    key = settings.read().server_api_key
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    sent = credentials.strip().encode("latin-1")  # the bytes of the header, as Starlette has decoded them
    if not key or (scheme.lower() == "bearer" and hmac.compare_digest(sent, key.encode())):
        return
    raise InvalidApiKey(
        Message("This server requires an API key. Send it in the header Authorization: Bearer followed by the key.")
    )
