"""Whether there is an accelerator, and how ZeroGPU lends one; the only importer of `spaces`. Knows no engine."""

from __future__ import annotations

import gc
import os
from functools import cache
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.gpu.zerogpu import lends

P = ParamSpec("P")
T = TypeVar("T")
LENT_AT_A_TIME = 8  # calls; each gets a GPU of its own, or waits for one
MOST_ON_A_GPU, PER_PLACE = 8, 8e9  # places, and bytes of a GPU's memory for which there is one
SHARE = 0.7  # of the memory; the rest is for what models compute


@cache
def available() -> bool:
    """Whether models of the full tier find a GPU here; on a ZeroGPU Space one is lent for each call."""
    if lends():
        return True
    import torch

    return torch.cuda.is_available()


def memory() -> int:
    """Bytes that models may take: seven tenths of the GPU's memory, or of the machine's where there is none."""
    if available():
        import torch

        return int(SHARE * torch.cuda.get_device_properties(0).total_memory)
    return int(SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def used() -> int | None:
    """Bytes of the GPU's memory that this process holds; None without one, or where it is lent to other processes."""
    if lends() or not available():
        return None
    import torch

    return int(torch.cuda.memory_reserved())


def places() -> int:
    """How much may compute at a time: by a GPU's memory, by cores where there is none."""
    if lends():
        return LENT_AT_A_TIME
    if available():
        return max(1, min(MOST_ON_A_GPU, round(memory() / PER_PLACE)))
    return max(2, settings.read().threads // 2)


def free() -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    if available():
        import torch

        torch.cuda.empty_cache()
