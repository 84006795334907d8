"""Load test of the lite tier: many users at once, each with its own sentences; checks answers and memory.

`python -m bench.app.load_test [--minutes 15] [--visitors 32]`; `--minutes 120 --visitors 8` is the soak test. The app
runs in its own process. Every user asks one page after the other, as fast as it answers. All speech that comes back is
recognized by a third process of lower priority and compared with what every user asked for: an answer must not be lost
or go to another user.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
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

from bench._app import memory, serve_app
from bench.app._load_test_words import ANIMALS, COLOURS, PLACES
from bench.app.latency import connect
from funaudio_core import audio
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.tasks import recognition, synthesis
from funaudio_core.text import error_rate

if TYPE_CHECKING:
    from gradio_client import Client

MAX_ERROR_RATE = 0.5  # from here on, an answer counts as far off
SAMPLE_SECONDS = 10.0  # between two measurements of memory
WARM_UP_SHARE = 0.2  # of the run, left out of the memory's slope
ANSWER_TIMEOUT_SECONDS = 900.0  # after this, an answer counts as lost
CHECKER_NICENESS = 5  # of the process that recognizes the answers


@dataclass
class User:
    """User with a sentence in English and in Spanish, and a clip of the English one."""

    number: int
    english: str
    spanish: str
    clip: str


@dataclass
class Results:
    """Results of all users; `lock` guards them."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    answers: list[tuple[int, str, str, Future[Comparison]]] = field(default_factory=list)  # user, page, expected


@dataclass(frozen=True)
class Comparison:
    """Comparison of an answer with the requested text.

    Attributes:
        heard: Recognized text.
        rate: Error rate against the requested text.
        nearest: Lowest error rate against the texts of other users.
    """

    heard: str
    rate: float
    nearest: float


def main() -> None:
    """Run the load test and print the results."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--visitors", type=int, default=32)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        users = list(_users(arguments.visitors, Path(folder)))
        results, samples = Results(), []
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, context, os.nice, (CHECKER_NICENESS,)) as checker:
            with serve_app() as (address, process):
                end_time = time.monotonic() + 60 * arguments.minutes
                threads = [
                    threading.Thread(target=_run_user, args=(address, user, users, checker, results, end_time))
                    for user in users
                ]
                for thread in threads:
                    thread.start()
                while any(thread.is_alive() for thread in threads):
                    samples.append((time.monotonic(), memory(process.pid).resident))
                    time.sleep(SAMPLE_SECONDS)
            _print_results(results, samples, arguments)
            _print_comparisons(results)


def _users(count: int, folder: Path) -> Iterator[User]:
    engine = selection.default(registry.SYNTHESIZERS).name
    voices = list(voice_catalog.voices_for_language("en").values())
    random_numbers = random.Random(0)
    combinations = [(c, a, p) for c in COLOURS for a in ANIMALS for p in PLACES]
    for number, (colour, animal, place) in enumerate(random_numbers.sample(combinations, count)):
        english = f"The {colour} {animal} is waiting at the {place}."
        spoken = synthesis.speak_take(synthesis.speech_request(english, "en", voices[number % len(voices)]), engine)
        clip = folder / f"{number}.wav"
        audio.save_wav(spoken.audio, clip)
        spanish = f"El {ANIMALS[animal]} {COLOURS[colour]} espera en {PLACES[place]}."
        yield User(number, english, spanish, str(clip))


def _run_user(
    address: str, user: User, users: list[User], checker: ProcessPoolExecutor, results: Results, end_time: float
) -> None:
    """Ask one page after the other until time is up."""
    client = connect(address)
    pages = list(PAGES.items())
    random.Random(user.number).shuffle(pages)
    turn = 0
    while time.monotonic() < end_time:
        name, ask = pages[turn % len(pages)]
        turn += 1
        began = time.monotonic()
        try:
            answers = ask(client, user)
        except Exception as error:  # noqa: BLE001  (after any error the user has no answer)
            with results.lock:
                results.outcomes["lost"] += 1
                results.errors.append(f"{name}: {type(error).__name__}: {str(error)[:200]}")
            continue
        with results.lock:
            results.waits[name].append(time.monotonic() - began)
            results.outcomes["answered"] += 1
            for expected, answer in answers:
                comparison = checker.submit(_compare, user.number, name, expected, answer, users)
                results.answers.append((user.number, name, expected, comparison))


Answers = list[tuple[str, str]]  # expected text, and the file or text that came back


def _recognize(client: Client, user: User) -> Answers:
    from gradio_client import handle_file

    answer = client.submit(handle_file(user.clip), "en", api_name="/recognize").result(ANSWER_TIMEOUT_SECONDS)
    return [(user.english, _transcript_text(answer))]


def _clone(client: Client, user: User) -> Answers:
    from gradio_client import handle_file

    inputs: dict[str, Any] = {"clip": handle_file(user.clip), "text": user.english, "consent": True}
    answer = client.submit(**inputs, transcript=user.english, api_name="/clone").result(ANSWER_TIMEOUT_SECONDS)
    return [(user.english, answer[0])]


def _cross_lingual(client: Client, user: User) -> Answers:
    from gradio_client import handle_file

    inputs: dict[str, Any] = {"clip": handle_file(user.clip), "text": user.spanish, "consent": True}
    answer = client.submit(**inputs, language="es", api_name="/cross_lingual").result(ANSWER_TIMEOUT_SECONDS)
    return [(user.spanish, answer[0])]


def _instruct(client: Client, user: User) -> Answers:
    job = client.submit(text=user.english, instruction="Speak a bit slower.", api_name="/instruct")
    return [(user.english, job.result(ANSWER_TIMEOUT_SECONDS)[0])]


def _translate(client: Client, user: User) -> Answers:
    from gradio_client import handle_file

    answer = client.submit(clip=handle_file(user.clip), target="es", api_name="/translate").result(
        ANSWER_TIMEOUT_SECONDS
    )
    return [(user.english, answer[1]), (answer[2], answer[0])]


def _chat(client: Client, user: User) -> Answers:
    answer = client.submit(text=user.english, api_name="/chat").result(ANSWER_TIMEOUT_SECONDS)
    return [(answer[1], answer[0])]


PAGES: dict[str, Callable[[Client, User], Answers]] = {
    "recognize": _recognize,
    "clone": _clone,
    "cross_lingual": _cross_lingual,
    "instruct": _instruct,
    "translate": _translate,
    "chat": _chat,
}


def _transcript_text(answer: Any) -> str:
    """Return the text of a transcript as the API returns it."""
    first = answer[0] if isinstance(answer, (list, tuple)) else answer
    return str(first["text"] if isinstance(first, dict) else first)


def _print_results(results: Results, samples: list[tuple[float, float]], arguments: argparse.Namespace) -> None:
    print(f"{arguments.visitors} visitors for {arguments.minutes:g} min: {dict(results.outcomes)}")
    for name, waits in results.waits.items():
        median_seconds, p95_seconds = np.percentile(waits, [50, 95])
        print(f"  {name}: {len(waits)} answers, p50 {median_seconds:.1f} s, p95 {p95_seconds:.1f} s")
    for error, count in Counter(results.errors).most_common(5):
        print(f"  {count} x {error}")
    warm_slope, late_slope = (
        _megabytes_per_minute(samples[int(share * len(samples)) :]) for share in (WARM_UP_SHARE, 0.5)
    )
    tenths = ", ".join(f"{samples[round(tenth * (len(samples) - 1) / 10)][1]:.0f}" for tenth in range(11))
    print(f"  memory at every tenth of the run: {tenths} MB")
    max_megabytes = max(size for _, size in samples)
    slopes = f"slope {warm_slope:+.2f} MB a minute, in the second half {late_slope:+.2f}"
    print(f"  memory: {max_megabytes:.0f} MB at most, {slopes}")


def _megabytes_per_minute(samples: list[tuple[float, float]]) -> float:
    """Return the slope in MB per minute of samples (seconds, MB)."""
    if len(samples) < 3:
        return float("nan")
    times, sizes = (np.array(column) for column in zip(*samples, strict=True))
    return float(60 * np.polyfit(times - times[0], sizes, 1)[0])


def _print_comparisons(results: Results) -> None:
    """Print error rates, and the answers that are nearer to another user's text than to the user's own."""
    mixed, far_off = [], []
    rates: list[float] = []
    for _, page, expected, future in results.answers:
        comparison = future.result()
        rates.append(comparison.rate)
        if comparison.nearest < comparison.rate:
            mixed.append(f"{page}: {expected!r} became {comparison.heard!r}")
        if comparison.rate >= MAX_ERROR_RATE:
            far_off.append(f"{page}: {expected!r} became {comparison.heard!r}")
    counts = f"mixed up {len(mixed)}, far off {len(far_off)}"
    print(f"  {len(rates)} texts heard again: error rate {np.mean(rates):.3f}; {counts}")
    for line in (mixed + far_off)[:10]:
        print(f"    {line}")


def _compare(number: int, page: str, expected: str, answer: str, users: list[User]) -> Comparison:
    """Compare an answer, recognized if it is a file, with every user's text."""
    language = "es" if page in ("cross_lingual", "translate") and answer.endswith(".wav") else "en"
    heard = answer
    if answer.endswith(".wav"):
        heard = _recognize_file(answer, language)
    nearest = 9.0
    if page != "chat" and not (page == "translate" and answer.endswith(".wav")):  # the models chose these words
        others = [user.spanish if language == "es" else user.english for user in users if user.number != number]
        nearest = min((error_rate.error_rate(other, heard, language) for other in others), default=nearest)
    return Comparison(heard, error_rate.error_rate(expected, heard, language), nearest)


def _recognize_file(path: str, language: str) -> str:
    *_, last = recognition.transcribe_long(audio.load(path), RecognitionOptions(language))
    return last.text


if __name__ == "__main__":
    main()
