"""Tasks run as on a ZeroGPU Space, in a process of its own; prints what came of them as JSON. Knows no test."""

from __future__ import annotations

from tests.zerogpu import emulation

HOST = emulation.begin()

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
    """A piece for each word, and the process that made it."""
    del spec
    for word in line.text.split():
        yield os.getpid(), SpeechChunk(Audio(np.full(2400, 0.25, np.float32), 24_000), word)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def refuse() -> Iterator[int]:
    """One item, then a sentence."""
    yield 1
    raise BadInput("The clip ({seconds:.1f} s) is too short.", seconds=0.2)


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def fail() -> Iterator[int]:
    """A defect of ours."""
    yield 1
    raise ValueError("a detail for the log alone")


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def ponder(seconds: float) -> Iterator[int]:
    """Steps of a quarter of a second, without an item in between."""
    for _ in range(round(seconds / 0.25)):
        time.sleep(0.25)
        cancellation.raise_if_cancelled()
    yield 1


@gpu_task(lambda _: gpu_cost([LARGE], 10))
def nest() -> Iterator[int]:
    """A task within a task."""
    for pid, _ in speak(LINE):
        yield pid
    yield os.getpid()


# A Spec holds functions, which don't pickle: what crosses is the line alone.
LINE = SpeechRequest(
    "one two three", "en", Voice("reference", "en", clip=Audio(np.zeros(1600, np.float32), 16_000)), Style(), 7
)


def outcome(work: Callable[[], object]) -> dict[str, Any]:
    """What it gives, or how it fails."""
    try:
        return {"value": work()}
    except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
        phrase = getattr(error, "message", None)
        values = phrase.values if phrase is not None else {}
        return {"error": type(error).__name__, "text": str(error), "values": values}


def spoken() -> dict[str, Any]:
    """Where a line was spoken, and what came back of it."""
    pieces = list(speak(LINE))
    return {
        "pids": sorted({pid for pid, _ in pieces}),
        "texts": [piece.text for _, piece in pieces],
        "samples": [float(piece.audio.samples[0]) for _, piece in pieces],
        "rate": pieces[0][1].audio.rate,
    }


def stopped() -> float:
    """Seconds from Stop to the end of a task that would be silent for a minute."""
    stop = threading.Event()

    def wait() -> None:
        with contextlib.suppress(cancellation.Cancelled):
            list(ponder(60))

    waiting = threading.Thread(target=cancellation.cancellable(stop, wait))
    waiting.start()
    time.sleep(1.5)
    began = time.monotonic()
    stop.set()
    waiting.join()
    return time.monotonic() - began


def refusals() -> dict[str, dict[str, Any]]:
    """What is said where no GPU is lent."""
    found = {}
    for answer in ("quota", "duration", "expired"):
        HOST.mode(answer=answer)
        found[answer] = outcome(lambda: list(speak(LINE)))
    HOST.mode(answer="ok")
    return found


def main() -> None:
    """Every errand, one after the other."""
    report: dict[str, Any] = {"ours": os.getpid(), "gradio": gradio.__version__}
    report["spoken"], before = spoken(), len(HOST.asked("/schedule"))
    report["schedules"] = [before, HOST.asked("/schedule")[0]]
    report["again"] = spoken()["pids"]
    HOST.mode(warm=False)
    report["cold"] = spoken()["pids"]
    HOST.mode(warm=True)
    report["refuse"], report["fail"] = outcome(lambda: list(refuse())), outcome(lambda: list(fail()))
    before = len(HOST.asked("/schedule"))
    report["nested"] = sorted(set(nest()))
    report["nested_schedules"] = len(HOST.asked("/schedule")) - before
    before = len(HOST.asked("/schedule"))
    report["lite"] = sorted({pid for pid, _ in speak(LINE, SMALL)})
    report["lite_schedules"] = len(HOST.asked("/schedule")) - before
    report["stopped"] = stopped()
    report["refusals"] = refusals()
    HOST.finish(report)


if __name__ == "__main__":
    main()
