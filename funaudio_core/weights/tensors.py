"""Tensors of published .pt files, read without running code from the file."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.errors import WeightsMissing


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


def _content_error(path: Path, reason: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} contains more than tensors: {reason}. Download the published file.", path=str(path), reason=reason
    )
