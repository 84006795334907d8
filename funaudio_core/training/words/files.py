"""Files of a training; each is written whole or not at all, so that a killed training can go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.errors import BadInput
from funaudio_core.runtime.atomic_files import replace_file


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array in NumPy's format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, values, allow_pickle=False)


def load_array(path: Path) -> NDArray[Any]:
    """Return an array. Raise BadInput if it isn't there."""
    try:
        found: NDArray[Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        raise BadInput("The clip {name} isn't there any more. Start the training again.", name=path.stem) from None
    return found


def save_text(path: Path, text: str) -> None:
    """Write a text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
