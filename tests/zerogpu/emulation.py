"""Makes this process a ZeroGPU Space without a GPU; to be called before torch is imported. Knows no test.

What is left out is what needs a card: packing weights onto the disk and moving them into its memory. Forks, pickling,
scheduling, errors and cancelling are those of the real `spaces` package.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx

PATIENCE = 120  # seconds for an answer that takes a thousandth of one, since the machine may be busy


class Host:
    """The scheduler, as a test sees it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def mode(self, **changes: object) -> None:
        """Change how it answers: answer ("ok", "quota", "duration", "expired"), gpus, warm."""
        httpx.post(f"{self.address}/mode", content=json.dumps(changes), timeout=PATIENCE).raise_for_status()

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of every request to `path` so far, and which GPU was lent."""
        return [asked for where, asked in self._log()["log"] if where == path]

    def process(self, token: str) -> int:
        """The process that has the GPU which was lent to a visitor last; 0 before there is one."""
        log = self._log()["log"]
        allowed = {asked["allowToken"]: int(asked["pid"]) for path, asked in log if path == "/allow"}
        holds: dict[str, int] = {}
        found = 0
        for asked in (asked for path, asked in log if path == "/schedule" and "lent" in asked):
            holds[asked["index"]] = allowed.get(asked["lent"], holds.get(asked["index"], 0) if asked["warm"] else 0)
            if asked.get("token") == token:
                found = holds[asked["index"]]
        return found

    def out(self) -> int:
        """GPUs that were lent and not given back."""
        return int(self._log()["out"])

    def finish(self, report: dict[str, Any]) -> None:
        """Print the report, with how many GPUs are still out once there was time to give them back."""
        for _ in range(100):
            if not self.out():
                break
            time.sleep(0.1)
        print("REPORT " + json.dumps({**report, "out": self.out()}))

    def _log(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.address}/log", timeout=PATIENCE).json())


@contextmanager
def scheduler() -> Iterator[Host]:
    """A scheduler in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.zerogpu.scheduler", str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{address}/log", timeout=PATIENCE)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Host(address)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def begin() -> Host:
    """Be a Space of the scheduler that SPACES_ZERO_DEVICE_API_URL names, of one's own where it names none."""
    host = Host(os.environ.get("SPACES_ZERO_DEVICE_API_URL", ""))
    if not host.address:
        lasting, ours = ExitStack(), os.getpid()
        host = lasting.enter_context(scheduler())
        atexit.register(lambda: lasting.close() if os.getpid() == ours else None)  # a fork must not end it
    os.environ.update(SPACES_ZERO_GPU="true", SPACES_ZERO_DEVICE_API_URL=host.address)
    _without_a_card()
    return host


def _without_a_card() -> None:
    import spaces  # noqa: F401  (first of all: it refuses to come after CUDA)
    from spaces.zero import torch, wrappers
    from spaces.zero.torch import patching

    torch.pack = patching._total_unpacked_size
    torch.unpatch = torch.init = torch.move = lambda *_, **__: None
    # "cuda" means the CPU in every thread of a worker, but in our own process in the main thread alone, as on a Space.
    wrappers.ThreadPoolExecutor = functools.partial(ThreadPoolExecutor, initializer=patching.enter_mode)
    ours, run = os.getpid(), threading.Thread.run

    def as_lent(thread: threading.Thread) -> None:
        if os.getpid() != ours:
            patching.enter_mode()
        run(thread)

    threading.Thread.run = as_lent  # type: ignore[assignment, method-assign]
