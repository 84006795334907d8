"""Values on their way to another process: small ones as bytes, large ones as a file. Knows no process and no task.

Up to PIPE_BUF bytes go through a pipe whole or not at all. Of a longer message a process that is killed may leave a
part, and whoever reads it then waits for ever for the rest.
"""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

MAX_INLINE_BYTES = 2048  # bytes; PIPE_BUF is 4096 on Linux, and what carries the parcel adds a few hundred of its own


def dump(value: object, folder: Path) -> bytes | Path:
    """The value pickled: as it is where it is small, else a file in the folder `into`, see leftovers.folder()."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    if len(data) <= MAX_INLINE_BYTES:
        return data
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    return Path(file.name)


def load(payload: bytes | Path) -> Any:  # noqa: ANN401 (whatever was packed)
    """What was packed, once: a file is deleted. Only for parcels of our own processes: unpickling can do anything."""
    if isinstance(payload, bytes):
        return pickle.loads(payload)  # noqa: S301
    data = payload.read_bytes()
    payload.unlink()
    return pickle.loads(data)  # noqa: S301
