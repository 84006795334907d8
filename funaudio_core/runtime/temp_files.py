"""Temporary folder of this process, deleted by the next start if this process is killed."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from funaudio_core import settings

LOCK_NAME = ".lock"
_folder: Path | None = None
_lock: filelock.BaseFileLock | None = None  # held until this process ends


def start() -> int:
    """Create the temporary folder of this process and delete the folders of processes that have ended.

    Call it before Gradio is imported: it sets GRADIO_TEMP_DIR, so that uploads and results lie in the folder. A value
    that is already set, such as that of a parent process, is replaced. A second call only deletes.

    Returns:
        The number of deleted files.
    """
    global _folder, _lock  # noqa: PLW0603
    run = settings.read().home.resolve() / "run"
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with filelock.FileLock(run / LOCK_NAME):  # a new folder is locked before another process can see it
        deleted = sum(_delete_abandoned(folder) for folder in run.iterdir() if folder.is_dir() and folder != _folder)
        if _folder is None:
            folder = run / secrets.token_hex(8)
            folder.mkdir(mode=0o700)
            _lock = filelock.FileLock(folder / LOCK_NAME, thread_local=False)
            _lock.acquire()
            _folder = folder
            os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")
    return deleted


@contextmanager
def private_dir() -> Iterator[Path]:
    """Yield a folder that only this user can read, deleted with its content at the end.

    It lies in the folder of this process, also in forked processes, but outside the part that Gradio serves. Before
    start() it lies in the system's temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="funaudio-", dir=_folder) as name:
        yield Path(name)


def _delete_abandoned(folder: Path) -> int:
    """Delete the folder of a process that has ended and return the number of deleted files."""
    lock = filelock.FileLock(folder / LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except (filelock.Timeout, OSError):  # its process is running, or the folder belongs to another user
        return 0
    try:
        count = sum(path.is_file() for path in folder.rglob("*") if path != folder / LOCK_NAME)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
    return count
