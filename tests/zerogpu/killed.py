"""Processes that were lent a GPU, killed at bad moments; prints as JSON how visitors fared. Knows no test."""

from __future__ import annotations

from tests.zerogpu import emulation

HOST = emulation.begin()

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from gradio.context import LocalContext
from starlette.datastructures import Headers

from funaudio_core import settings
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.runtime import temp_files
from funaudio_core.tasks.cost import gpu_cost
from server import admission, cancellation
from server.events import queued_handler
from server.updates import Update

LARGE: EngineSpec[object] = EngineSpec("large", "Large", "full", frozenset(), "", "", object)
PATIENCE = 60.0  # seconds after which a visitor hangs; being told takes a tenth of one
SECOND = np.zeros(24_000, np.float32)  # of sound: more bytes than a pipe holds


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def count(items: int, sound: Any) -> Iterator[tuple[int, Any]]:
    """The process, and the sound given, a few times; after the first it waits for a long time."""
    for item in range(items):
        yield os.getpid(), sound
        time.sleep(60 if item == 0 and items > 1 else 0)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def cut_off(sound: Any) -> Iterator[tuple[int, Any]]:
    """Is killed in the middle of what it writes to the pipe, as far as a pipe takes a part of it."""
    yield os.getpid(), None
    time.sleep(1)  # so that this is away
    write = Connection._send  # type: ignore[attr-defined]

    def half(connection: Connection, data: bytes) -> None:
        write(connection, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = lambda to, data: (half if len(data) > 4096 else write)(to, data)  # type: ignore[attr-defined]
    yield os.getpid(), sound
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def leave() -> Iterator[int]:
    """Ends the process from within, as a library that gives up does."""
    yield os.getpid()
    raise SystemExit


@queued_handler()
def on_count() -> Iterator[Update]:
    """A page's handler: where it is done, and how many bytes came back."""
    for pid, sound in count(2, SECOND):
        yield Update(value=pid)
        yield Update(value=sound.nbytes)


@queued_handler()
def on_cut_off() -> Iterator[Update]:
    """A page's handler whose process is killed while it writes."""
    for pid, sound in cut_off(SECOND):
        yield Update(value=pid if sound is None else sound.nbytes)


@queued_handler()
def on_leave() -> Iterator[Update]:
    """A page's handler whose process gives up."""
    for pid in leave():
        yield Update(value=pid)


def visit(handler: Callable[[], Iterator[Update]], *, kill: int = 0) -> dict[str, Any]:
    """A visitor's click. kill: after so many items their process is killed. What they got, and what is left of it."""
    got: list[int] = []
    told: list[str] = []
    passed: set[Path] = set()

    def click() -> None:
        request = SimpleNamespace(session_hash="page", headers=Headers({}), client=None, username=None)
        LocalContext.request.set(request)  # type: ignore[arg-type]
        try:
            for update in handler():
                if "value" not in update:  # the status
                    continue
                got.append(update["value"])
                passed.update(_folders())
                if len(got) == kill:
                    os.kill(got[0], signal.SIGKILL)
            told.append("")
        except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
            told.append(f"{type(error).__name__}: {getattr(error, 'message', error)}")

    page = threading.Thread(target=click, daemon=True)
    page.start()
    page.join(PATIENCE)
    for _ in range(50):
        if not HOST.out():
            break
        time.sleep(0.1)
    return {
        "told": told[0] if told else "nothing",
        "got": got[1:],
        "pid": got[0] if got else None,
        "out": HOST.out(),
        "places": [admission.fair_queue().active, admission.fair_queue().queued],
        "stops": len(cancellation._RUNNING),
        "passed": len(passed),
        "folders": sorted(path.name for path in _folders()),
    }


def _folders() -> Iterator[Path]:
    """Those of parcels that are on their way."""
    return (settings.read().home / "run").glob("*/funaudio-*")


def main() -> None:
    """Deaths, each followed by the next click."""
    temp_files.start()

    @queued_handler()
    def on_once() -> Iterator[Update]:
        for pid, sound in count(1, SECOND):
            yield Update(value=pid)
            yield Update(value=sound.nbytes)

    report: dict[str, Any] = {"amid": visit(on_count, kill=2), "after": visit(on_once)}
    os.kill(report["after"]["pid"], signal.SIGKILL)  # it waits, warm, for what comes next
    report["idle"] = visit(on_once)
    report["cut off"], report["after that"] = visit(on_cut_off), visit(on_once)
    report["left"], report["last"] = visit(on_leave), visit(on_once)
    HOST.finish(report)


if __name__ == "__main__":
    main()
