"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from gradio.utils import get_upload_folder

from funaudio_core.runtime import temp_files
from server.request import session_id

GRACE_SECONDS = 60.0  # between the end of a visit and that of its files: whoever lost the connection may come back
KEPT_SECONDS = 3 * 3600.0  # a visit of which no end is told, such as a script's; Gradio's sweeps took its files before


@dataclass(slots=True)
class _Visit:
    """files: those that it brought, with when that was last, epoch seconds, and those that it got.

    jobs: by page, the id of the long work that is kept for it. shown: by what they are of, the files that were shown
    last, and those before them. began: steps of handlers under way. seen: when it did something last, by
    time.monotonic(). ended: whether its page was closed since.
    """

    files: dict[Path, float] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    shown: dict[str, list[list[Path]]] = field(default_factory=dict)
    began: int = 0
    seen: float = field(default_factory=time.monotonic)
    ended: bool = False


log = logging.getLogger(__name__)
_visits: OrderedDict[str, _Visit] = OrderedDict()  # by session, whoever did something last stands last
_guard = Lock()


def track_upload(path: str | Path, visitor: str = "") -> None:
    """Delete an upload when the visit ends, unless it was uploaded anew since. visitor: its session; "" the caller's.

    Its path is derived from its bytes, so that several visits may bring the same file. Nothing happens for files
    outside Gradio's cache, such as the examples, and for calls from Python.
    """
    _note(path, visitor or session_id(), time.time())


def track_output(path: str | Path) -> None:
    """Delete a file that is made for the caller alone when the visit ends."""
    _note(path, session_id(), math.inf)


def rotate_outputs(of: str, paths: Iterable[str]) -> None:
    """Files that were made for the caller are shown in place of those of the call before, where that was `of` the same.

    Those of the call before that one are deleted. Its own are not yet: they are seen until these have arrived.
    """
    old: list[Path] = []
    if visitor := session_id():
        with _guard:
            visit = _seen(visitor)
            shown = visit.shown.setdefault(of, [])
            shown.append([Path(path).resolve() for path in paths])
            old = shown.pop(0) if len(shown) > 2 else []
            for file in old:
                visit.files.pop(file, None)
    for file in old:
        temp_files.delete(file, math.inf)


def _note(path: str | Path, visitor: str, last: float) -> None:
    try:
        file = Path(path).resolve()
    except (OSError, ValueError):
        return  # no file has such a name; whoever reads it says so
    if visitor and file.is_relative_to(Path(get_upload_folder()).resolve()):
        with _guard:
            _seen(visitor).files[file] = last
        temp_files.track(file, last)


def _seen(visitor: str) -> _Visit:
    """The visit, which just did something. To be called with the guard held."""
    visit = _visits.setdefault(visitor, _Visit())
    _visits.move_to_end(visitor)
    visit.seen = time.monotonic()
    return visit
