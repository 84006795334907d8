"""Fake HTTP server with scripted answers, valid or not, that records its requests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """Received request.

    Attributes:
        path: Its path.
        headers: Its headers.
        body: Its JSON body.
        form: Fields of a form, each with all of its values.
        file: Content of the uploaded file.
    """

    path: str
    headers: dict[str, str]
    body: Any = None
    form: dict[str, list[str]] = field(default_factory=dict)
    file: bytes = b""


@dataclass(frozen=True)
class Answer:
    """Answer to send.

    Attributes:
        body: JSON, bytes, or an iterator of bytes to send one by one.
        status: HTTP status.
        headers: Additional headers.
        type: Content type.
        cut: Drop the connection in the middle.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    type: str = "application/json"
    cut: bool = False


class Fake(ThreadingHTTPServer):
    """Server with answers by path, or functions of the request; other paths are a 404 like FastAPI's."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.answers: dict[str, Answer | Callable[[Asked], Answer]] = {}
        self.asked: list[Asked] = []
        self.left = threading.Event()  # a client disconnected during an answer
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def of(self, path: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path == path]


class _Handler(BaseHTTPRequestHandler):
    server: Fake
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve(Asked(self.path, dict(self.headers)))

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        kind = self.headers["content-type"]
        if kind == "application/json":
            return self._serve(Asked(self.path, dict(self.headers), json.loads(content)))
        whole = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
        form: dict[str, list[str]] = {}
        file = b""
        for part in whole.get_payload():
            assert isinstance(part, Message)
            value = part.get_payload(decode=True)
            assert isinstance(value, bytes)
            if part.get_filename():
                file = value
            else:
                name = str(part.get_param("name", header="content-disposition"))
                form.setdefault(name, []).append(value.decode())
        return self._serve(Asked(self.path, dict(self.headers), None, form, file))

    def _serve(self, asked: Asked) -> None:
        self.server.asked.append(asked)
        found = self.server.answers.get(asked.path, Answer({"detail": "Not Found"}, 404))
        answer = found(asked) if callable(found) else found
        body = answer.body if isinstance(answer.body, bytes | Iterator) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        self.send_header("Connection", "close")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if isinstance(body, bytes):
            self.send_header("Content-Length", str(len(body) + (1 if answer.cut else 0)))
            self.end_headers()
            with suppress(OSError):  # the client has disconnected
                self.wfile.write(body)
        else:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._chunks(body, whole=not answer.cut)
        self.close_connection = True

    def _chunks(self, pieces: Iterable[bytes], *, whole: bool) -> None:
        try:
            for piece in pieces:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            if whole:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.server.left.set()


@contextmanager
def serving(port: int = 0) -> Iterator[Fake]:
    """Run a fake server within the context."""
    fake = Fake(port)
    thread = threading.Thread(target=fake.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.shutdown()
        thread.join()
        fake.server_close()


def free_port() -> int:
    """Return a port that is not in use."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
