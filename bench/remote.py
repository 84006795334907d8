"""What the way over a server costs: the lite engines here against the same ones in this app behind /v1, same run.

`python -m bench.remote`. Both sides hear, speak and mark; calls take turns. Processor time is that of this process and
of the server together; the clock of a busy machine means less.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import psutil

from funaudio_core import audio
from funaudio_core.engines import preload, remote, voice_catalog
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import SpeechRequest
from funaudio_core.voices.examples import EXAMPLES

ROUNDS = 7
START_SECONDS = 300.0
# Different in each round, since a voice remembers what it has said.
TEXT = "Train number {number} leaves at nine, so let us have breakfast first. There are {number} minutes for a coffee."
Work = Callable[[int], Iterable[object]]  # of a round


@dataclass(frozen=True)
class Cost:
    """Seconds: to the first result, to the last by the clock, and of processor time."""

    first: float
    whole: float
    processor: float


def main() -> None:
    """Measure and print."""
    with _server() as (process, url):
        where = {name: Endpoint(url, name) for name in ("whisper-base", "kokoro")}
        ear = remote.recognizer(where["whisper-base"], "").load()
        voice = remote.synthesizer(where["kokoro"], "").load()
        preload.preload()
        preset = voice_catalog.get_voice("af_heart", "kokoro")
        lines = [SpeechRequest(TEXT.format(number=number), "en", preset) for number in range(10, 11 + ROUNDS)]
        clip = audio.load(next(row.path for row in EXAMPLES if row.language == "en"), rate=RECOGNITION_RATE)
        long = audio.concat([clip] * 8, [1.0] * 7)
        jobs: list[tuple[str, Work, Work]] = [
            (
                f"{len(lines[0].text)} characters, Kokoro",
                lambda number: synthesis.speak(lines[number], "kokoro"),
                lambda number: voice.stream(lines[number]),
            ),
            *(
                (
                    f"{sound.duration:.0f} s of speech, Whisper",
                    lambda _, sound=sound: (
                        each
                        for each in recognition.transcribe_long(sound, RecognitionOptions("en"), "whisper-base")
                        if each.segments
                    ),
                    lambda _, sound=sound: ear.transcribe(sound, RecognitionOptions("en")),
                )
                for sound in (clip, long)
            ),
        ]
        for name, here, there in jobs:
            _compare(name, here, there, process)


def _compare(name: str, here: Work, there: Work, server: psutil.Process) -> None:
    pairs = [(_cost(here, number, server), _cost(there, number, server)) for number in range(ROUNDS + 1)][1:]
    for what in ("first", "whole", "processor"):
        near, far = (median(getattr(pair[side], what) for pair in pairs) for side in (0, 1))
        ratio = median(getattr(b, what) / getattr(a, what) for a, b in pairs)
        print(f"{name}, {what}: here {near:.2f} s, over the server {far:.2f} s, ratio {ratio:.2f} ({ROUNDS} rounds)")


def _cost(work: Work, number: int, server: psutil.Process) -> Cost:
    began, before = time.perf_counter(), time.process_time() + _spent(server)
    first = 0.0
    for _ in work(number):
        first = first or time.perf_counter() - began
    whole = time.perf_counter() - began
    return Cost(first, whole, time.process_time() + _spent(server) - before)


def _spent(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


@contextmanager
def _server() -> Iterator[tuple[psutil.Process, str]]:
    """This app with the lite tier, in a process of its own, and the address of its /v1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        environment = {**os.environ, "FUNAUDIO_TIER": "lite", "FUNAUDIO_PORT": str(port)}
        root = Path(__file__).parent.parent
        process = subprocess.Popen([sys.executable, "app.py"], cwd=root, env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _healthy(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("The app did not come up.")
                time.sleep(0.5)
            yield psutil.Process(process.pid), f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    main()
