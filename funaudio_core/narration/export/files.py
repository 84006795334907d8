"""Result files that appear only when they are complete."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from funaudio_core.errors import FunAudioError
from funaudio_core.runtime.atomic_files import replace_file

# EFBIG: the file is larger than its file system or a quota allows. None: NumPy reports a short write without a number.
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
log = logging.getLogger(__name__)


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Yield a path to write to, which becomes `path` when the body ends; after an error nothing is left of it.

    A file that was at `path` stays until then.

    Raises:
        FunAudioError: The disk is full.
    """
    with disk_errors(), replace_file(path) as temporary:
        yield temporary


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raise FunAudioError if the disk of a folder has no room for a file of that size."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise FunAudioError(
            "The file needs {needed:,.0f} MB, and the server disk has {free:,.0f} MB left. The recording is kept: "
            "make room or choose a smaller format, and export it again.",
            needed=needed_bytes / 1e6,
            free=free / 1e6,
        )


@contextmanager
def disk_errors() -> Iterator[None]:
    """Translate the errors of a full disk into one for people."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL_ERRNOS:
            raise
        log.exception("no room for an export")
        raise FunAudioError(
            "The server disk is full, so the file can't be written. The recording is kept: make room, and export it "
            "again."
        ) from None
