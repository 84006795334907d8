"""Pickled values for another process: small ones inline, large ones in a file.

A write of up to PIPE_BUF bytes to a pipe is atomic. A killed process may leave half of a longer message, for whose
rest its reader would wait forever.
"""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path
from typing import Any

MAX_INLINE_BYTES = 2048  # PIPE_BUF is 4096 on Linux; the envelope adds a few hundred bytes


def dump(value: object, folder: Path) -> bytes | Path:
    """Pickle a value; return the bytes, or if they are large the path of a new file in `folder`."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    if len(data) <= MAX_INLINE_BYTES:
        return data
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(data)
    return Path(file.name)


def load(payload: bytes | Path) -> Any:  # noqa: ANN401 (any pickled value)
    """Return the value of a payload and delete its file.

    Only for payloads of this app's own processes: unpickling runs code.
    """
    if isinstance(payload, bytes):
        return pickle.loads(payload)  # noqa: S301
    data = payload.read_bytes()
    payload.unlink()
    return pickle.loads(data)  # noqa: S301
