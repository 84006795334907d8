"""Files of visitors, written down so that what a killed app leaves is deleted by the next. Knows no visitor."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from threading import Lock
from typing import TextIO

import filelock

from funaudio_core import settings

_guard = Lock()
_list: TextIO | None = None  # of this process
_held: filelock.FileLock | None = None  # by which others see that this process lives


def begin() -> int:
    """Write down from now on what note() tells; first delete what is on the lists of processes that are no more.

    Returns how many files were deleted.
    """
    global _list, _held  # noqa: PLW0603
    place = settings.read().home / "left"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    deleted = sum(_settled(old) for old in place.glob("*.list"))
    with _guard:
        if _list is None:
            own = place / f"{secrets.token_hex(8)}.list"
            _held = filelock.FileLock(own.with_suffix(".lock"), thread_local=False)
            _held.acquire()
            _list = own.open("a", encoding="utf-8", buffering=1)
    return deleted


def note(file: Path, last: float) -> None:
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
    """Delete what is on a list, and the list, where nobody holds it; how many files these were."""
    lock = filelock.FileLock(old.with_suffix(".lock"))
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return 0
    try:
        listed = dict(map(_noted, old.read_text(encoding="utf-8").splitlines()))  # of a file, what was noted last
        deleted = sum(delete(Path(file), last) for file, last in listed.items() if file)
        old.unlink()
    except OSError:
        return 0  # another process that starts has done it
    finally:
        lock.release()
        old.with_suffix(".lock").unlink(missing_ok=True)
    return deleted


def _noted(line: str) -> tuple[str, float]:
    """What a line notes; no file where it was being written when the process ended."""
    try:
        file, last = json.loads(line)
        return str(file), float(last)
    except (ValueError, TypeError):
        return "", 0.0
