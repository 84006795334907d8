"""Many visitors at once on the lite tier, each with words of their own: nothing lost, nothing mixed up, memory flat.

`python -m bench.load_test [--minutes 15] [--visitors 32]`; `--minutes 120 --visitors 8` is the soak. Starts the app
in a process of its own. Every visitor asks one page after the other, as fast as it answers. Everything that comes back
is heard again, by a third process that comes second to the others, and compared with what every visitor asked for.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.latency import connected
from funaudio_core import audio
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.text import error_rate

if TYPE_CHECKING:
    from gradio_client import Client

# In English, and in Spanish, where others share no more than in English.
COLOURS = {
    "red": "rojo",
    "green": "verde",
    "yellow": "amarillo",
    "white": "blanco",
    "black": "negro",
    "brown": "marrón",
    "silver": "gris",
    "golden": "dorado",
}
ANIMALS = {
    "horse": "caballo",
    "rabbit": "conejo",
    "tiger": "tigre",
    "monkey": "mono",
    "elephant": "elefante",
    "chicken": "pollo",
    "lion": "león",
    "camel": "camello",
}
PLACES = {
    "river": "el río",
    "station": "la estación",
    "market": "el mercado",
    "garden": "el jardín",
    "bridge": "el puente",
    "hotel": "el hotel",
    "village": "el pueblo",
    "mountain": "la montaña",
}
FAR = 0.5  # error rate from which on what was heard is not what was asked for
SAMPLE_SECONDS = 10.0  # between two looks at the memory
WARM = 0.2  # share of the run that is left out of the memory's slope
PATIENCE = 900.0  # seconds after which an answer counts as lost
PATIENT = 5  # niceness of the process that hears everything again


@dataclass
class Visitor:
    """One of them: an own sentence in English and in Spanish, and the English one spoken."""

    number: int
    english: str
    spanish: str
    clip: str


@dataclass
class Record:
    """What came of it all. Guarded by `guard`."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    answers: list[tuple[int, str, str, Future[Found]]] = field(default_factory=list)  # visitor, page, expected


@dataclass(frozen=True)
class Found:
    """How what came back compares with what was asked for. nearest: the error rate against the nearest of others."""

    heard: str
    rate: float
    nearest: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--visitors", type=int, default=32)
    order = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        visitors = list(_visitors(order.visitors, Path(folder)))
        record, memory = Record(), []
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, apart, os.nice, (PATIENT,)) as ear:
            with _app() as (address, process):
                ends = time.monotonic() + 60 * order.minutes
                threads = [
                    threading.Thread(target=_visit, args=(address, each, visitors, ear, record, ends))
                    for each in visitors
                ]
                for thread in threads:
                    thread.start()
                while any(thread.is_alive() for thread in threads):
                    memory.append((time.monotonic(), _megabytes(process.pid)))
                    time.sleep(SAMPLE_SECONDS)
            _print(record, memory, order)
            _judge(record)


def _visitors(count: int, folder: Path) -> Iterator[Visitor]:
    engine = selection.default(registry.SYNTHESIZERS).name
    voices = list(voice_catalog.voices_for_language("en").values())
    draw = random.Random(0)
    combinations = [(c, a, p) for c in COLOURS for a in ANIMALS for p in PLACES]
    for number, (colour, animal, place) in enumerate(draw.sample(combinations, count)):
        english = f"The {colour} {animal} is waiting at the {place}."
        spoken = synthesis.speak_take(synthesis.speech_request(english, "en", voices[number % len(voices)]), engine)
        clip = folder / f"{number}.wav"
        audio.save_wav(spoken.audio, clip)
        spanish = f"El {ANIMALS[animal]} {COLOURS[colour]} espera en {PLACES[place]}."
        yield Visitor(number, english, spanish, str(clip))


def _visit(
    address: str, visitor: Visitor, all_: list[Visitor], ear: ProcessPoolExecutor, record: Record, ends: float
) -> None:
    """Ask one page after the other until time is up."""
    client = connected(address)
    pages = list(PAGES.items())
    random.Random(visitor.number).shuffle(pages)
    turn = 0
    while time.monotonic() < ends:
        name, ask = pages[turn % len(pages)]
        turn += 1
        began = time.monotonic()
        try:
            answers = ask(client, visitor)
        except Exception as error:  # noqa: BLE001  (whatever it is, the visitor got nothing)
            with record.guard:
                record.outcomes["lost"] += 1
                record.troubles.append(f"{name}: {type(error).__name__}: {str(error)[:200]}")
            continue
        with record.guard:
            record.waits[name].append(time.monotonic() - began)
            record.outcomes["answered"] += 1
            for expected, given in answers:
                found = ear.submit(_compared, visitor.number, name, expected, given, all_)
                record.answers.append((visitor.number, name, expected, found))


Answers = list[tuple[str, str]]  # what was asked for, and the file or text that came back


def _recognize(client: Client, visitor: Visitor) -> Answers:
    from gradio_client import handle_file

    found = client.submit(handle_file(visitor.clip), "en", api_name="/recognize").result(PATIENCE)
    return [(visitor.english, _text(found))]


def _clone(client: Client, visitor: Visitor) -> Answers:
    from gradio_client import handle_file

    asked: dict[str, Any] = {"clip": handle_file(visitor.clip), "text": visitor.english, "consent": True}
    found = client.submit(**asked, transcript=visitor.english, api_name="/clone").result(PATIENCE)
    return [(visitor.english, found[0])]


def _cross_lingual(client: Client, visitor: Visitor) -> Answers:
    from gradio_client import handle_file

    asked: dict[str, Any] = {"clip": handle_file(visitor.clip), "text": visitor.spanish, "consent": True}
    found = client.submit(**asked, language="es", api_name="/cross_lingual").result(PATIENCE)
    return [(visitor.spanish, found[0])]


def _instruct(client: Client, visitor: Visitor) -> Answers:
    found = client.submit(text=visitor.english, instruction="Speak a bit slower.", api_name="/instruct")
    return [(visitor.english, found.result(PATIENCE)[0])]


def _translate(client: Client, visitor: Visitor) -> Answers:
    from gradio_client import handle_file

    found = client.submit(clip=handle_file(visitor.clip), target="es", api_name="/translate").result(PATIENCE)
    return [(visitor.english, found[1]), (found[2], found[0])]


def _chat(client: Client, visitor: Visitor) -> Answers:
    found = client.submit(text=visitor.english, api_name="/chat").result(PATIENCE)
    return [(found[1], found[0])]


PAGES: dict[str, Callable[[Client, Visitor], Answers]] = {
    "recognize": _recognize,
    "clone": _clone,
    "cross_lingual": _cross_lingual,
    "instruct": _instruct,
    "translate": _translate,
    "chat": _chat,
}


def _text(found: Any) -> str:
    """The text of a transcript as the API gives it."""
    first = found[0] if isinstance(found, (list, tuple)) else found
    return str(first["text"] if isinstance(first, dict) else first)


class _app:  # noqa: N801  (used as a context)
    """The app in a process of its own: its address and the process."""

    def __enter__(self) -> tuple[str, subprocess.Popen[bytes]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {**os.environ, "FUNAUDIO_PORT": str(port), "NO_PROXY": "127.0.0.1", "FUNAUDIO_TIER": "lite"}
        command = [sys.executable, "app.py"]
        self._server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}/"
        try:
            connected(address).close()
        except BaseException:
            self.__exit__()
            raise
        return address, self._server

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(60)


def _megabytes(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmRSS"))


def _print(record: Record, memory: list[tuple[float, float]], order: argparse.Namespace) -> None:
    print(f"{order.visitors} visitors for {order.minutes:g} min: {dict(record.outcomes)}")
    for name, waits in record.waits.items():
        low, high = np.percentile(waits, [50, 95])
        print(f"  {name}: {len(waits)} answers, p50 {low:.1f} s, p95 {high:.1f} s")
    for trouble, count in Counter(record.troubles).most_common(5):
        print(f"  {count} x {trouble}")
    warm, late = (_slope(memory[int(share * len(memory)) :]) for share in (WARM, 0.5))
    tenths = ", ".join(f"{memory[round(tenth * (len(memory) - 1) / 10)][1]:.0f}" for tenth in range(11))
    print(f"  memory at every tenth of the run: {tenths} MB")
    most = max(size for _, size in memory)
    print(f"  memory: {most:.0f} MB at most, slope {warm:+.2f} MB a minute, in the second half {late:+.2f}")


def _slope(memory: list[tuple[float, float]]) -> float:
    """MB a minute, of looks at the memory as (seconds, MB)."""
    if len(memory) < 3:
        return float("nan")
    times, sizes = (np.array(column) for column in zip(*memory, strict=True))
    return float(60 * np.polyfit(times - times[0], sizes, 1)[0])


def _judge(record: Record) -> None:
    """What is nearer to another visitor's words than to one's own was mixed up."""
    mixed, far = [], []
    rates: list[float] = []
    for _, page, expected, coming in record.answers:
        found = coming.result()
        rates.append(found.rate)
        if found.nearest < found.rate:
            mixed.append(f"{page}: {expected!r} became {found.heard!r}")
        if found.rate >= FAR:
            far.append(f"{page}: {expected!r} became {found.heard!r}")
    print(
        f"  {len(rates)} texts heard again: error rate {np.mean(rates):.3f}; mixed up {len(mixed)}, far off {len(far)}"
    )
    for line in (mixed + far)[:10]:
        print(f"    {line}")


def _compared(number: int, page: str, expected: str, given: str, visitors: list[Visitor]) -> Found:
    """Hear a file again and compare it, or a text, with everybody's words."""
    language = "es" if page in ("cross_lingual", "translate") and given.endswith(".wav") else "en"
    heard = given
    if given.endswith(".wav"):
        heard = _heard(given, language)
    nearest = 9.0
    if page != "chat" and not (page == "translate" and given.endswith(".wav")):  # these words are the models' own
        others = [each.spanish if language == "es" else each.english for each in visitors if each.number != number]
        nearest = min((error_rate.error_rate(other, heard, language) for other in others), default=nearest)
    return Found(heard, error_rate.error_rate(expected, heard, language), nearest)


def _heard(path: str, language: str) -> str:
    *_, last = recognition.transcribe_long(audio.load(path), RecognitionOptions(language))
    return last.text


if __name__ == "__main__":
    main()
