"""How the process is doing, for the Status page and /health alike. Knows no page, and nothing about any visitor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from funaudio_core import settings
from funaudio_core.engines import preload
from funaudio_core.gpu import device
from funaudio_core.runtime import telemetry
from server import admission

_STATM = Path("/proc/self/statm")  # Linux alone tells a process's memory in a file


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A look at the process. models: (title, bytes of files) of those in memory, whoever was asked longest ago first.

    memory, device_memory: bytes taken by the process and on its GPU, None where nobody tells. places: how many may
    compute at a time, of which `running` do; waiting: how many are in line, which has room for `line`. medians: by page
    and figure, as journal tells them; ends: how many requests ended how, by page.
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
        """Whether whoever comes now is sent away."""
        return self.queued >= self.queue_size


def server_status() -> ServerStatus:
    """The process as it is now."""
    line = admission.fair_queue()
    return ServerStatus(
        models=preload.loaded_models(),
        memory_bytes=_resident(),
        gpu_memory_bytes=device.used_memory(),
        capacity=line.most,
        active=line.active,
        queued=line.queued,
        queue_size=settings.read().queue_size,
        latency_medians=telemetry.medians(),
        outcomes=telemetry.outcomes(),
    )


def _resident() -> int | None:
    """Bytes of memory that the process holds; None on systems that don't tell."""
    if not _STATM.exists():
        return None
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
