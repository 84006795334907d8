"""Tags and chapter titles of sound files."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from funaudio_core.narration.export.recording import NARRATOR, RecordedBook
from funaudio_core.narration.export.samples import ChapterSpan

MAX_TITLE_BYTES = 120  # players cut longer titles of chapters, and Nero's list ends at 255
AUDIOBOOK_STIK = "2"  # Apple's media type of audiobooks


def book_tags(book: RecordedBook) -> dict[str, str]:
    """Return the tags of a file with a whole recording, by FFmpeg's names; empty ones are left out."""
    authors, names = ", ".join(book.authors), dict.fromkeys(book.voices.values())
    tags = {
        "title": book.title,
        "artist": authors or book.narrator or book.title,  # iPhones refuse an audiobook without an artist
        "album_artist": authors,
        "album": book.title,
        "composer": book.narrator or ", ".join(names),
        "date": book.date,
        "genre": book.genre,
        "language": language_alpha3(book.language),
        "grouping": series_title(book),
        "description": book.description,
        "comment": _credits(book),
    }
    return {name: value for name, value in tags.items() if value}


def chapter_tags(book: RecordedBook, title: str, number: int, total: int) -> dict[str, str]:
    """Return the tags of a file with chapter `number` of `total`, by FFmpeg's names."""
    return book_tags(book) | {"title": title, "track": f"{number}/{total}"}


def series_title(book: RecordedBook) -> str:
    """Return the series with the book's number in it, as in "The Barsoom novels, 2"; "" without a series."""
    return ", ".join(filter(None, (book.series, book.series_position))) if book.series else ""


def file_marks(spans: Sequence[ChapterSpan], rate: int) -> list[Any]:
    """Return the chapters as PyAV takes them, in samples."""
    return [
        {
            "id": number,
            "start": span.start,
            "end": span.end,
            "time_base": Fraction(1, rate),
            "metadata": {"title": title},
        }
        for number, (span, title) in enumerate(zip(spans, player_titles(spans), strict=True))
    ]


def player_titles(spans: Sequence[ChapterSpan]) -> list[str]:
    """Return the titles of chapters for players: short, and with the part of the book before its first chapter."""
    titles, last_part = [], ""
    for number, span in enumerate(spans, 1):
        title = " ".join(span.chapter.title.split()) or str(number)
        if span.chapter.part and span.chapter.part != last_part:
            title = f"{' '.join(span.chapter.part.split())} – {title}"
        last_part = span.chapter.part
        titles.append(cut_text(title))
    return titles


def cut_text(text: str, most_bytes: int = MAX_TITLE_BYTES) -> str:
    """Return text cut to `most_bytes` of UTF-8, with an ellipsis if something is missing."""
    if len(text.encode()) <= most_bytes:
        return text
    return text.encode()[: most_bytes - len("…".encode())].decode(errors="ignore").rstrip() + "…"


def language_alpha3(code: str) -> str:
    """Return the three letters of a language as MP4 and Matroska name it; "und" if unknown."""
    from langcodes import Language

    try:
        return Language.get(code).to_alpha3()
    except (LookupError, ValueError):
        return "und"


def _credits(book: RecordedBook) -> str:
    """Return who speaks, and that the voices are synthetic."""
    cast = [f"{speaker}: {voice}" for speaker, voice in book.voices.items() if speaker != NARRATOR]
    spoken = f"Narrated by {book.narrator}. " if book.narrator else ""
    return f"{spoken}{'; '.join(cast)}{'. ' if cast else ''}The voices are synthetic."
