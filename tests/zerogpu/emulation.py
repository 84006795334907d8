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
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx


class Host:
    """The scheduler, as a test sees it."""

    def __init__(self, address: str) -> None:
        self._address = address

    def mode(self, **changes: object) -> None:
        """Change how it answers: answer ("ok", "quota", "duration", "expired"), gpus, warm."""
        httpx.post(f"{self._address}/mode", content=json.dumps(changes)).raise_for_status()

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of every request to `path` so far."""
        return [asked for where, asked in self._log()["log"] if where == path]

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
        return dict(httpx.get(f"{self._address}/log").json())


def begin() -> Host:
    """Start the scheduler and tell the `spaces` package of it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    scheduler = subprocess.Popen([sys.executable, "-m", "tests.zerogpu.scheduler", str(port)])
    ours = os.getpid()
    atexit.register(lambda: scheduler.terminate() if os.getpid() == ours else None)  # a fork must not end it
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            httpx.get(f"{address}/log")
            break
        except httpx.TransportError:
            time.sleep(0.1)
    os.environ.update(SPACES_ZERO_GPU="true", SPACES_ZERO_DEVICE_API_URL=address)
    _without_a_card()
    return Host(address)


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
