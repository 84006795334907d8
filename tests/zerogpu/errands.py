"""GPU tasks in an emulated ZeroGPU Space, run in a process of its own.

`python -m tests.zerogpu.errands` prints the results as JSON.
"""

from __future__ import annotations

from tests.zerogpu import emulation

HOST = emulation.start()

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import gradio
import numpy as np

from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.gpu.scheduler import gpu_task
from funaudio_core.runtime import cancellation
from funaudio_core.tasks.cost import gpu_cost
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest, Style, Voice

LARGE: EngineSpec[object] = EngineSpec("large", "Large", "full", frozenset(), "", "", object)
SMALL: EngineSpec[object] = EngineSpec("small", "Small", "lite", frozenset(), "", "", object)


@gpu_task(lambda of: gpu_cost([of["spec"]], 0.2 * len(of["line"].text)))
def speak(line: SpeechRequest, spec: EngineSpec[object] = LARGE) -> Iterator[tuple[int, SpeechChunk]]:
    """Yield a chunk for each word, with the id of the process that made it."""
    del spec
    for word in line.text.split():
        yield os.getpid(), SpeechChunk(Audio(np.full(2400, 0.25, np.float32), 24_000), word)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def refuse() -> Iterator[int]:
    """Yield one item, then raise an error for the user."""
    yield 1
    raise BadInput("The clip ({seconds:.1f} s) is too short.", seconds=0.2)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def fail() -> Iterator[int]:
    """Yield one item, then raise an unexpected error."""
    yield 1
    raise ValueError("a detail for the log alone")


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def work_silently(seconds: float) -> Iterator[int]:
    """Work for some seconds in steps of a quarter of a second, then yield one item."""
    for _ in range(round(seconds / 0.25)):
        time.sleep(0.25)
        cancellation.raise_if_cancelled()
    yield 1


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def nest() -> Iterator[int]:
    """Run a task within a task, and yield the ids of both processes."""
    for pid, _ in speak(REQUEST):
        yield pid
    yield os.getpid()


# Only the request is sent to the process: an EngineSpec contains functions, which can't be pickled.
REQUEST = SpeechRequest(
    "one two three", "en", Voice("reference", "en", clip=Audio(np.zeros(1600, np.float32), 16_000)), Style(), 7
)


def run_and_report(call: Callable[[], object]) -> dict[str, Any]:
    """Return the result of a call, or its error."""
    try:
        return {"value": call()}
    except Exception as error:  # noqa: BLE001  (any error is part of the report)
        message = getattr(error, "message", None)
        values = message.values if message is not None else {}
        return {"error": type(error).__name__, "text": str(error), "values": values}


def speak_and_report() -> dict[str, Any]:
    """Speak, and return the ids of the processes and the chunks."""
    chunks = list(speak(REQUEST))
    return {
        "pids": sorted({pid for pid, _ in chunks}),
        "texts": [chunk.text for _, chunk in chunks],
        "samples": [float(chunk.audio.samples[0]) for _, chunk in chunks],
        "rate": chunks[0][1].audio.rate,
    }


def seconds_to_cancel() -> float:
    """Return the seconds from a cancellation to the end of a task that would yield nothing for ten minutes."""
    stop = threading.Event()

    def run() -> None:
        with contextlib.suppress(cancellation.Cancelled):
            list(work_silently(600))

    thread = threading.Thread(target=cancellation.cancellable(stop, run))
    thread.start()
    time.sleep(1.5)
    began = time.monotonic()
    stop.set()
    thread.join()
    return time.monotonic() - began


def report_refusals() -> dict[str, dict[str, Any]]:
    """Return the errors for each refusal of a GPU."""
    errors = {}
    for answer in ("quota", "duration", "expired"):
        HOST.set_mode(answer=answer)
        errors[answer] = run_and_report(lambda: list(speak(REQUEST)))
    HOST.set_mode(answer="ok")
    return errors


def main() -> None:
    """Run all tasks and print the report."""
    report: dict[str, Any] = {"own_pid": os.getpid(), "gradio": gradio.__version__}
    report["spoken"], before = speak_and_report(), len(HOST.requests("/schedule"))
    report["schedules"] = [before, HOST.requests("/schedule")[0]]
    report["again"] = speak_and_report()["pids"]
    HOST.set_mode(warm=False)
    report["cold"] = speak_and_report()["pids"]
    HOST.set_mode(warm=True)
    report["refuse"], report["fail"] = run_and_report(lambda: list(refuse())), run_and_report(lambda: list(fail()))
    before = len(HOST.requests("/schedule"))
    report["nested"] = sorted(set(nest()))
    report["nested_schedules"] = len(HOST.requests("/schedule")) - before
    before = len(HOST.requests("/schedule"))
    report["lite"] = sorted({pid for pid, _ in speak(REQUEST, SMALL)})
    report["lite_schedules"] = len(HOST.requests("/schedule")) - before
    report["stopped"] = seconds_to_cancel()
    report["refusals"] = report_refusals()
    HOST.finish(report)


if __name__ == "__main__":
    main()
