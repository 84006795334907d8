"""Start and end of servers of other projects, each in its own process group."""

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
START_SECONDS = 240.0  # timeout; SGLang-Omni takes about half a minute on an idle machine
END_SECONDS = 20.0  # timeout


@dataclass(frozen=True)
class RunningServer:
    """Server that answers requests.

    Attributes:
        port: Its port.
        log: File with its output.
        process: Its process, which leads a process group.
    """

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the text is in the log."""
        deadline = time.monotonic() + seconds
        while text not in self.output():
            if time.monotonic() > deadline:
                pytest.fail(f"{text!r} never came up in the log:\n{self.output()[-3000:]}")
            time.sleep(0.1)

    def memory_megabytes(self) -> float:
        """Return the resident memory of all its processes in MB."""
        top = psutil.Process(self.process.pid)
        return float(sum(process.memory_info().rss for process in (top, *top.children(recursive=True))) / 1e6)

    def cpu_seconds(self, seconds: float) -> float:
        """Return the CPU seconds that it uses within the next `seconds`."""
        process = psutil.Process(self.process.pid)
        before = sum(process.cpu_times()[:2])
        time.sleep(seconds)
        return float(sum(process.cpu_times()[:2]) - before)

    def kill(self) -> None:
        """Kill all its processes at once, as when a machine fails."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(END_SECONDS)


@contextmanager
def run_server(
    command: Callable[[int], Sequence[str]],
    log: Path,
    *,
    folder: Path = ROOT,
    health: str = "/health",
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningServer]:
    """Run a server, and yield it once it answers at `health`.

    Args:
        command: Returns the command for a port; its program is taken from .engine-venv.
        log: File for its output.
        folder: Working directory.
        health: Path of the health check.
        environment: Additional environment variables.
    """
    if not (BIN / "python").exists():
        pytest.skip("The servers are not installed; `make remote` does that.")
    port = free_port()
    name, *arguments = command(port)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(BIN / name), *arguments],
            cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "2", **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = RunningServer(port, log, process)
    try:
        _wait_until_ready(server, health)
        print(f"\n{name} answers after {time.monotonic() - began:.0f} s with {server.memory_megabytes():.0f} MB")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_until_ready(server: RunningServer, health: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{server.port}{health}", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    pytest.fail(f"The server did not come up:\n{server.output()[-3000:]}")
