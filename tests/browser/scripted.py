"""The app with scripted engines, where long work waits, fails or is logged: `-m tests.browser.scripted HOW FILE`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funaudio_core.gpu.zerogpu import GpuUnavailable
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import SpeechChunk, SpeechRequest
from server import admission
from tests import fakes

COUNT = itertools.count(1)


def hold_speech(release: Path) -> None:
    """Let the second part wait, once it has begun, until a file exists."""
    speak = synthesis.speak

    def held(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        waits = next(COUNT) == 2
        for chunk in speak(line, engine):
            yield chunk
            while waits and not release.exists():
                cancellation.sleep(0.1)

    synthesis.speak = held  # type: ignore[assignment]


def fail_speech(_: Path) -> None:
    """Let the second part fail for want of quota and the next one find the queue full, each of them once."""
    speak, admitted, turns = synthesis.speak, admission.admitted, itertools.count(1)

    def failing(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        if next(COUNT) == 2:
            raise GpuUnavailable("Your GPU quota is used up.")
        yield from speak(line, engine)

    def full(who: str, payer: str) -> Any:
        if next(turns) == 4:
            raise QueueFull("Too many wait: the line is full.")
        return admitted(who, payer)

    synthesis.speak, admission.admitted = failing, full  # type: ignore[assignment]


def record_speech(log: Path) -> None:
    """Write down what is spoken."""
    speak = synthesis.speak

    def recorded(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        with log.open("a") as lines:
            lines.write(line.text + "\n")
        return speak(line, engine)

    synthesis.speak = recorded  # type: ignore[assignment]


def hold_recognition(release: Path) -> None:
    """Let the first part wait, once it shows something, until a file exists, and the second until it is stopped."""
    transcribe = recognition.transcribe

    def held(*args: Any, **kwargs: Any) -> Iterator[Any]:
        part = next(COUNT) if "emotion_timeline" in kwargs else 0  # a call of the API is not held
        for result in transcribe(*args, **kwargs):
            yield result
            while part == 2 or (part == 1 and not release.exists()):
                cancellation.sleep(0.1)

    recognition.transcribe = held


if __name__ == "__main__":
    fakes.install()
    globals()[sys.argv[1]](Path(sys.argv[2]))
    import app

    app.main()
