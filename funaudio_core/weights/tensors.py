"""Published .pt files as tensors by name; nothing else is ever unpickled from one. Knows no model."""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
from torch import Tensor

from funaudio_core.errors import WeightsMissing


def read_tensors(path: Path, inside: str = "") -> dict[str, Tensor]:
    """The tensors of a .pt file, mapped from it rather than copied.

    inside: the name under which some releases of the file hold them all. Raises WeightsMissing for any other content.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise _no_tensors(path, str(error).splitlines()[0]) from error
    if isinstance(held, dict):
        held = held.get(inside, held)
    if not isinstance(held, dict):
        raise _no_tensors(path, type(held).__name__)
    for name, value in held.items():
        if not isinstance(value, Tensor):
            raise _no_tensors(path, f"{name}: {type(value).__name__}")
    return held


def _no_tensors(path: Path, reason: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} contains more than tensors: {reason}. Download the published file.", path=str(path), reason=reason
    )
