"""Files of JSON lines to which lines are only added, each kept as soon as it is written.

A process that was killed leaves at most half a line, which the next one cuts off.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

_BLOCK_BYTES = 2**16


class JsonLinesWriter:
    """Appends objects to a file; to be closed."""

    def __init__(self, path: Path) -> None:
        """Open a file, which need not exist, and cut off a line that is only half written."""
        path.touch()
        self._stream = path.open("r+b")
        size = self._stream.seek(0, os.SEEK_END)
        self._stream.truncate(_end_of_last_line(self._stream, size))
        self._stream.seek(0, os.SEEK_END)

    def append(self, row: dict[str, Any]) -> None:
        """Append an object; it survives the end of the process."""
        self._stream.write(dump_line(row).encode())
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def dump_line(row: dict[str, Any]) -> str:
    """Return an object as a line."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _end_of_last_line(stream: BinaryIO, size: int) -> int:
    """Return the number of bytes up to the end of the last whole line."""
    end = size
    while end:
        start = max(0, end - _BLOCK_BYTES)
        stream.seek(start)
        found = stream.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
