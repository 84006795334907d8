"""Measurements through the page of a running app, in Chromium: first sound of a book, and many visitors at once."""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from bench._app import cpu_seconds, serve_app
from bench.app import load_test
from bench.shows._narration_sound import clip_of
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import synthesis
from funaudio_core.text.error_rate import error_rate
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.visitor import file_picker
from tests.real_books import fetch_book

TIMEOUT_MS = 300_000
SOUNDING_JS = """() => [...document.querySelectorAll('.fa-reader audio')].some(
  (each) => each.dataset.from && !each.paused && each.currentTime > 0)"""
BOOK_VISITORS = OTHER_VISITORS = 4
ALONE_SHARE = 0.2  # of the minutes, in which nobody narrates
PARAGRAPHS = 400  # of a visitor's book; more than can be narrated in the time
CHECKED_LINES = 12  # of each book, spread over what is made
SENTENCES = (
    "The {colour} {animal} went to the {place} before the others were awake.",
    "“Have you seen the {animal}?” asked Anna. “It was at the {place} an hour ago.”",
    "Nobody in the town had ever owned a {colour} {animal}, and everyone wanted to see it.",
    "“It will come back to the {place},” said Tom, “because it always does.”",
)


def measure_first(rounds: int) -> None:
    """Print what the first word of a book of 210,000 words takes, from the moment its EPUB is dropped."""
    path = fetch_book("moby_dick.epub")
    rows = []
    for _ in range(rounds):
        with serve_app() as (address, process), _browser() as browser:
            page = _open(browser, f"{address}#audiobook")
            panel = page.locator("div[role=tabpanel]:visible").first
            cost, began = cpu_seconds(process.pid), time.monotonic()
            file_picker(panel, "Book: EPUB").set_input_files(path)
            page.locator(".fa-chapters label").nth(100).wait_for(state="attached")
            listed = cpu_seconds(process.pid) - cost, time.monotonic() - began
            page.locator("#fa-listen").click()
            page.wait_for_function(SOUNDING_JS)
            heard = cpu_seconds(process.pid) - cost, time.monotonic() - began
            rows.append((*listed, *heard))
            id_ = _narration_id(page)
        tasks.open_narration(id_).delete()  # or the next app would go on with it
    medians = np.median(rows, axis=0)
    print(f"chapters listed after {medians[0]:.1f} CPU-s, {medians[1]:.1f} s by the clock")
    print(f"first word heard after {medians[2]:.1f} CPU-s, {medians[3]:.1f} s by the clock ({rounds} rounds)")


def measure_visitors(minutes: float) -> None:
    """Print what visitors with a book each and visitors of other pages get from one app at the same time."""
    with tempfile.TemporaryDirectory() as folder:
        users = list(load_test._users(BOOK_VISITORS + OTHER_VISITORS, Path(folder)))  # noqa: SLF001 (of a sibling)
        others, readers = users[:OTHER_VISITORS], users[OTHER_VISITORS:]
        results, context = [load_test.Results(), load_test.Results()], multiprocessing.get_context("spawn")
        with (
            ProcessPoolExecutor(1, context, os.nice, (load_test.CHECKER_NICENESS,)) as checker,
            serve_app() as (address, _),
            _browser() as browser,
        ):
            _run_others(address, others, checker, results[0], 60 * ALONE_SHARE * minutes)
            pages = [_begin_book(browser, address, _write_book(reader, Path(folder))) for reader in readers]
            ids = [_narration_id(page) for page in pages]
            pages[0].close()
            made = _parts_done(ids[0])
            _run_others(address, others, checker, results[1], 60 * (1 - ALONE_SHARE) * minutes)
            grown = _parts_done(ids[0]) - made
            is_found = _finds_again(browser, address, ids[0])
            for id_ in ids:
                tasks.open_narration(id_).pause()
            for name, found in zip(("without books", "beside books"), results, strict=True):
                _print_waits(name, found)
                load_test._print_comparisons(found)  # noqa: SLF001
        longest = max(row["work"] for id_ in ids for row in tasks.open_narration(id_).job.summaries().values())
        print(f"longest part {longest:.1f} s; parts made {[_parts_done(id_) for id_ in ids]}")
        print(f"the book whose page was closed: {grown} more parts, {'found' if is_found else 'NOT found'} again")
        _print_books(dict(zip(ids, readers, strict=True)))


def _run_others(
    address: str, users: list[load_test.User], checker: ProcessPoolExecutor, results: load_test.Results, seconds: float
) -> None:
    """Let users ask the other pages, as fast as these answer."""
    end_time = time.monotonic() + seconds
    threads = [
        threading.Thread(target=load_test._run_user, args=(address, user, users, checker, results, end_time))  # noqa: SLF001
        for user in users
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _print_waits(name: str, results: load_test.Results) -> None:
    waits = [seconds for page in results.waits.values() for seconds in page]
    if not waits:
        print(f"{name}: no answer; {dict(results.outcomes)}")
        return
    p50, p95, most = np.percentile(waits, [50, 95, 100])
    print(f"{name}: {dict(results.outcomes)}; answers after p50 {p50:.1f} s, p95 {p95:.1f} s, most {most:.1f} s")


def _write_book(user: load_test.User, folder: Path) -> Path:
    """Write a book about what the sentence of a user is about, and no other user's."""
    found = re.fullmatch(r"The (\w+) (\w+) is waiting at the (\w+)\.", user.english)
    if found is None:
        raise ValueError(user.english)
    words = dict(zip(("colour", "animal", "place"), found.groups(), strict=True))
    paragraphs = [sentence.format(**words) for sentence in islice(cycle(SENTENCES), PARAGRAPHS)]
    path = folder / f"book {user.number}.txt"
    path.write_text("\n\n".join(paragraphs), encoding="utf-8")
    return path


def _begin_book(browser: Any, address: str, path: Path) -> Any:
    """Open the page in a context of its own, drop the book, listen, and return the page once it sounds."""
    page = _open(browser, f"{address}#audiobook")
    panel = page.locator("div[role=tabpanel]:visible").first
    file_picker(panel, "Book: EPUB").set_input_files(path)
    page.locator(".fa-chapters label").first.wait_for(state="attached")
    page.locator("#fa-listen").click()
    page.wait_for_function(SOUNDING_JS)
    return page


def _narration_id(page: Any) -> str:
    link = page.locator(".fa-note a[href^='#audiobook/']").get_attribute("href")
    return str(link).rpartition("/")[2]


def _parts_done(id_: str) -> int:
    return tasks.open_narration(id_).status().parts_done


def _finds_again(browser: Any, address: str, id_: str) -> bool:
    """Return whether the private link shows the text and the progress of a narration."""
    page = _open(browser, f"{address}#audiobook/{id_}")
    page.locator(".fa-line").first.wait_for()
    shown = bool(page.locator(".fa-progress").inner_text())
    page.context.close()
    return shown


def _print_books(books: dict[str, load_test.User]) -> None:
    """Listen to lines of each book, and print their errors and those that fit another book better."""
    rates, mixed = [], []
    for id_, user in books.items():
        narration = tasks.open_narration(id_)
        chapter = narration.chapter(0)
        others = [other.english for other in books.values() if other is not user]
        step = max(1, len(chapter.lines) // CHECKED_LINES)
        for row in chapter.lines[::step]:
            clip = clip_of(narration, 0, chapter.rate, row.start, row.end)
            heard = synthesis.transcribe_take(clip, "en") or ""
            rates.append(error_rate(row.line.text, heard, "en"))
            words = set(re.findall(r"\w+", heard.lower()))
            mixed += [(row.line.text, heard)] if any(words & _own_words(other, user) for other in others) else []
    found = f"error rate {np.mean(rates):.3f}, mixed up {len(mixed)}"
    print(f"{len(rates)} lines of {len(books)} books heard again: {found}")
    for text, heard in mixed[:10]:
        print(f"    {text!r} became {heard!r}")


def _own_words(other: str, user: load_test.User) -> set[str]:
    """Return the words of another user's sentence that this user's lacks."""
    return set(other.lower().rstrip(".").split()) - set(user.english.lower().rstrip(".").split())


def _open(browser: Any, address: str) -> Any:
    page = browser.new_context().new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(address)
    page.locator(".fa-title").first.wait_for()
    return page


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()
