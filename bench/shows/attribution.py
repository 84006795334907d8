"""Attribution of quotations: share of right speakers and feelings, cost of a novel, chapters of real books.

Run: python -m bench.shows.attribution [FILE...]

Files are like those of tests/golden/books, which are read without any. The novels come from packages of npm and Debian;
without a registry their rows are left out.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funaudio_core.books.model import Book
from funaudio_core.books.reading import read_book
from funaudio_core.books.speakers.attribution import attribute
from funaudio_core.books.speakers.types import UNKNOWN, Span
from tests.real_books import AUSTEN, NotFetchedError, fetch_book

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "books"
FILES = (GOLDEN / "attribution.json", GOLDEN / "own_passages.json")
NOVEL = "pride_and_prejudice.txt"
TOP = 8  # greatest talkers that are printed
MIN_SPEAKERS = 0.9  # share of right speakers
MAX_NOVEL_SECONDS = 20.0  # CPU time
NEUTRAL = "neutral"


@dataclass(slots=True)
class Score:
    """Counts over quotations.

    Attributes:
        total: Quotations by language and by kind of evidence.
        right: Those with the right speaker.
        spans: Right, extra and missing spans.
        feelings: Counts of judged, accepted, to be coloured, coloured, and right ones.
        left_to_narrator: Quotations of speech that got no voice.
    """

    total: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    feelings: Counter[str] = field(default_factory=Counter)
    left_to_narrator: int = 0

    def add(self, passage: dict[str, Any]) -> None:
        """Attribute a passage and count."""
        found = {(span.start, span.end): span for span in attribute(passage["text"], passage["language"]).quotations}
        wanted = {(quote["start"], quote["end"]): quote for quote in passage["quotes"]}
        self.spans.update(right=len(found.keys() & wanted.keys()))
        self.spans.update(extra=len(found.keys() - wanted.keys()), missing=len(wanted.keys() - found.keys()))
        names = known_names(passage)
        for place, quote in wanted.items():
            span = found.get(place)
            is_right = span is not None and same_speaker(span.speaker, quote["speaker"], names)
            for group in (passage["language"], quote["kind"]):
                self.total[group] += 1
                self.right[group] += is_right
            if span is not None:
                self.left_to_narrator += span.speaker is None and quote["speaker"] is not None
                self._count_feeling(span, quote["accept"], passage["language"])

    def _count_feeling(self, span: Span, accepted: list[str], language: str) -> None:
        if not accepted:
            return
        is_accepted, is_coloured = span.emotion in accepted, span.emotion != NEUTRAL
        self.feelings[f"{language} judged"] += 1
        self.feelings[f"{language} accepted"] += is_accepted
        self.feelings["coloured"] += is_coloured
        self.feelings["coloured right"] += is_coloured and is_accepted
        if NEUTRAL not in accepted:
            self.feelings["must"] += 1
            self.feelings["must right"] += is_accepted


def known_names(passage: dict[str, Any]) -> dict[str, str]:
    """Return the name in the cast by each name and alias."""
    return {
        plain(alias): person["name"] for person in passage["cast"] for alias in (person["name"], *person["aliases"])
    }


def plain(name: str) -> str:
    """Return a name without case and article."""
    return name.lower().removeprefix("the ")


def same_speaker(found: str | None, wanted: str | None, names: dict[str, str]) -> bool:
    """Return whether a speaker is the right one, by name or alias."""
    if found is None or wanted is None:
        return found is wanted
    return names.get(plain(found), found) == wanted


def score_file(path: Path) -> Score:
    """Return the counts over the passages of a file."""
    score = Score()
    for passage in json.loads(path.read_text(encoding="utf-8"))["passages"]:
        score.add(passage)
    return score


def print_score(name: str, score: Score) -> None:
    """Print the shares of one file."""
    right, wrong = score.spans["right"], score.spans["extra"] + score.spans["missing"]
    print(f"{name}: spans F1 {2 * right / (2 * right + wrong):.3f}, left to the narrator {score.left_to_narrator}")
    for group, total in score.total.items():
        if group:
            print(f"  {group}: {score.right[group]} of {total} speakers right ({score.right[group] / total:.2f})")
    counts = score.feelings
    for language in ("en", "zh"):
        if counts[f"{language} judged"]:
            share = counts[f"{language} accepted"] / counts[f"{language} judged"]
            print(f"  {language}: feelings accepted {share:.2f} of {counts[f'{language} judged']}")
    print(f"  to be coloured: {counts['must right']} of {counts['must']} right")
    print(f"  coloured: {counts['coloured right']} of {counts['coloured']} right")


def book_text(book: Book) -> str:
    """Return the text of the selected chapters, a passage a line."""
    return "\n".join(passage.text for chapter in book.selected for passage in chapter.passages)


def measure_novel() -> float:
    """Print what is found in a whole novel, and return the CPU time in seconds."""
    text = book_text(read_book(fetch_book(NOVEL)))
    start = time.process_time()
    result = attribute(text, "en")
    taken = time.process_time() - start
    if "".join(text[span.start : span.end] for span in result.spans) != text:
        raise AssertionError("the spans don't join to the text")
    quotations = result.quotations
    unknown = sum(span.speaker == UNKNOWN for span in quotations)
    print(f"{NOVEL}: {taken:.1f} CPU-s, {len(quotations)} quotations, {unknown} without a guess")
    for person in result.cast[:TOP]:
        print(f"  {person.lines} {person.name} ({person.sex or 'sex unknown'}); {', '.join(sorted(person.aliases))}")
    return taken


def print_chapters() -> None:
    """Print the numbers of chapters of the real books, and the cost of reading them."""
    for name in ("moby_dick.epub", "war_of_the_worlds.epub", *(f"{novel}.txt" for novel in AUSTEN)):
        path = fetch_book(name)
        start = time.process_time()
        book = read_book(path)
        taken = time.process_time() - start
        parts = Counter(chapter.part for chapter in book.selected)
        print(f"{name}: {len(book.selected)} chapters, parts {list(parts.values())}, {taken:.2f} CPU-s")


def main() -> int:
    """Print all rows; return 1 if a bar is missed, else 0."""
    scores = {path: score_file(path) for path in map(Path, sys.argv[1:] or [str(file) for file in FILES])}
    for path, score in scores.items():
        print_score(path.name, score)
    languages = [(score, code) for score in scores.values() for code in ("en", "zh") if score.total[code]]
    is_missed = any(score.right[code] < MIN_SPEAKERS * score.total[code] for score, code in languages)
    try:
        is_missed |= measure_novel() > MAX_NOVEL_SECONDS
        print_chapters()
    except NotFetchedError as error:
        print(f"real books left out: {error}")
    return int(is_missed)


if __name__ == "__main__":
    sys.exit(main())
