"""The app with scripted engines, in which long work waits, fails or is logged.

`python -m tests.browser.scripted FUNCTION FILE` applies one of the functions below.
"""

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

PART_NUMBERS = itertools.count(1)


def hold_speech(release: Path) -> None:
    """Make the second part wait, once it has begun, until a file exists."""
    speak = synthesis.speak

    def speak_and_wait(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        is_second = next(PART_NUMBERS) == 2
        for chunk in speak(line, engine):
            yield chunk
            while is_second and not release.exists():
                cancellation.sleep(0.1)

    synthesis.speak = speak_and_wait  # type: ignore[assignment]


def fail_speech(_: Path) -> None:
    """Make the second part fail for lack of quota, and the next one find the queue full, each once."""
    speak, admitted, calls = synthesis.speak, admission.admit, itertools.count(1)

    def fail_once(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        if next(PART_NUMBERS) == 2:
            raise GpuUnavailable("Your GPU quota is used up.")
        yield from speak(line, engine)

    def refuse_once(client: str, payer: str) -> Any:
        if next(calls) == 4:
            raise QueueFull("Too many wait: the line is full.")
        return admitted(client, payer)

    synthesis.speak, admission.admit = fail_once, refuse_once  # type: ignore[assignment]


def record_speech(log: Path) -> None:
    """Log the text of each part that is spoken."""
    speak = synthesis.speak

    def log_and_speak(line: SpeechRequest, engine: str = "") -> Iterator[SpeechChunk]:
        with log.open("a") as lines:
            lines.write(line.text + "\n")
        return speak(line, engine)

    synthesis.speak = log_and_speak  # type: ignore[assignment]


def hold_recognition(release: Path) -> None:
    """Make the first part wait, once it has a result, until a file exists, and the second until it is stopped."""
    transcribe = recognition.transcribe

    def transcribe_and_wait(*arguments: Any, **options: Any) -> Iterator[Any]:
        part = next(PART_NUMBERS) if "emotion_timeline" in options else 0  # a call of the API does not wait
        for result in transcribe(*arguments, **options):
            yield result
            while part == 2 or (part == 1 and not release.exists()):
                cancellation.sleep(0.1)

    recognition.transcribe = transcribe_and_wait


if __name__ == "__main__":
    fakes.install()
    globals()[sys.argv[1]](Path(sys.argv[2]))
    import app

    app.main()
