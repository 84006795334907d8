"""Fake of the HTTP API with which the `spaces` package requests GPUs from its host and gives them back.

Run as `python -m tests.zerogpu.scheduler PORT`. `POST /mode` with JSON changes its answers, `GET /log` returns the
requests so far.
"""

from __future__ import annotations

import itertools
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

REFUSALS: dict[str, tuple[int, dict[str, float], dict[str, str]]] = {  # by mode: status, body, headers
    "quota": (429, {"left": 12, "wait": 3600}, {"X-Authenticated": "regular", "X-Approve-Result": "quota-exceeded"}),
    "duration": (429, {"left": 12, "wait": -1}, {"X-Approve-Result": "illegal-duration"}),
    "expired": (401, {}, {}),
}


class State:
    """GPUs that are lent, and the requests so far."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mode: dict[str, Any] = {"answer": "ok", "gpus": 2, "warm": True}
        self.log: list[tuple[str, dict[str, str]]] = []
        self.lent_gpus: dict[str, int] = {}
        self.token_numbers = itertools.count()
        self.warm_gpus: set[tuple[str, int]] = set()

    def schedule(self, request: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Lend a GPU or refuse; return status, body and headers."""
        if self.mode["answer"] in REFUSALS:
            return REFUSALS[self.mode["answer"]]
        free = [index for index in range(self.mode["gpus"]) if index not in self.lent_gpus.values()]
        if not free:
            return 503, {}, {}
        index, token = free[0], f"token-{next(self.token_numbers)}"
        self.lent_gpus[token] = index
        warm = self.mode["warm"] and (request["taskId"], index) in self.warm_gpus
        self.warm_gpus.add((request["taskId"], index))
        request |= {"lent": token, "index": str(index), "warm": "yes" if warm else ""}
        body = {"idle": warm, "nvidiaIndex": index, "nvidiaUUID": f"GPU-{index}", "allowToken": token}
        return 200, body, {}


STATE = State()


class Scheduler(BaseHTTPRequestHandler):
    """Handler of one request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        """Answer /log with the log, and any other path with 0."""
        self._answer(200, {"log": STATE.log, "out": len(STATE.lent_gpus)} if self.path == "/log" else 0)

    def do_POST(self) -> None:
        """Answer a request of the package, or change the mode."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path)
        request = dict(parse_qsl(path.query))
        with STATE.lock:
            if path.path == "/mode":
                STATE.mode |= json.loads(body)
                self._answer(200, STATE.mode)
                return
            STATE.log.append((path.path, request))
            if path.path == "/schedule":
                self._answer(*STATE.schedule(request))
                return
            if path.path == "/release":
                STATE.lent_gpus.pop(request["allowToken"], None)
        self._answer(200)

    def _answer(self, status: int, body: object = None, headers: dict[str, str] | None = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(data))}.items():
            self.send_header(name, value)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Scheduler).serve_forever()
