"""Temporary files that the next process deletes if this one is killed.

Each process keeps a manifest of its tracked files, and a lock file that shows it is alive.
"""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TextIO

import filelock

from funaudio_core import settings

_guard = Lock()
_manifest: TextIO | None = None  # of this process
_process_lock: filelock.FileLock | None = None  # held while this process lives
_private_root: Path | None = None  # parent of this process's private folders


def start() -> int:
    """Begin tracking files in this process, and delete what dead processes have left.

    Returns:
        Number of files deleted.
    """
    global _manifest, _process_lock, _private_root  # noqa: PLW0603
    place = settings.read().home / "left"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    deleted = sum(_delete_leftovers(old) for old in place.glob("*.list"))
    with _guard:
        if _manifest is None:
            own = place / f"{secrets.token_hex(8)}.list"
            _process_lock = filelock.FileLock(own.with_suffix(".lock"), thread_local=False)
            _process_lock.acquire()
            _manifest = own.open("a", encoding="utf-8", buffering=1)
            _private_root = own.with_suffix("")
    return deleted


@contextmanager
def private_dir() -> Iterator[Path]:
    """Yield a private folder that is deleted at the end, or by the next process if this one is killed.

    Forked processes see it too. Before start() it is an ordinary temporary folder.
    """
    with _guard:
        place = _private_root
    if place is not None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="funaudio-", dir=place) as name:
        yield Path(name)


def track(file: Path, written_by: float) -> None:
    """Add a file to the manifest: the next process deletes it unless it was written after `written_by`, epoch seconds.

    Does nothing before start().
    """
    with _guard:
        if _manifest is not None:
            _manifest.write(json.dumps([str(file), written_by]) + "\n")


def delete(file: Path, written_by: float) -> bool:
    """Delete a file unless it was written after `written_by`, epoch seconds, and its folder if that is empty.

    Returns:
        Whether the file is gone.
    """
    try:
        if not file.is_file() or file.stat().st_ctime > written_by:
            return False
        file.unlink()
        file.parent.rmdir()
    except OSError:
        return not file.exists()  # the folder is not empty, or another process was faster
    return True


def _delete_leftovers(manifest: Path) -> int:
    """Delete the manifest of a dead process with its files and private folders, and return the number of files."""
    lock = filelock.FileLock(manifest.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return 0
    try:
        entries = dict(map(_parse_entry, manifest.read_text(encoding="utf-8").splitlines()))  # the last of each file
        deleted = sum(delete(Path(file), written_by) for file, written_by in entries.items() if file)
        deleted += _delete_tree(manifest.with_suffix(""))
        manifest.unlink()
    except OSError:
        return 0  # another starting process was faster
    finally:
        lock.release()
        manifest.with_suffix(".lock").unlink(missing_ok=True)
    return deleted


def _delete_tree(folder: Path) -> int:
    """Delete a folder and return the number of files in it."""
    deleted = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder, ignore_errors=True)
    return deleted


def _parse_entry(line: str) -> tuple[str, float]:
    """Parse a manifest line; the file is "" in a line that was cut off when the process ended."""
    try:
        file, written_by = json.loads(line)
        return str(file), float(written_by)
    except (ValueError, TypeError):
        return "", 0.0
