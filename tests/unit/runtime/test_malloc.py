"""Tests of the allocator settings: few arenas, whose free memory is reused."""

from __future__ import annotations

import subprocess
import sys

import pytest

ARENAS = """
import ctypes, sys, threading
from funaudio_core.runtime import malloc
if sys.argv[1] == "small":
    assert malloc.limit_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
barrier = threading.Barrier(12)
def hold():
    barrier.wait()
    for _ in range(200):
        libc.malloc(10_000)
    barrier.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_stats()
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs glibc")
def test_twelve_threads_share_two_arenas() -> None:
    arenas = {}
    for mode in ("small", "usual"):
        statistics = subprocess.run(
            [sys.executable, "-c", ARENAS, mode], capture_output=True, text=True, check=True
        ).stderr
        arenas[mode] = statistics.count("Arena ")
    assert arenas["small"] <= 2 < arenas["usual"]
