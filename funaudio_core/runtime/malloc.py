"""Memory allocator settings for a server with many threads (glibc only)."""

from __future__ import annotations

import ctypes
import sys

MAX_ARENAS = 2  # shared by all threads; glibc's default is eight a core, and each keeps its peak size
_M_ARENA_MAX = -8  # of glibc's malloc.h


def limit_arenas() -> bool:
    """Limit glibc to MAX_ARENAS, so that memory stays flat, and return whether that worked.

    Call it before threads are started.
    """
    return _call_glibc("mallopt", _M_ARENA_MAX, MAX_ARENAS)


def trim() -> bool:
    """Return free memory to the operating system, and return whether that worked."""
    return _call_glibc("malloc_trim", 0)


def _call_glibc(function: str, *arguments: int) -> bool:
    """Call a glibc function and return its truth value; False with other C libraries."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(getattr(ctypes.CDLL(None), function)(*arguments))
    except AttributeError:  # another C library than glibc
        return False
