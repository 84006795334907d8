"""Tensors of published .pt files, read without running code from the file, and changed by adapters."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.adapters import Adapter


def read_tensors(path: Path, key: str = "") -> dict[str, Tensor]:
    """Return the tensors of a .pt file by name, memory-mapped.

    Args:
        path: The file.
        key: Key under which some releases hold the tensors.

    Raises:
        WeightsMissing: The file holds anything but tensors.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise _content_error(path, str(error).splitlines()[0]) from error
    if isinstance(content, dict):
        content = content.get(key, content)
    if not isinstance(content, dict):
        raise _content_error(path, type(content).__name__)
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise _content_error(path, f"{name}: {type(value).__name__}")
    return content


def merge_adapter(tensors: Mapping[str, Tensor], adapter: Adapter, strength: float = 1.0) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint with an adapter's change; at strength 0 the same tensors.

    Args:
        tensors: By published name, on the CPU.
        adapter: The adapter.
        strength: Share of the change, 0 to 1.

    Raises:
        BadInput: A weight of the adapter is missing or has another size.
    """
    merged = dict(tensors)
    for name in adapter.weight_names() if strength else ():
        if name not in tensors:
            raise adapter.unfit_error(name)
        weight = tensors[name]
        merged[name] = torch.from_numpy(adapter.change(name, weight.float().numpy(), strength)).to(weight.dtype)
    return merged


def _content_error(path: Path, reason: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} contains more than tensors: {reason}. Download the published file.", path=str(path), reason=reason
    )
