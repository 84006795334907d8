"""Emulation of a ZeroGPU Space without a GPU; start() must be called before torch is imported.

Only the parts that need a card are left out: packing weights onto the disk and moving them into GPU memory. Forks,
pickling, scheduling, errors and cancellation are those of the real `spaces` package.
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

TIMEOUT_SECONDS = 180  # an answer takes a millisecond, but the machine may be busy


class SchedulerClient:
    """Client of the fake scheduler, for tests."""

    def __init__(self, address: str) -> None:
        self.address = address

    def set_mode(self, **changes: object) -> None:
        """Change the answers of the scheduler: answer ("ok", "quota", "duration", "expired"), gpus, warm."""
        httpx.post(f"{self.address}/mode", content=json.dumps(changes), timeout=TIMEOUT_SECONDS).raise_for_status()

    def requests(self, path: str) -> list[dict[str, str]]:
        """Return the parameters of every request to `path` so far, with the token of the GPU if one was lent."""
        return [request for where, request in self._log()["log"] if where == path]

    def process(self, token: str) -> int:
        """Return the id of the process with the GPU that a user got last; 0 if there is none yet."""
        log = self._log()["log"]
        processes = {request["allowToken"]: int(request["pid"]) for path, request in log if path == "/allow"}
        process_by_gpu: dict[str, int] = {}
        process = 0
        for request in (request for path, request in log if path == "/schedule" and "lent" in request):
            process_by_gpu[request["index"]] = processes.get(
                request["lent"], process_by_gpu.get(request["index"], 0) if request["warm"] else 0
            )
            if request.get("token") == token:
                process = process_by_gpu[request["index"]]
        return process

    def lent_count(self) -> int:
        """Return the number of GPUs that are lent."""
        return int(self._log()["out"])

    def remaining_count(self) -> int:
        """Wait until no GPU is lent, but not for ever, and return how many still are."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while self.lent_count() and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.lent_count()

    def finish(self, report: dict[str, Any]) -> None:
        """Print the report, and how many GPUs are still lent."""
        print("REPORT " + json.dumps({**report, "out": self.remaining_count()}))

    def _log(self) -> dict[str, Any]:
        return dict(httpx.get(f"{self.address}/log", timeout=TIMEOUT_SECONDS).json())


@contextmanager
def scheduler() -> Iterator[SchedulerClient]:
    """Run a scheduler in a process of its own, and yield its client."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.zerogpu.scheduler", str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{address}/log", timeout=TIMEOUT_SECONDS)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield SchedulerClient(address)
    finally:
        process.terminate()
        process.wait(TIMEOUT_SECONDS)


def start() -> SchedulerClient:
    """Emulate a Space, with the scheduler at SPACES_ZERO_DEVICE_API_URL or, if that is not set, a new one."""
    client = SchedulerClient(os.environ.get("SPACES_ZERO_DEVICE_API_URL", ""))
    if not client.address:
        stack, pid = ExitStack(), os.getpid()
        client = stack.enter_context(scheduler())
        atexit.register(lambda: stack.close() if os.getpid() == pid else None)  # a forked process must not end it
    os.environ.update(SPACES_ZERO_GPU="true", SPACES_ZERO_DEVICE_API_URL=client.address)
    _patch_gpu_access()
    return client


def _patch_gpu_access() -> None:
    """Replace the parts of `spaces` that need a GPU."""
    import spaces  # noqa: F401  (must come before CUDA is initialized)
    from spaces.zero import torch, wrappers
    from spaces.zero.torch import patching

    torch.pack = patching._total_unpacked_size
    torch.unpatch = torch.init = torch.move = lambda *_, **__: None
    # "cuda" means the CPU in all threads of a worker, but only in the main thread of our process, as on a Space.
    wrappers.ThreadPoolExecutor = functools.partial(ThreadPoolExecutor, initializer=patching.enter_mode)
    pid, run = os.getpid(), threading.Thread.run

    def run_in_gpu_mode(thread: threading.Thread) -> None:
        if os.getpid() != pid:
            patching.enter_mode()
        run(thread)

    threading.Thread.run = run_in_gpu_mode  # type: ignore[assignment, method-assign]
