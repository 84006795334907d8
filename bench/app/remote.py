"""Cost of a remote server: the lite engines in this process against the same ones behind this app's /v1, in one run.

Run: `python -m bench.app.remote`. Both sides recognize, speak and watermark; calls alternate. CPU time is that of this
process and of the server together; on a busy machine wall time means less.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import psutil

from bench._app import serve_app
from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.engines import preload, remote, voice_catalog
from funaudio_core.engines.protocols import RECOGNITION_RATE, RecognitionOptions
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.types import SpeechRequest
from funaudio_core.voices.examples import EXAMPLES

ROUNDS = 7
# Different in each round, since the synthesizer caches short chunks.
TEXT = "Train number {number} leaves at nine, so let us have breakfast first. There are {number} minutes for a coffee."
Work = Callable[[int], Iterable[object]]  # takes the number of the round


@dataclass(frozen=True)
class Cost:
    """Times of one call in seconds.

    Attributes:
        first: To the first result.
        whole: To the last result.
        processor: CPU time.
    """

    first: float
    whole: float
    processor: float


def main() -> None:
    """Print the measurements."""
    with _start_server() as (process, url):
        endpoints = {name: Endpoint(url, name) for name in ("whisper-base", "kokoro")}
        recognizer = remote.recognizer(endpoints["whisper-base"], "").load()
        synthesizer = remote.synthesizer(endpoints["kokoro"], "").load()
        preload.preload()
        voice = voice_catalog.get_voice("af_heart", "kokoro")
        lines = [SpeechRequest(TEXT.format(number=number), "en", voice) for number in range(10, 11 + ROUNDS)]
        clip = audio.load(next(row.path for row in EXAMPLES if row.language == "en"), rate=RECOGNITION_RATE)
        long_clip = audio.concat([clip] * 8, [1.0] * 7)
        jobs: list[tuple[str, Work, Work]] = [
            (
                f"{len(lines[0].text)} characters, Kokoro",
                lambda number: synthesis.speak(lines[number], "kokoro"),
                lambda number: synthesizer.stream(lines[number]),
            ),
            *(
                (
                    f"{speech.duration:.0f} s of speech, Whisper",
                    lambda _, speech=speech: (
                        transcript
                        for transcript in recognition.transcribe_long(speech, RecognitionOptions("en"), "whisper-base")
                        if transcript.segments
                    ),
                    lambda _, speech=speech: recognizer.transcribe(speech, RecognitionOptions("en")),
                )
                for speech in (clip, long_clip)
            ),
        ]
        for name, local, over_server in jobs:
            _compare(name, local, over_server, process)


def _compare(name: str, local: Work, over_server: Work, server: psutil.Process) -> None:
    pairs = [(_measure(local, number, server), _measure(over_server, number, server)) for number in range(ROUNDS + 1)][
        1:
    ]
    for measure in ("first", "whole", "processor"):
        local_seconds, server_seconds = (median(getattr(pair[side], measure) for pair in pairs) for side in (0, 1))
        ratio = median(getattr(b, measure) / getattr(a, measure) for a, b in pairs)
        seconds = f"here {local_seconds:.2f} s, over the server {server_seconds:.2f} s"
        print(f"{name}, {measure}: {seconds}, ratio {ratio:.2f} ({ROUNDS} rounds)")


def _measure(work: Work, number: int, server: psutil.Process) -> Cost:
    began, before = time.perf_counter(), time.process_time() + _cpu_seconds(server)
    first = 0.0
    for _ in work(number):
        first = first or time.perf_counter() - began
    whole = time.perf_counter() - began
    return Cost(first, whole, time.process_time() + _cpu_seconds(server) - before)


def _cpu_seconds(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


@contextmanager
def _start_server() -> Iterator[tuple[psutil.Process, str]]:
    """Start this app with the lite tier in its own process; yield the process and the address of its /v1."""
    with serve_app() as (address, server):
        yield psutil.Process(server.pid), f"{address}v1"


if __name__ == "__main__":
    option_parser(__doc__).parse_args()
    main()
