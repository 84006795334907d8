"""The app with the lite tier in its own process, and the memory that it holds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import address_at, free_port, running

LOOK_SECONDS = 1.0  # between two looks whether the app runs
LOG_CHARACTERS = 3000


class AppEndedError(Exception):
    """The app ended by itself."""


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


@contextmanager
def serve_app(**environment: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the app with the lite tier in its own process; yield its address and the process.

    Args:
        environment: Variables beside those of this process.

    Raises:
        AppEndedError: The app ended while the body ran, which is interrupted.
    """
    port = free_port()
    fixed = {"NO_PROXY": "127.0.0.1", "FUNAUDIO_TIER": "lite"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with running(["app.py"], log, port, **fixed | environment) as process, _watched(process, log):
            yield address_at(port), process


@contextmanager
def _watched(process: subprocess.Popen[bytes], log: Path) -> Iterator[None]:
    """Interrupt the body, which runs in the main thread, once the process ends."""
    is_done = threading.Event()

    def watch() -> None:
        while not is_done.wait(LOOK_SECONDS):
            if process.poll() is not None:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                return

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    except BaseException as error:
        if process.poll() is not None:
            text = log.read_text(encoding="utf-8", errors="replace")[-LOG_CHARACTERS:]
            raise AppEndedError(f"the app ended with code {process.returncode}; its last words:\n{text}") from error
        raise
    finally:
        is_done.set()


def memory(pid: int) -> Memory:
    """Return the memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    sizes = {name: int(size) * 1024e-6 for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", status, re.MULTILINE)}
    return Memory(sizes["VmRSS"], sizes["RssAnon"], sizes["RssFile"] + sizes["RssShmem"], sizes["VmHWM"])


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
