"""Starts and ends servers of other people, each in a group of processes of its own. Knows none of them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.conftest import ROOT
from tests.remote_fake import free_port

BIN = ROOT / ".engine-venv" / "bin"
START_SECONDS = 240.0  # SGLang-Omni takes about half a minute on a free machine
END_SECONDS = 20.0


@dataclass(frozen=True)
class Running:
    """A server that answers. log: what it has printed."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Until the text is in the log."""
        deadline = time.monotonic() + seconds
        while text not in self.printed():
            if time.monotonic() > deadline:
                pytest.fail(f"{text!r} never came up in the log:\n{self.printed()[-3000:]}")
            time.sleep(0.1)

    def megabytes(self) -> float:
        """Memory of all its processes."""
        top = psutil.Process(self.process.pid)
        return float(sum(each.memory_info().rss for each in (top, *top.children(recursive=True))) / 1e6)

    def busy(self, seconds: float) -> float:
        """Seconds of processor time that it takes in so many seconds."""
        process = psutil.Process(self.process.pid)
        before = sum(process.cpu_times()[:2])
        time.sleep(seconds)
        return float(sum(process.cpu_times()[:2]) - before)

    def kill(self) -> None:
        """End it and all that it has started, as a machine does that fails."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(END_SECONDS)


@contextmanager
def running(
    command: Callable[[int], Sequence[str]],
    log: Path,
    *,
    folder: Path = ROOT,
    health: str = "/health",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A server, from its first good answer at `health` on. command: what to run, given a port; from .engine-venv."""
    if not (BIN / "python").exists():
        pytest.skip("The servers are not installed; `make remote` does that.")
    port = free_port()
    name, *arguments = command(port)
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(BIN / name), *arguments],
            cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2", **(environment or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Running(port, log, process)
    try:
        _wait(server, health)
        print(f"\n{name} answers after {time.monotonic() - began:.0f} s with {server.megabytes():.0f} MB")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: Running, health: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{server.port}{health}", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    pytest.fail(f"The server did not come up:\n{server.printed()[-3000:]}")
