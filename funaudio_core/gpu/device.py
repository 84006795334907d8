"""Whether there is an accelerator, and how ZeroGPU lends one; the only importer of `spaces`. Knows no engine."""

from __future__ import annotations

import gc
import importlib.util
import os
from functools import cache
from typing import ParamSpec, TypeVar

from funaudio_core import settings
from funaudio_core.gpu.zerogpu import is_zerogpu

P = ParamSpec("P")
T = TypeVar("T")
ZEROGPU_CONCURRENCY = 8  # calls; each gets a GPU of its own, or waits for one
MAX_CONCURRENCY, BYTES_PER_SLOT = 8, 8e9  # places, and bytes of a GPU's memory for which there is one
MODEL_MEMORY_SHARE = 0.7  # of the memory; the rest is for what models compute


@cache
def has_torch() -> bool:
    """Return whether PyTorch, which the full tier needs, is installed."""
    return importlib.util.find_spec("torch") is not None


@cache
def has_gpu() -> bool:
    """Whether models of the full tier find a GPU here; on a ZeroGPU Space one is lent for each call."""
    if is_zerogpu():
        return True
    if not has_torch():
        return False
    import torch

    return torch.cuda.is_available()


def model_memory() -> int:
    """Bytes that models may take: seven tenths of the GPU's memory, or of the machine's where there is none."""
    if has_gpu():
        import torch

        return int(MODEL_MEMORY_SHARE * torch.cuda.get_device_properties(0).total_memory)
    return int(MODEL_MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def used_memory() -> int | None:
    """Bytes of the GPU's memory that this process holds; None without one, or where it is lent to other processes."""
    if is_zerogpu() or not has_gpu():
        return None
    import torch

    return int(torch.cuda.memory_reserved())


def default_concurrency() -> int:
    """How much may compute at a time: by a GPU's memory, by cores where there is none."""
    if is_zerogpu():
        return ZEROGPU_CONCURRENCY
    if has_gpu():
        return max(1, min(MAX_CONCURRENCY, round(model_memory() / BYTES_PER_SLOT)))
    return max(2, settings.read().threads // 2)


def empty_cache() -> None:
    """Give memory that nothing uses any more back to the device."""
    gc.collect()
    if has_gpu():
        import torch

        torch.cuda.empty_cache()
