"""What goes wrong as OpenAI's error objects, in sentences of ours, and who may ask at all. Knows no task."""

from __future__ import annotations

import functools
import hmac
import logging
import math
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from funaudio_core import settings
from funaudio_core.allowance import Spent
from funaudio_core.errors import FunAudioError, Unsupported, WeightsMissing
from funaudio_core.gpu import NotLent
from funaudio_core.phrases import Phrase
from funaudio_core.places import Full
from tabs.visits import APOLOGY
from tabs.words import preferred, said

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


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who have the key, if one is set; whatever goes wrong in it becomes an error object."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        try:
            _require_key(request)
            return await endpoint(request)
        except ClientDisconnect:
            return Response(status_code=CLIENT_LEFT)
        except FunAudioError as error:
            kind = next(kind for known, kind in KINDS.items() if isinstance(error, known))
            return _told(request, kind, error.phrase, error.wait if isinstance(error, Spent) else RETRY_SECONDS)
        except HTTPException as error:  # a form that Starlette can't read
            phrase = Phrase("The form can't be read: {reason}. Send multipart/form-data.", reason=error.detail)
            return _told(request, KINDS[FunAudioError], phrase)
        except Exception:
            log.exception("%s failed", endpoint.__name__)
            return _told(request, OURS, APOLOGY)

    return answer


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
