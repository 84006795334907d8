"""The app with scripted engines, in which long work waits, fails or is logged.

`python -m tests.browser.scripted FUNCTION FILE` applies one of the functions below.
"""

from __future__ import annotations

import itertools
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funaudio_core.errors import WeightsMissing
from funaudio_core.gpu.zerogpu import GpuUnavailable
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import SpeechChunk, SpeechRequest
from funaudio_core.weights import sources, store
from funaudio_core.weights.catalog import ARTIFACTS
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


def hold_evaluation(release: Path) -> None:
    """Make the third recording of an evaluation wait, before it has a result, until a file exists."""
    transcribe = recognition.transcribe_long

    def wait_and_transcribe(*arguments: Any, **options: Any) -> Iterator[Any]:
        is_held = next(PART_NUMBERS) >= 3
        while is_held and not release.exists():
            cancellation.sleep(0.1)
        yield from transcribe(*arguments, **options)

    recognition.transcribe_long = wait_and_transcribe


def record_recognition(log: Path) -> None:
    """Log the seconds of each recording that is transcribed for an evaluation."""
    transcribe = recognition.transcribe_long

    def log_and_transcribe(*arguments: Any, **options: Any) -> Iterator[Any]:
        with log.open("a") as lines:
            lines.write(f"{arguments[0].duration}\n")
        return transcribe(*arguments, **options)

    recognition.transcribe_long = log_and_transcribe


def hold_download(release: Path) -> None:
    """Make the download of Qwen2.5-Coder grow until a file exists, and then fail once before it succeeds."""
    artifact, attempts = ARTIFACTS["qwen2.5-coder-1.5b"], itertools.count(1)
    is_there = threading.Event()
    real_size = store.download_size

    def size(name: str) -> int:
        return real_size(name) if name != artifact.name else 0 if is_there.is_set() else artifact.size

    def grow(names: tuple[str, ...], progress: sources.Progress) -> None:
        for done in itertools.count(0, 5_000_000):
            progress(artifact.name, min(done, artifact.size), artifact.size)
            if release.exists():
                break
            cancellation.sleep(0.1)
        if next(attempts) == 1:
            raise WeightsMissing("the network is down")
        is_there.set()

    store.download_size, store.download = size, grow  # type: ignore[assignment]


if __name__ == "__main__":
    fakes.install()
    globals()[sys.argv[1]](Path(sys.argv[2]))
    import app

    app.main()
