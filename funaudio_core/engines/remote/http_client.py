"""One server over HTTP: requests, retries, and everything that can go wrong as a sentence. Knows no endpoint."""

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

Upload = tuple[str, bytes, str]  # name of the file, content, MIME type
ASK_SECONDS = 3.0  # for a question about the server itself
CONNECT_SECONDS = 5.0  # until a server that is up has taken a connection
READ_SECONDS = 60.0  # between two bytes; a busy engine may queue a request that long
RETRY_WAIT_SECONDS = (0.5, 1.0)  # seconds before the second and the third attempt
MAX_WAIT_SECONDS = 10.0  # seconds; a server that asks for more is reported instead
DENIED, TOO_MANY, SERVER_ERRORS = (401, 403), 429, 500  # status codes; from the last one on
BUSY = (502, 503, 504)  # a gateway without a worker, a full or starting server: the next attempt may well succeed
MAX_REASON_CHARACTERS = 300  # characters of what a server says in an error
MAX_ERROR_BYTES = 65_536  # of an error that are read
MAX_BODY_BYTES = 16 * 2**20  # of an answer that is read whole: far more than one about half a minute of sound has
STATUS_DIGITS = 3
_HIDDEN = "[…]"


class HttpError(FunAudioError):
    """An answer without success. status: its HTTP status."""

    def __init__(self, phrase: Message, status: int) -> None:
        super().__init__(phrase)
        self.status = status


class HttpClient:
    """Requests to one server. Thread-safe: any number of calls may be under way.

    Each call has a connection of its own: none lies idle until the server drops it, none is shared with a forked
    process. A redirection is not followed, so the key goes nowhere else.
    """

    def __init__(self, url: str, key: str, title: str, *, read_seconds: float = READ_SECONDS) -> None:
        """url: without a slash at its end. key: "" for none. title: what people call the engine."""
        self.url, self.title = url, title
        self._key, self._read_seconds = key, read_seconds

    @cached_property
    def _usual(self) -> httpx.Timeout:
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
    def open(
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
        """A successful answer whose body is still to be read; leaving closes the connection, which ends the work there.

        path: below the URL. json, or data and files: the body. seconds: for connecting and between bytes, None for the
        usual ones. Until the first byte of an answer, a server that is busy or gone is tried again.
        Raises FunAudioError, also while the body is read; stopping.Stopped soon after Stop, whatever is waited for
        but a connection that is being made.
        """
        import httpx

        limit = self._usual if seconds is None else httpx.Timeout(seconds)
        url, leaving = self.url + path, Disconnector()
        traced = {"trace": leaving.trace}

        def build() -> httpx.Request:
            return self._client.build_request(
                method, url, json=json, data=data, files=files, timeout=limit, extensions=traced
            )

        with leaving.watch():
            try:
                response = self._sent(build, retry)
                try:
                    if not response.is_success:
                        raise self._refusal(response.status_code, _said(_beginning(response, MAX_ERROR_BYTES)))
                    yield response
                finally:
                    response.close()
            except httpx.HTTPError as error:
                log.info("%s: %r", url, error)
                raise FunAudioError(self._break(error, seconds or self._read_seconds)) from error

    def sibling(self, end: str) -> HttpClient | None:
        """The same server without the end of the URL, for what lies beside its API; None where it ends otherwise.

        The key is not sent there.
        """
        return HttpClient(self.url.removesuffix(end), "", self.title) if self.url.endswith(end) else None

    def get(self, path: str) -> object:
        """What a server answers about itself, at once or not at all; see send."""
        with self.open("GET", path, seconds=ASK_SECONDS, retry=False) as response:
            return self.read_body(response)

    def post_form(self, path: str, data: Mapping[str, str | list[str]], files: Mapping[str, Upload]) -> object:
        """The answer to a form, from JSON; a text where it is none. Raises FunAudioError, also for an error in it."""
        with self.open("POST", path, data=data, files=files) as response:
            return self.read_body(response)

    def read_body(self, response: httpx.Response) -> object:
        """The body from JSON, or as a text. Raises FunAudioError for a web page and for an error that calls itself a
        success.
        """
        if (kind := content_type(response)) == "text/html":
            raise self.unexpected_response(kind, "JSON")
        body = _beginning(response, MAX_BODY_BYTES)
        if len(body) > MAX_BODY_BYTES:
            raise self.unexpected_response(f"> {MAX_BODY_BYTES // 2**20} MiB", "JSON")
        value = parse_body(body.decode(errors="replace"))
        self.raise_for_error(value)
        return value

    def raise_for_error(self, value: object) -> None:
        """Raise FunAudioError where what came with a status of success is the description of an error."""
        if isinstance(value, dict) and (value.get("error") or "detail" in value):
            raise self._refusal(_status(value.get("status_code")), _said_in(value))

    def unexpected_response(self, kind: str, wanted: str) -> FunAudioError:
        """The error for an answer of another sort than was asked for."""
        return FunAudioError(
            "{engine} returned {kind} instead of {wanted}. Check that its address is correct.",
            engine=self.title,
            kind=kind or Message("an unknown content type"),
            wanted=wanted,
        )

    def _sent(self, build: Callable[[], httpx.Request], retry: bool) -> httpx.Response:
        """The first answer that is not "busy"; the last one of all attempts otherwise."""
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
            asked = _retry_after(response)
            if response.status_code not in BUSY or wait is None or asked > MAX_WAIT_SECONDS:
                return response
            response.close()
            cancellation.sleep(max(wait, asked))
        raise AssertionError("the last attempt returns or raises")

    def _break(self, error: httpx.HTTPError, seconds: float) -> Message:
        """What to say of a connection that was not made or did not hold."""
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

    def _refusal(self, status: int, said: str) -> HttpError:
        """The error for an answer without success. What the server says is told but where it may be about the key."""
        said = _shortened(self._without_key(said))  # in this order: half a key is none to be found
        log.info("%s answered %d: %s", self.url, status, said)
        return HttpError(self._reason(status, said or Message("no reason given.")), status)

    def _reason(self, status: int, said: str) -> Message:
        if status in DENIED:
            return Message(
                "{engine} requires a valid API key. The administrator of this app can set FUNAUDIO_UPSTREAM_API_KEY.",
                engine=self.title,
            )
        if status in (TOO_MANY, *BUSY):
            return Message(
                "{engine} is busy or starting ({status}). Try again in a minute, or choose another model.",
                engine=self.title,
                status=status,
            )
        if status < SERVER_ERRORS:
            return Message(
                "{engine} rejected the request ({status}): {said} Change the input, or choose another model.",
                engine=self.title,
                status=status,
                said=said,
            )
        return Message(
            "{engine} failed ({status}): {said} Try again; if the problem persists, choose another model.",
            engine=self.title,
            status=status,
            said=said,
        )

    def _without_key(self, said: str) -> str:
        return said.replace(self._key, _HIDDEN) if self._key else said


def content_type(response: httpx.Response) -> str:
    """The type of a body, without its parameters."""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks to wait; 0 where it does not say."""
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


def _status(told: object) -> int:
    """The HTTP status that a description of an error tells; that of a failure where it tells none."""
    word = str(told)
    return int(word) if word.isdecimal() and len(word) == STATUS_DIGITS else SERVER_ERRORS


def _beginning(response: httpx.Response, most: int) -> bytes:
    """The body, or somewhat more than `most` bytes of one that is longer."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > most:
            break
    return bytes(body)


def parse_body(text: str) -> object:
    """The object, list or text that a body is the JSON of, else the body."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # the latter of thousands of brackets
        return text
    return value if isinstance(value, dict | list | str) else text


def _said(body: bytes) -> str:
    """What the body of an error says, as one line."""
    said = body.decode(errors="replace")
    return _said_in(parse_body(said)) if not said.lstrip().startswith("<") else ""


def _said_in(value: object) -> str:
    """The message in OpenAI's {"error": {"message": …}}, FastAPI's {"detail": …}, both in each other, or a text."""
    while isinstance(value, dict | list):
        if isinstance(value, list):
            value = value[0] if value else ""
        else:
            value = next((value[name] for name in ("error", "detail", "message", "msg") if value.get(name)), "")
    return " ".join(str(value).split())


def _shortened(line: str) -> str:
    """MOST_SAID characters of it, ending like a sentence."""
    line = line[:MAX_REASON_CHARACTERS]
    return line if not line or line.endswith((".", "!", "?")) else line + "."
