"""Status of the process, for the Status page and /health. Contains no visitor data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from funaudio_core import settings
from funaudio_core.engines import preload
from funaudio_core.gpu import device
from funaudio_core.runtime import telemetry
from server import admission

_STATM = Path("/proc/self/statm")  # Linux only


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """Status of the process.

    Attributes:
        models: Title and file size in bytes of each loaded model, least recently used first.
        memory_bytes: Memory of the process; None if unknown.
        gpu_memory_bytes: Memory of the process on its GPU; None if unknown.
        capacity: Requests that can run at a time.
        active: Requests that run.
        queued: Requests that wait.
        queue_size: Requests that may wait.
        latency_medians: Medians by page and figure, see `telemetry.medians`.
        outcomes: Number of requests by page and outcome.
    """

    models: tuple[tuple[str, int], ...]
    memory_bytes: int | None
    gpu_memory_bytes: int | None
    capacity: int
    active: int
    queued: int
    queue_size: int
    latency_medians: dict[str, dict[str, float]]
    outcomes: dict[str, dict[str, int]]

    @property
    def is_full(self) -> bool:
        """Return True if the queue accepts no more requests."""
        return self.queued >= self.queue_size


def server_status() -> ServerStatus:
    """Return the current status of the process."""
    line = admission.fair_queue()
    return ServerStatus(
        models=preload.loaded_models(),
        memory_bytes=_resident(),
        gpu_memory_bytes=device.used_memory(),
        capacity=line.capacity,
        active=line.active,
        queued=line.queued,
        queue_size=settings.read().queue_size,
        latency_medians=telemetry.medians(),
        outcomes=telemetry.outcomes(),
    )


def _resident() -> int | None:
    """Return the resident memory of the process in bytes, None on other systems than Linux."""
    if not _STATM.exists():
        return None
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
