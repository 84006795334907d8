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
together = threading.Barrier(12)
def hold():
    together.wait()
    for _ in range(200):
        libc.malloc(10_000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_stats()
"""


@pytest.mark.serial
@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of glibc")
def test_twelve_threads_share_two_arenas() -> None:
    found = {}
    for mode in ("small", "usual"):
        told = subprocess.run([sys.executable, "-c", ARENAS, mode], capture_output=True, text=True, check=True).stderr
        found[mode] = told.count("Arena ")
    assert found["small"] <= 2 < found["usual"]
