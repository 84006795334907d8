"""Narrations: plans of whole books, a ten-hour book, cost, first sound, voices, levels, many visitors, kills.

Run: python -m bench.shows.narration plan | hours [HOURS] | cost | first [ROUNDS] | voices | heard [MINUTES] |
     loudness | visitors [MINUTES] | kills [COUNT]

plan: CPU time and memory of planning 1.2 million characters of novels (fetched as for bench.shows.attribution), and the
cast. hours: the jobs of a book of ten hours or HOURS, with a synthesizer that only makes sound: memory, late parts,
disk. cost: CPU time of narrating with and without the check, against speaking the same lines. Real models.
first: from a dropped EPUB of 210,000 words to its first word, through the page in Chromium; median of ROUNDS (3). Real
    models.
voices: similarity by GE2E of the voices of a cast, of each to itself in another chapter and of any two who talk in one
    chapter; presets of the greatest talkers; the cast file carried to a second volume. Real models.
heard: errors of MINUTES (10) in English and half as many in Chinese, heard again; a row of pronunciation. Real models.
loudness: levels of chapters, true peaks before and after AAC, levels of voices, whispers and shouts. Real models.
visitors: four visitors with a book each and four on other pages for MINUTES (15). Real models, Chromium.
kills: COUNT (25) kills of a narrating process at random moments; the sound must be the same, sample for sample.
"""

from __future__ import annotations

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from bench.shows._narration_page import measure_first, measure_visitors
from bench.shows._narration_sound import measure_heard, measure_loudness, requests_of
from bench.shows._narration_voices import measure_voices
from funaudio_core import settings
from funaudio_core.books.model import PARAGRAPH, Book, Chapter, Passage
from funaudio_core.books.reading import read_book
from funaudio_core.engines import registry
from funaudio_core.narration.model import Options
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest
from tests import fakes
from tests.real_books import fetch_book

ROOT = Path(__file__).parents[2]
NOVELS = ("pride_and_prejudice.txt", "mansfield_park.txt")
CHARACTERS = 1_200_000
EARLY, LATE, AROUND = 10, 1_000, 10  # parts whose cost is compared, each with so many behind it
CHARACTERS_PER_SECOND = 14.0  # of the synthesizer that only makes sound
LINE = (
    "Nobody at the lighthouse {number} had expected a guest on such a night. “You must be tired,” said Anna. "
    "“The road from the harbour is long.” “I have walked a longer one,” answered Tom, and sat down by fire {number}. "
    "The wind threw rain against the windows, and somewhere below them the sea went on with its work in the dark."
)


# A number in every sentence: Kokoro keeps short sentences, and no sentence must be spoken twice.
COST_LINE = (
    "Nobody at lighthouse {number} had expected a guest that night. “You must be tired, guest {number},” said Anna. "
    "“The road from harbour {number} is long.” “I have walked {number} miles,” answered Tom, and sat down by the fire."
)
COST_PARAGRAPHS, COST_ROUNDS = 3, 2


class Humming:
    """Synthesizer that only makes sound, as long as speech of the text."""

    def stream(self, request: SpeechRequest) -> Iterator[SpeechChunk]:
        """Yield one chunk."""
        count = round(len(request.text) / CHARACTERS_PER_SECOND * fakes.RATE)
        pitch = 0.02 + 0.001 * (sum((request.voice.preset or "").encode()) % 9)
        sound = (0.1 * np.sin(pitch * np.arange(count))).astype(np.float32)
        yield SpeechChunk(Audio(sound, fakes.RATE), request.text)


class Unmarked:
    """Watermarker that does nothing."""

    def mark(self, sound: Audio) -> Audio:
        """Return the sound."""
        return sound

    def find(self, sound: Audio) -> float:  # noqa: ARG002 (of the Protocol)
        """Return 0."""
        return 0.0


def story(characters: int, chapters: int) -> Book:
    """Return a book of so many characters in which each paragraph is another one."""
    count = characters // len(LINE) // chapters
    rows = tuple(
        Chapter(
            f"Chapter {chapter + 1}",
            tuple(Passage(PARAGRAPH, LINE.format(number=chapter * count + place)) for place in range(count)),
        )
        for chapter in range(chapters)
    )
    return Book("The Lighthouse", ("A. Writer",), "en", rows)


def begin(book: Book, *, is_checked: bool) -> Narration:
    """Return a new narration of a book."""
    plan = tasks.plan_book(book)
    return tasks.create(plan, tasks.cast_plan(plan), Options(is_checked=is_checked))


def measure_plan() -> None:
    """Print what planning novels costs, and the greatest talkers with their voices."""
    books = [read_book(fetch_book(name)) for name in NOVELS]
    chapters: list[Chapter] = []
    characters = 0
    for chapter in (row for book in books for row in book.selected):
        if characters < CHARACTERS:
            chapters.append(chapter)
            characters += chapter.characters
    before, peak = psutil.Process().memory_info().rss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    began = time.process_time()
    plan = tasks.plan_book(replace(books[0], chapters=tuple(chapters)))
    taken = time.process_time() - began
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    growth = (max(after, peak) - before) / 2**20
    print(f"plan of {characters:,} characters: {taken:.1f} CPU-s, {growth:.0f} MB above the start")
    began = time.process_time()
    cast = tasks.cast_plan(plan)
    lines = sum(len(chapter.lines) for chapter in plan.chapters)
    print(f"{lines:,} lines; cast of {len(cast.roles)}: {time.process_time() - began:.2f} CPU-s")
    for role in cast.roles[:10]:
        print(f"  {role.lines:4} {role.name or 'narrator'} ({role.sex}): {role.voice} {role.pitch:+g} st")


def measure_hours(hours: float) -> None:
    """Print memory, cost of early and late parts, and disk space of a long book whose speech costs nothing."""
    fakes.install()
    registry.SYNTHESIZERS["kokoro"] = replace(registry.SYNTHESIZERS["kokoro"], load=Humming)
    registry.WATERMARKERS["perth"] = replace(registry.WATERMARKERS["perth"], load=Unmarked)
    narration = begin(story(int(hours * 3600 * CHARACTERS_PER_SECOND), max(1, round(4 * hours))), is_checked=False)
    tasks.make_next_part(narration.id)
    process = psutil.Process()
    start, costs = process.memory_info().rss, []
    while True:
        began = time.process_time()
        if not tasks.make_next_part(narration.id):
            break
        costs.append(time.process_time() - began)
    status = narration.status()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{status.seconds / 3600:.1f} h in {status.parts_done} parts: {sum(costs):.0f} CPU-s")
    print(f"peak of the memory: {(peak - start) / 2**20:+.0f} MB over the first part")
    if len(costs) > LATE + AROUND:
        early, late = (float(np.median(costs[first : first + AROUND])) for first in (EARLY, LATE))
        print(f"part {EARLY}: {1e3 * early:.0f} CPU-ms; part {LATE}: × {late / early:.2f}")
    folder = settings.read().home / "jobs" / narration.id
    sizes = {path: path.stat().st_size for path in folder.iterdir()}
    sound = sum(size for path, size in sizes.items() if path.name.endswith(".sound.npy"))
    print(f"disk: {sum(sizes.values()) / 1e9:.2f} GB, × {sum(sizes.values()) / sound:.3f} of the sound")
    for name, look in (("status", narration.status), ("a chapter", lambda: narration.chapter(0))):
        began = time.process_time()
        look()
        print(f"{name}: {1e3 * (time.process_time() - began):.0f} CPU-ms")


def measure_cost() -> None:
    """Print what narrating costs against speaking the same lines, with real models."""
    numbers = itertools.count(100)

    def next_book() -> Book:
        passages = (Passage(PARAGRAPH, COST_LINE.format(number=next(numbers))) for _ in range(COST_PARAGRAPHS))
        return Book("The Lighthouse", ("A. Writer",), "en", (Chapter("One", tuple(passages)),))

    def narrate(is_checked: bool) -> float:
        narration = begin(next_book(), is_checked=is_checked)
        began = time.process_time()
        while tasks.make_next_part(narration.id):
            pass
        taken = time.process_time() - began
        narration.delete()
        return taken

    def speak() -> float:
        requests = requests_of(begin(next_book(), is_checked=False))
        began = time.process_time()
        for _ in tasks.speak_lines(tuple(requests), "kokoro"):
            pass
        return time.process_time() - began

    narrate(is_checked=True)  # loads the models
    totals = np.zeros(3)
    for _ in range(COST_ROUNDS):
        totals += speak(), narrate(is_checked=False), narrate(is_checked=True)
    bare, narrated, checked = totals
    print(f"bare speech: {bare:.1f} CPU-s; narrated: × {narrated / bare:.2f}; with the check × {checked / bare:.2f}")


def run_kills(count: int) -> int:
    """Run the test of kills with more of them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "tests/unit/narration/test_kills.py"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "FUNAUDIO_TEST_KILLS": str(count)}, check=False
    ).returncode


def in_own_home(measure: Callable[[], None]) -> int:
    """Run a measurement with jobs in a folder of its own."""
    weights = settings.read().home
    with tempfile.TemporaryDirectory() as folder:
        for name in ("weights", "derived", "test_books"):
            if (weights / name).exists():
                (Path(folder) / name).symlink_to(weights / name)
        os.environ["FUNAUDIO_HOME"] = folder
        settings.read.cache_clear()
        measure()
    return 0


def main(arguments: list[str]) -> int:
    """Run the measurement that is named first; all of them without a name."""
    number = json.loads(arguments[1]) if len(arguments) > 1 else None
    measurements: dict[str, Callable[[], int]] = {
        "plan": lambda: in_own_home(measure_plan),
        "hours": lambda: in_own_home(lambda: measure_hours(float(number or 10))),
        "cost": lambda: in_own_home(measure_cost),
        "first": lambda: in_own_home(lambda: measure_first(int(number or 3))),
        "voices": lambda: in_own_home(measure_voices),
        "heard": lambda: in_own_home(lambda: measure_heard(float(number or 10))),
        "loudness": lambda: in_own_home(measure_loudness),
        "visitors": lambda: in_own_home(lambda: measure_visitors(float(number or 15))),
        "kills": lambda: run_kills(int(number or 25)),
    }
    if arguments:
        return measurements[arguments[0]]()
    return max(
        subprocess.run([sys.executable, "-m", "bench.shows.narration", name], check=False).returncode
        for name in measurements
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
