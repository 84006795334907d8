"""The app with the lite tier in its own process, and the memory that it holds."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.app.latency import connect


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of a process in MB (10**6 bytes).

    Attributes:
        resident: All of it, as /health tells.
        anonymous: Heaps, stacks and other memory of its own.
        files: Mapped files, such as shared libraries; other processes may use the same pages.
        peak: Most that was resident at a time.
    """

    resident: float
    anonymous: float
    files: float
    peak: float

    def __str__(self) -> str:
        """Return all figures."""
        parts = f"{self.anonymous:,.0f} of its own, {self.files:,.0f} of mapped files"
        return f"{self.resident:,.0f} MB ({parts}), {self.peak:,.0f} at most"


class App:
    """The app, as a context manager that yields its address and the process."""

    def __init__(self, **environment: str) -> None:
        """Set environment variables beside those of this process."""
        self._environment = environment

    def __enter__(self) -> tuple[str, subprocess.Popen[bytes]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        fixed = {"FUNAUDIO_PORT": str(port), "NO_PROXY": "127.0.0.1", "FUNAUDIO_TIER": "lite"}
        command = [sys.executable, "app.py"]
        self._server = subprocess.Popen(
            command,
            env=os.environ | fixed | self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = f"http://127.0.0.1:{port}/"
        try:
            connect(address).close()
        except BaseException:
            self.__exit__()
            raise
        return address, self._server

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(60)


def memory(pid: int) -> Memory:
    """Return the memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    sizes = {name: int(size) * 1024e-6 for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", status, re.MULTILINE)}
    return Memory(sizes["VmRSS"], sizes["RssAnon"], sizes["RssFile"] + sizes["RssShmem"], sizes["VmHWM"])


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
