"""CPU time of the processes that a benchmark starts."""

from __future__ import annotations

import resource

import psutil


def child_seconds() -> float:
    """Return the CPU seconds of the ended and the running processes that this one has started."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = [child.cpu_times() for child in psutil.Process().children()]
    return ended.ru_utime + ended.ru_stime + float(sum(times.user + times.system for times in running))
