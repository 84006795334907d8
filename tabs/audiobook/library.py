"""Books that visitors bring: files, pasted texts and the sample stories."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

from funaudio_core import languages
from funaudio_core.books.model import PROSE, Book, Chapter
from funaudio_core.books.reading import MAX_CHARACTERS, read_book
from funaudio_core.errors import BadInput
from funaudio_core.narration.model import Plan
from funaudio_core.tasks import narration as tasks
from funaudio_core.voices.examples import FOLDER
from server.request import localize

STORIES = FOLDER / "stories"
SAMPLES = {"en": "The Last Ferry", "zh": "最后一班渡船"}  # titles of our own stories by language
KEPT_BOOKS = 4  # in memory; others are read again when they are needed
KEPT_PLANS = 2
# Characters of a minute of narration, by languages.is_spaced, as in the stored demonstrations.
CHARACTERS_PER_MINUTE = {True: 880, False: 290}
FIRST_WORDS_CHARACTERS = {True: 60, False: 24}  # shown of each chapter, by languages.is_spaced
MAX_PASTED_CHARACTERS = 1_000_000  # a longer text comes as a file


@dataclass(frozen=True, slots=True)
class Source:
    """Book that a visitor brought.

    Attributes:
        path: Its file.
        title: Title in place of the one that the reader finds; "" for that one.
        author: Author in place of those that the reader finds; "" for those.
        language: Code of the language in place of the one that the reader finds; "" for that one.
    """

    path: str
    title: str = ""
    author: str = ""
    language: str = ""


def sample(language: str) -> Source:
    """Return our own story in a language of SAMPLES."""
    return Source(str(STORIES / f"the_last_ferry.{language}.md"), SAMPLES[language], "FunAudio Suite", language)


def require_pasted(text: str) -> str:
    """Return a pasted text.

    Raises:
        BadInput: It is empty or too long.
    """
    if not text.strip():
        raise BadInput("There is no text yet. Paste the text of a chapter or a story.")
    if len(text) > MAX_PASTED_CHARACTERS:
        raise BadInput(
            "The text has {count:,} characters; at most {most:,} can be pasted. Save it as a file and choose that; "
            "files may have {limit:,}.",
            count=len(text),
            most=MAX_PASTED_CHARACTERS,
            limit=MAX_CHARACTERS,
        )
    return text


def read(source: Source | None) -> Book:
    """Return the book of a source, with the visitor's title, author and language.

    Raises:
        BadInput: There is no source, its file is gone, or it can't be read as a book.
    """
    if source is None:
        raise BadInput("There is no book yet. Choose a file, paste a text, or take the sample story.")
    path = Path(source.path)
    try:
        book = _read(path, path.stat().st_mtime)
    except FileNotFoundError:
        raise BadInput("The file of the book was deleted after a while. Choose it again.") from None
    return replace(
        book,
        title=source.title or book.title,
        authors=(source.author,) if source.author else book.authors,
        language=source.language or book.language,
    )


@lru_cache(maxsize=KEPT_BOOKS)
def _read(path: Path, _changed: float) -> Book:
    return read_book(path)


def plan(source: Source | None, chapters: Iterable[int], *, with_notes: bool) -> Plan:
    """Return the lines of some chapters of a book.

    Args:
        source: The source.
        chapters: Numbers of the chapters, from 0.
        with_notes: Read notes after the sentences that refer to them.

    Raises:
        BadInput: No chapter is chosen, or none of them has text; or see read().
    """
    numbers = frozenset(chapters)
    book = read(source)
    if source is None or not numbers:
        raise BadInput("No chapter is chosen. Tick at least one.")
    return _plan(_Wanted(source, Path(source.path).stat().st_mtime, numbers, with_notes), book)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Plan by what it depends on."""

    source: Source
    changed: float
    chapters: frozenset[int]
    with_notes: bool


_plans: OrderedDict[_Wanted, Future[Plan]] = OrderedDict()  # the most recent last
_guard = Lock()


def _plan(wanted: _Wanted, book: Book) -> Plan:
    """Return a plan. The page plans a book while its chapters are looked at: Listen waits for that or finds it done.

    The last KEPT_PLANS are kept.
    """
    with _guard:
        future = _plans.pop(wanted, None)
        is_new = future is None
        _plans[wanted] = future = future or Future()
        while len(_plans) > KEPT_PLANS:
            _plans.popitem(last=False)
    if is_new:
        try:
            future.set_result(tasks.plan_book(book, chapters=wanted.chapters, with_notes=wanted.with_notes))
        except BaseException as error:
            with _guard:
                _plans.pop(wanted, None)
            future.set_exception(error)
            raise
    return future.result()


def minutes(chapter: Chapter, language: str) -> float:
    """Return the estimated minutes of a chapter's narration."""
    return chapter.characters / CHARACTERS_PER_MINUTE[languages.is_spaced(language or "en")]


def chapter_choices(book: Book) -> list[tuple[str, int]]:
    """Return (label, number) pairs of the chapters: title, minutes, first words, and why one is left out."""
    return [(_chapter_label(chapter, book.language), number) for number, chapter in enumerate(book.chapters)]


def _chapter_label(chapter: Chapter, language: str) -> str:
    title = f"{chapter.part} · {chapter.title}" if chapter.part else chapter.title
    reason = f" · {localize(chapter.reason)}" if chapter.reason else ""
    length = localize("{minutes:.0f} min", minutes=max(1.0, minutes(chapter, language)))
    return f"{title} ({length}){reason}\n{_first_words(chapter, language)}"


def _first_words(chapter: Chapter, language: str) -> str:
    """Return the beginning of the first paragraph."""
    words = next((passage.text for passage in chapter.passages if passage.kind in PROSE), "")
    words = " ".join(words.split())
    most = FIRST_WORDS_CHARACTERS[languages.is_spaced(language or "en")]
    return words if len(words) <= most else f"{words[:most].rstrip()}…"
