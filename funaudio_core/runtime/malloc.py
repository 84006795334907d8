"""How the C library hands out memory to a server with many threads. Knows no engine."""

from __future__ import annotations

import ctypes
import sys

MAX_ARENAS = 2  # that all threads share; by default each core has eight, and each keeps what it was given at its peak
_M_ARENA_MAX = -8  # of glibc's malloc.h


def limit_arenas() -> bool:
    """Let all threads share few arenas, so that a server's memory stays flat; whether the C library does so.

    To be called before the threads are begun.
    """
    return _call_glibc("mallopt", _M_ARENA_MAX, MAX_ARENAS)


def trim() -> bool:
    """Hand what is free back to the system, after much was let go in small pieces; whether the C library could."""
    return _call_glibc("malloc_trim", 0)


def _call_glibc(function: str, *arguments: int) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(getattr(ctypes.CDLL(None), function)(*arguments))
    except AttributeError:  # another C library than glibc
        return False
