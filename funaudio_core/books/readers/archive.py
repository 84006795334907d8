"""Reading of ZIP archives from untrusted sources."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from funaudio_core.errors import BadInput

MAX_ENTRIES = 20_000
MAX_ENTRY_BYTES = 32 * 2**20  # unpacked
MAX_TOTAL_BYTES = 128 * 2**20  # unpacked, all entries that are read
_BLOCK_BYTES = 2**18


class Archive:
    """ZIP archive whose entries are read into memory, within limits; names are keys, and nothing is written."""

    def __init__(self, path: Path) -> None:
        """Open the archive. Raise BadInput if it can't be read."""
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
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}
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


def join_name(base: str, reference: str) -> tuple[str, str]:
    """Return the entry and the fragment that a reference inside the entry `base` means."""
    path, _, fragment = reference.partition("#")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(path))) if path else base
    return name.lstrip("/"), unquote(fragment)
