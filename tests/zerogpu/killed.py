"""GPU processes that are killed at critical moments, in an emulated ZeroGPU Space.

`python -m tests.zerogpu.killed` prints the results for the users as JSON.
"""

from __future__ import annotations

from tests.zerogpu import emulation

HOST = emulation.start()

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
TIMEOUT_SECONDS = 180.0  # after which a click counts as hanging; the error arrives in a tenth of a second
ONE_SECOND = np.zeros(24_000, np.float32)  # of audio: more bytes than a pipe can buffer


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def count(items: int, sound: Any) -> Iterator[tuple[int, Any]]:
    """Yield the process id and the audio a few times.

    It waits for a minute after the first item, unless that is the only one.
    """
    for item in range(items):
        yield os.getpid(), sound
        time.sleep(60 if item == 0 and items > 1 else 0)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def cut_off(sound: Any) -> Iterator[tuple[int, Any]]:
    """Yield the process id, then be killed in the middle of writing a large item to the pipe."""
    yield os.getpid(), None
    time.sleep(1)  # until the item has been sent
    write = Connection._send  # type: ignore[attr-defined]

    def write_half_and_die(connection: Connection, data: bytes) -> None:
        write(connection, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = lambda to, data: (write_half_and_die if len(data) > 4096 else write)(to, data)  # type: ignore[attr-defined]
    yield os.getpid(), sound
    time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def leave() -> Iterator[int]:
    """Yield the process id, then end the process from within, as a library that gives up does."""
    yield os.getpid()
    raise SystemExit


@queued_handler()
def on_count() -> Iterator[Update]:
    """Yield the process id and the number of received bytes, as the handler of a page."""
    for pid, sound in count(2, ONE_SECOND):
        yield Update(value=pid)
        yield Update(value=sound.nbytes)


@queued_handler()
def on_cut_off() -> Iterator[Update]:
    """Handle a click for which the process is killed while it writes."""
    for pid, sound in cut_off(ONE_SECOND):
        yield Update(value=pid if sound is None else sound.nbytes)


@queued_handler()
def on_leave() -> Iterator[Update]:
    """Handle a click for which the process exits."""
    for pid in leave():
        yield Update(value=pid)


def click_once(handler: Callable[[], Iterator[Update]], *, kill: int = 0) -> dict[str, Any]:
    """Click once, and return what the user received and what is left afterwards.

    Args:
        handler: Handler of the click.
        kill: Number of items after which the GPU process is killed; 0 for never.
    """
    received: list[int] = []
    errors: list[str] = []
    ipc_folders: set[Path] = set()

    def click() -> None:
        request = SimpleNamespace(session_hash="page", headers=Headers({}), client=None, username=None)
        LocalContext.request.set(request)  # type: ignore[arg-type]
        try:
            for update in handler():
                if "value" not in update:  # the status
                    continue
                received.append(update["value"])
                ipc_folders.update(_ipc_folders())
                if len(received) == kill:
                    os.kill(received[0], signal.SIGKILL)
            errors.append("")
        except Exception as error:  # noqa: BLE001  (any error is part of the report)
            errors.append(f"{type(error).__name__}: {getattr(error, 'message', error)}")

    page = threading.Thread(target=click, daemon=True)
    page.start()
    page.join(TIMEOUT_SECONDS)
    return {
        "error": errors[0] if errors else "nothing",
        "received": received[1:],
        "pid": received[0] if received else None,
        "out": HOST.remaining_count(),
        "active_and_queued": [admission.fair_queue().active, admission.fair_queue().queued],
        "stops": len(cancellation._RUNNING),
        "ipc_folders": len(ipc_folders),
        "remaining_folders": sorted(path.name for path in _ipc_folders()),
    }


def _ipc_folders() -> Iterator[Path]:
    """Yield the folders of large IPC objects in transit."""
    return (settings.read().home / "run").glob("*/funaudio-*")


def main() -> None:
    """Kill processes, follow each by a normal click, and print the report."""
    temp_files.start()

    @queued_handler()
    def on_once() -> Iterator[Update]:
        for pid, sound in count(1, ONE_SECOND):
            yield Update(value=pid)
            yield Update(value=sound.nbytes)

    report: dict[str, Any] = {"killed": click_once(on_count, kill=2), "after": click_once(on_once)}
    os.kill(report["after"]["pid"], signal.SIGKILL)  # warm and idle, waiting for the next call
    report["idle"] = click_once(on_once)
    report["cut off"], report["after that"] = click_once(on_cut_off), click_once(on_once)
    report["left"], report["last"] = click_once(on_leave), click_once(on_once)
    HOST.finish(report)


if __name__ == "__main__":
    main()
