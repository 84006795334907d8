"""HTTP client of one server: requests, retries, and every failure as a message for users."""

from __future__ import annotations

import email.utils
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from funaudio_core.engines.remote.disconnect import Disconnector
from funaudio_core.errors import FunAudioError
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

Upload = tuple[str, bytes, str]  # file name, content, media type
INFO_TIMEOUT_SECONDS = 3.0  # timeout of requests about the server itself
CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0  # between two bytes; a busy engine may queue a request that long
RETRY_WAIT_SECONDS = (0.5, 1.0)  # before the second and the third attempt
MAX_WAIT_SECONDS = 10.0  # a server that asks for more is reported as busy
UNAUTHORIZED_STATUSES = (401, 403)
TOO_MANY_REQUESTS = 429
MIN_SERVER_ERROR = 500  # this status and above
UNAVAILABLE_STATUSES = (502, 503, 504)  # a gateway without a worker, or a full or starting server: worth a retry
MAX_REASON_CHARACTERS = 300  # of a server's own error message
MAX_ERROR_BYTES = 65_536  # read of an error's body
MAX_BODY_BYTES = 16 * 2**20  # of a JSON answer, far more than one about half a minute of audio has
STATUS_DIGITS = 3
_REDACTED = "[…]"


class HttpError(FunAudioError):
    """Response without success; status: its HTTP status."""

    def __init__(self, message: Message, status: int) -> None:
        """Create the error."""
        super().__init__(message)
        self.status = status


class HttpClient:
    """HTTP client of one server. Thread-safe.

    Each call has a connection of its own: none is dropped by the server while idle, and none is shared with a forked
    process. Redirects are not followed, so that the key is sent nowhere else.
    """

    def __init__(self, url: str, key: str, title: str, *, read_seconds: float = READ_SECONDS) -> None:
        """Create a client of a base URL without trailing slash; key: "" for none; title: engine's name in errors."""
        self.url, self.title = url, title
        self._key, self._read_seconds = key, read_seconds

    @cached_property
    def _default_timeout(self) -> httpx.Timeout:
        import httpx

        return httpx.Timeout(self._read_seconds, connect=CONNECT_SECONDS, pool=None)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            headers={"Authorization": f"Bearer {self._key}"} if self._key else None,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: Mapping[str, str | list[str]] | None = None,
        files: Mapping[str, Upload] | None = None,
        seconds: float | None = None,
        retry: bool = True,
    ) -> Iterator[httpx.Response]:
        """Send a request; yield its successful response, whose body is still to be read.

        Leaving the context closes the connection, which ends the work on the server. A busy or unreachable server is
        tried again until the first byte of a response.

        The body is either `json`, or a form of `data` and `files`. `seconds` is the timeout for connecting and between
        bytes, None for the defaults.

        Raises:
            FunAudioError: The request fails, also while the body is read.
            Cancelled: Soon after cancellation, unless a connection is just being made.
        """
        import httpx

        timeout = self._default_timeout if seconds is None else httpx.Timeout(seconds)
        url, disconnector = self.url + path, Disconnector()
        extensions = {"trace": disconnector.trace}

        def build() -> httpx.Request:
            return self._client.build_request(
                method, url, json=json, data=data, files=files, timeout=timeout, extensions=extensions
            )

        with disconnector.watch():
            try:
                response = self._send(build, retry)
                try:
                    if not response.is_success:
                        raise self._http_error(
                            response.status_code, _reason_in_body(_read_up_to(response, MAX_ERROR_BYTES))
                        )
                    yield response
                finally:
                    response.close()
            except httpx.HTTPError as error:
                log.info("%s: %r", url, error)
                raise FunAudioError(self._connection_message(error, seconds or self._read_seconds)) from error

    def sibling(self, suffix: str) -> HttpClient | None:
        """Return a client, without the key, of the same server without the suffix; None if the URL ends differently."""
        return HttpClient(self.url.removesuffix(suffix), "", self.title) if self.url.endswith(suffix) else None

    def get(self, path: str) -> object:
        """Return a server's answer about itself, with a short timeout and without retries; see read_body()."""
        with self.stream("GET", path, seconds=INFO_TIMEOUT_SECONDS, retry=False) as response:
            return self.read_body(response)

    def post_form(self, path: str, data: Mapping[str, str | list[str]], files: Mapping[str, Upload]) -> object:
        """Post a form; return its answer, see read_body()."""
        with self.stream("POST", path, data=data, files=files) as response:
            return self.read_body(response)

    def read_body(self, response: httpx.Response) -> object:
        """Return a body parsed from JSON, or as text.

        Raises:
            FunAudioError: It is a web page, too large, or describes an error in spite of a successful status.
        """
        if (media_type := content_type(response)) == "text/html":
            raise self.unexpected_response(media_type, "JSON")
        body = _read_up_to(response, MAX_BODY_BYTES)
        if len(body) > MAX_BODY_BYTES:
            raise self.unexpected_response(f"> {MAX_BODY_BYTES // 2**20} MiB", "JSON")
        value = parse_body(body.decode(errors="replace"))
        self.raise_for_error(value)
        return value

    def raise_for_error(self, value: object) -> None:
        """Raise FunAudioError if an answer with a successful status describes an error."""
        if isinstance(value, dict) and (value.get("error") or "detail" in value):
            raise self._http_error(_status(value.get("status_code")), _reason_in(value))

    def unexpected_response(self, kind: str, expected: str) -> FunAudioError:
        """Return the error for an answer of another content type than expected."""
        return FunAudioError(
            "{engine} returned {kind} instead of {wanted}. Check that its address is correct.",
            engine=self.title,
            kind=kind or Message("an unknown content type"),
            wanted=expected,
        )

    def _send(self, build: Callable[[], httpx.Request], retry: bool) -> httpx.Response:
        """Return the first response that is not "busy", or the last one of all attempts."""
        import httpx

        for wait in (*(RETRY_WAIT_SECONDS if retry else ()), None):
            cancellation.raise_if_cancelled()
            try:
                response = self._client.send(build(), stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if wait is None:
                    raise
                cancellation.sleep(wait)
                continue
            retry_after = _retry_after(response)
            if response.status_code not in UNAVAILABLE_STATUSES or wait is None or retry_after > MAX_WAIT_SECONDS:
                return response
            response.close()
            cancellation.sleep(max(wait, retry_after))
        raise AssertionError("the last attempt returns or raises")

    def _connection_message(self, error: httpx.HTTPError, seconds: float) -> Message:
        """Return the message for a connection that failed or broke."""
        import httpx

        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return Message(
                "{engine} can't be reached. Try again in a minute, or choose another model.", engine=self.title
            )
        if isinstance(error, httpx.TimeoutException):
            return Message(
                "{engine} hasn't responded for {seconds:.0f} s. Try again later, or use a shorter input.",
                engine=self.title,
                seconds=seconds,
            )
        return Message(
            "{engine} disconnected before it finished. Try again; if the problem persists, choose another model.",
            engine=self.title,
        )

    def _http_error(self, status: int, reason: str) -> HttpError:
        """Return the error for a response without success, with the server's own reason, API key redacted."""
        reason = _truncated(self._redact_key(reason))  # in this order, since a truncated key would not be found
        log.info("%s answered %d: %s", self.url, status, reason)
        return HttpError(self._message(status, reason or Message("no reason given.")), status)

    def _message(self, status: int, reason: str) -> Message:
        if status in UNAUTHORIZED_STATUSES:
            return Message(
                "{engine} requires a valid API key. The administrator of this app can set FUNAUDIO_UPSTREAM_API_KEY.",
                engine=self.title,
            )
        if status in (TOO_MANY_REQUESTS, *UNAVAILABLE_STATUSES):
            return Message(
                "{engine} is busy or starting ({status}). Try again in a minute, or choose another model.",
                engine=self.title,
                status=status,
            )
        if status < MIN_SERVER_ERROR:
            return Message(
                "{engine} rejected the request ({status}): {said} Change the input, or choose another model.",
                engine=self.title,
                status=status,
                said=reason,
            )
        return Message(
            "{engine} failed ({status}): {said} Try again; if the problem persists, choose another model.",
            engine=self.title,
            status=status,
            said=reason,
        )

    def _redact_key(self, text: str) -> str:
        return text.replace(self._key, _REDACTED) if self._key else text


def content_type(response: httpx.Response) -> str:
    """Return the media type of a response without parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _retry_after(response: httpx.Response) -> float:
    """Return how many seconds the server asks to wait; 0 if it doesn't say."""
    value = response.headers.get("retry-after", "").strip()
    if (seconds := _number(value)) is not None:
        return max(0.0, seconds)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _status(value: object) -> int:
    """Return the HTTP status in the description of an error; 500 if there is none."""
    digits = str(value)
    return int(digits) if digits.isdecimal() and len(digits) == STATUS_DIGITS else MIN_SERVER_ERROR


def _read_up_to(response: httpx.Response, max_bytes: int) -> bytes:
    """Return the body, or slightly more than `max_bytes` of a longer one."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > max_bytes:
            break
    return bytes(body)


def parse_body(text: str) -> object:
    """Return the object, list or string in a JSON body, or the body itself if it is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # RecursionError: thousands of nested brackets
        return text
    return value if isinstance(value, dict | list | str) else text


def _reason_in_body(body: bytes) -> str:
    """Return the message in the body of an error, on one line; "" for a web page."""
    text = body.decode(errors="replace")
    return _reason_in(parse_body(text)) if not text.lstrip().startswith("<") else ""


def _reason_in(value: object) -> str:
    """Return the message in OpenAI's {"error": {"message": …}}, FastAPI's {"detail": …}, both nested, or a string."""
    while isinstance(value, dict | list):
        if isinstance(value, list):
            value = value[0] if value else ""
        else:
            value = next((value[name] for name in ("error", "detail", "message", "msg") if value.get(name)), "")
    return " ".join(str(value).split())


def _truncated(sentence: str) -> str:
    """Return the first MAX_REASON_CHARACTERS, with a full stop if the sentence has no end."""
    sentence = sentence[:MAX_REASON_CHARACTERS]
    return sentence if not sentence or sentence.endswith((".", "!", "?")) else sentence + "."
