"""Device detection, memory limits and default concurrency."""

from __future__ import annotations

import ctypes
import gc
import importlib.util
import os
import sys
from functools import cache
from pathlib import Path

from funaudio_core import settings
from funaudio_core.gpu.zerogpu import is_zerogpu

ZEROGPU_CONCURRENCY = 8  # ZeroGPU gives each call its own GPU, or queues it
MAX_CONCURRENCY = 8
BYTES_PER_SLOT = 8e9  # model memory of a GPU for one concurrent request
MODEL_MEMORY_SHARE = 0.7  # of all memory; the rest is for activations


@cache
def has_torch() -> bool:
    """Return whether PyTorch, which the full tier needs, is installed."""
    return importlib.util.find_spec("torch") is not None


@cache
def has_gpu() -> bool:
    """Return whether the full tier has a GPU here; on ZeroGPU each call gets one."""
    if is_zerogpu():
        return True
    if not has_torch() or not _has_driver():
        return False
    import torch

    return torch.cuda.is_available()


def _has_driver() -> bool:
    """Return whether a GPU may be usable, without importing PyTorch, whose libraries take hundreds of megabytes."""
    if not sys.platform.startswith("linux") or Path("/dev/kfd").exists():  # AMD's driver
        return True
    try:
        ctypes.CDLL("libcuda.so.1")  # NVIDIA's driver
    except OSError:
        return False
    return True


def model_memory() -> int:
    """Return the bytes that loaded models may take: a share of the GPU's memory, or of the machine's without a GPU."""
    if has_gpu():
        import torch

        return int(MODEL_MEMORY_SHARE * torch.cuda.get_device_properties(0).total_memory)
    return int(MODEL_MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def used_memory() -> int | None:
    """Return the bytes of GPU memory this process holds; None without a GPU and on ZeroGPU."""
    if is_zerogpu() or not has_gpu():
        return None
    import torch

    return int(torch.cuda.memory_reserved())


def default_concurrency() -> int:
    """Return the number of requests to run at a time: by GPU memory, or by CPU cores without a GPU."""
    if is_zerogpu():
        return ZEROGPU_CONCURRENCY
    if has_gpu():
        return max(1, min(MAX_CONCURRENCY, round(model_memory() / BYTES_PER_SLOT)))
    return max(2, settings.read().threads // 2)


def empty_cache() -> None:
    """Return unused memory to the device."""
    gc.collect()
    if has_gpu():
        import torch

        torch.cuda.empty_cache()
