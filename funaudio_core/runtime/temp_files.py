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
_list: TextIO | None = None  # of this process
_held: filelock.FileLock | None = None  # by which others see that this process lives
_passing: Path | None = None  # where this process has its folders


def start() -> int:
    """Write down from now on what note() tells, and have folder() where the next process finds it; first delete what
    processes that are no more have left of both.

    Returns how many files were deleted.
    """
    global _list, _held, _passing  # noqa: PLW0603
    place = settings.read().home / "left"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    deleted = sum(_settled(old) for old in place.glob("*.list"))
    with _guard:
        if _list is None:
            own = place / f"{secrets.token_hex(8)}.list"
            _held = filelock.FileLock(own.with_suffix(".lock"), thread_local=False)
            _held.acquire()
            _list = own.open("a", encoding="utf-8", buffering=1)
            _passing = own.with_suffix("")
    return deleted


@contextmanager
def private_dir() -> Iterator[Path]:
    """A folder that nobody else may read, deleted at the end with all in it, or by the next process where this one is
    killed. Processes that this one has forked see it as well. Before begin() it is any temporary one.
    """
    with _guard:
        place = _passing
    if place is not None:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="funaudio-", dir=place) as name:
        yield Path(name)


def track(file: Path, last: float) -> None:
    """A file that must not outlive this process by long, unless it is written anew after `last`, epoch seconds.

    Nothing is written down before begin().
    """
    with _guard:
        if _list is not None:
            _list.write(json.dumps([str(file), last]) + "\n")


def delete(file: Path, last: float) -> bool:
    """Delete a file that was not written anew since `last`, epoch seconds, and the folder that was made for it."""
    try:
        if not file.is_file() or file.stat().st_ctime > last:
            return False
        file.unlink()
        file.parent.rmdir()
    except OSError:
        return not file.exists()  # the folder holds another file, or somebody was faster
    return True


def _settled(old: Path) -> int:
    """Delete what is on a list, the folders beside it and itself, where nobody holds it; how many files these were."""
    lock = filelock.FileLock(old.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return 0
    try:
        listed = dict(map(_noted, old.read_text(encoding="utf-8").splitlines()))  # of a file, what was noted last
        deleted = sum(delete(Path(file), last) for file, last in listed.items() if file) + _emptied(old.with_suffix(""))
        old.unlink()
    except OSError:
        return 0  # another process that starts has done it
    finally:
        lock.release()
        old.with_suffix(".lock").unlink(missing_ok=True)
    return deleted


def _emptied(passing: Path) -> int:
    """Delete the folders of a process; how many files were in them."""
    deleted = sum(path.is_file() for path in passing.rglob("*"))
    shutil.rmtree(passing, ignore_errors=True)
    return deleted


def _noted(line: str) -> tuple[str, float]:
    """What a line notes; no file where it was being written when the process ended."""
    try:
        file, last = json.loads(line)
        return str(file), float(last)
    except (ValueError, TypeError):
        return "", 0.0
