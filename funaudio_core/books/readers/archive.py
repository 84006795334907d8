"""Reading of ZIP archives from untrusted sources."""

from __future__ import annotations

import os
import posixpath
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from funaudio_core.errors import BadInput

MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 8 * 2**20  # of the list of entries, which is read as a whole: 400 bytes for each of MAX_ENTRIES
MAX_ENTRY_BYTES = 32 * 2**20  # unpacked
MAX_TOTAL_BYTES = 128 * 2**20  # unpacked, all entries that are read
_BLOCK_BYTES = 2**18
_END_BYTES, _END64_BYTES, _MAX_COMMENT_BYTES = 22, 56 + 20, 2**16  # of the records at the end of an archive


class Archive:
    """ZIP archive whose entries are read into memory, within limits; names are keys, and nothing is written."""

    def __init__(self, path: Path) -> None:
        """Open the archive. Raise BadInput if it can't be read."""
        if (size := directory_bytes(path)) > MAX_DIRECTORY_BYTES:
            raise BadInput(
                "The list of files in the book has {size:,} MB; the limit is {most} MB. "
                "Export it again as a smaller book.",
                size=size >> 20,
                most=MAX_DIRECTORY_BYTES >> 20,
            )
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise BadInput("The file is damaged: its archive can't be opened. Download or copy it again.") from error
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES:
            self._zip.close()
            raise BadInput(
                "The book has {count:,} files; the limit is {most:,}. Export it again as a smaller book.",
                count=len(entries),
                most=MAX_ENTRIES,
            )
        # Some programs on Windows write backslashes.
        self._entries = {entry.filename.replace("\\", "/"): entry for entry in entries if not entry.is_dir()}
        self._folded = {name.casefold(): name for name in self._entries}
        self._total = 0

    def __enter__(self) -> Self:
        """Return the archive."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """Return the names of the entries."""
        return list(self._entries)

    def find(self, name: str) -> str | None:
        """Return the entry of this name, whatever its case, or None."""
        name = unquote(name)
        return name if name in self._entries else self._folded.get(name.casefold())

    def read(self, name: str) -> bytes:
        """Return the content of an entry.

        Raises:
            BadInput: It is missing, encrypted or damaged, or unpacks to more than the limits.
        """
        found = self.find(name)
        if found is None:
            raise BadInput("The book is incomplete: {name!r} is missing. Download or export it again.", name=name)
        if self._entries[found].flag_bits & 1:
            raise BadInput("The archive has a password. Unpack it and pack it again without one.")
        blocks, size = [], 0
        try:
            with self._zip.open(self._entries[found]) as stream:
                while block := stream.read(_BLOCK_BYTES):
                    size += len(block)
                    self._count(size, len(block))
                    blocks.append(block)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise BadInput("The book is damaged: {name!r} can't be unpacked. Download it again.", name=name) from error
        return b"".join(blocks)

    def _count(self, size: int, more: int) -> None:
        self._total += more
        if size > MAX_ENTRY_BYTES or self._total > MAX_TOTAL_BYTES:
            raise BadInput(
                "The book unpacks to more than {most} MB. Export it again without large files.",
                most=(MAX_ENTRY_BYTES if size > MAX_ENTRY_BYTES else MAX_TOTAL_BYTES) // 2**20,
            )


def directory_bytes(path: Path) -> int:
    """Return the size of an archive's list of entries, as zipfile finds it; 0 if there is none."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, _END_BYTES + _MAX_COMMENT_BYTES + _END64_BYTES), os.SEEK_END)
        tail = file.read()
    end = len(tail) - _END_BYTES
    if not (tail[end:].startswith(b"PK\5\6") and tail.endswith(b"\0\0")):
        end = tail.rfind(b"PK\5\6")
    if end < 0 or end + _END_BYTES > len(tail):
        return 0
    size = int(struct.unpack_from("<I", tail, end + 12)[0])
    large = end - _END64_BYTES  # of the record of an archive beyond 4 GB, with its locator
    if large >= 0 and tail[large:].startswith(b"PK\6\6"):
        return max(size if size < 0xFFFF_FFFF else 0, int(struct.unpack_from("<Q", tail, large + 40)[0]))
    return size


def join_name(base: str, reference: str) -> tuple[str, str]:
    """Return the entry and the fragment that a reference inside the entry `base` means."""
    path, _, fragment = reference.partition("#")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(path))) if path else base
    return name.lstrip("/"), unquote(fragment)
