"""Files of a training; each is written whole or not at all, so that a killed training can go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array in NumPy's format."""

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, values, allow_pickle=False)

    _write_whole(path, write)


def load_array(path: Path) -> NDArray[Any]:
    """Return an array. Raise BadInput if it isn't there."""
    try:
        found: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        raise BadInput("The clip {name} isn't there any more. Start the training again.", name=path.stem) from None
    return found


def save_text(path: Path, text: str) -> None:
    """Write a text."""
    _write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _write_whole(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.new")
    write(temporary)
    temporary.replace(path)
