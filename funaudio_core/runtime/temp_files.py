"""Files of visitors, kept track of so that what a killed app leaves is deleted by the next. Knows no visitor."""

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
_process_lock: filelock.FileLock | None = None  # by which others see that this process lives
_private_root: Path | None = None  # where this process has its folders


def start() -> int:
    """Write down from now on what note() tells, and have folder() where the next process finds it; first delete what
    processes that are no more have left of both.

    Returns how many files were deleted.
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
    """A folder that nobody else may read, deleted at the end with all in it, or by the next process where this one is
    killed. Processes that this one has forked see it as well. Before begin() it is any temporary one.
    """
    with _guard:
        place = _private_root
    if place is not None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="funaudio-", dir=place) as name:
        yield Path(name)


def track(file: Path, written_by: float) -> None:
    """A file that must not outlive this process by long, unless it is written anew after `last`, epoch seconds.

    Nothing is written down before begin().
    """
    with _guard:
        if _manifest is not None:
            _manifest.write(json.dumps([str(file), written_by]) + "\n")


def delete(file: Path, written_by: float) -> bool:
    """Delete a file that was not written anew since `last`, epoch seconds, and the folder that was made for it."""
    try:
        if not file.is_file() or file.stat().st_ctime > written_by:
            return False
        file.unlink()
        file.parent.rmdir()
    except OSError:
        return not file.exists()  # the folder holds another file, or somebody was faster
    return True


def _delete_leftovers(manifest: Path) -> int:
    """Delete what is on a list, the folders beside it and itself, where nobody holds it; how many files these were."""
    lock = filelock.FileLock(manifest.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return 0
    try:
        listed = dict(map(_parse_entry, manifest.read_text(encoding="utf-8").splitlines()))  # of a file, what was noted last
        deleted = sum(delete(Path(file), last) for file, last in listed.items() if file) + _delete_tree(manifest.with_suffix(""))
        manifest.unlink()
    except OSError:
        return 0  # another process that starts has done it
    finally:
        lock.release()
        manifest.with_suffix(".lock").unlink(missing_ok=True)
    return deleted


def _delete_tree(folder: Path) -> int:
    """Delete the folders of a process; how many files were in them."""
    deleted = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder, ignore_errors=True)
    return deleted


def _parse_entry(line: str) -> tuple[str, float]:
    """What a line notes; no file where it was being written when the process ended."""
    try:
        file, last = json.loads(line)
        return str(file), float(last)
    except (ValueError, TypeError):
        return "", 0.0
