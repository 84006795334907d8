"""What the `spaces` package asks of its host, over HTTP: who may have a GPU, and who gives one back. Knows no test.

Run as `python -m tests.zerogpu.scheduler PORT`. `POST /mode` with JSON changes how it answers, `GET /log` tells the
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
    """GPUs that are out, and what was asked so far."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.mode: dict[str, Any] = {"answer": "ok", "gpus": 2, "warm": True}
        self.log: list[tuple[str, dict[str, str]]] = []
        self.out: dict[str, int] = {}
        self.tokens = itertools.count()
        self.seen: set[tuple[str, int]] = set()

    def schedule(self, asked: dict[str, str]) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Lend a GPU, or refuse."""
        if self.mode["answer"] in REFUSALS:
            return REFUSALS[self.mode["answer"]]
        free = [index for index in range(self.mode["gpus"]) if index not in self.out.values()]
        if not free:
            return 503, {}, {}
        index, token = free[0], f"token-{next(self.tokens)}"
        self.out[token] = index
        warm = self.mode["warm"] and (asked["taskId"], index) in self.seen
        self.seen.add((asked["taskId"], index))
        asked |= {"lent": token, "index": str(index), "warm": "yes" if warm else ""}
        lent = {"idle": warm, "nvidiaIndex": index, "nvidiaUUID": f"GPU-{index}", "allowToken": token}
        return 200, lent, {}


STATE = State()


class Scheduler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing on the screen."""

    def do_GET(self) -> None:
        """The log; anything else is fine."""
        self._answer(200, {"log": STATE.log, "out": len(STATE.out)} if self.path == "/log" else 0)

    def do_POST(self) -> None:
        """A request of the package, or a change of mode."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path)
        asked = dict(parse_qsl(path.query))
        with STATE.guard:
            if path.path == "/mode":
                STATE.mode |= json.loads(body)
                self._answer(200, STATE.mode)
                return
            STATE.log.append((path.path, asked))
            if path.path == "/schedule":
                self._answer(*STATE.schedule(asked))
                return
            if path.path == "/release":
                STATE.out.pop(asked["allowToken"], None)
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
