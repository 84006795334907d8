"""Endpoints and MCP tools: plan a book, and narrate a short text or a chapter to a file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

from funaudio_core import settings
from funaudio_core.books.model import Book
from funaudio_core.errors import BadInput
from funaudio_core.narration.model import Cast, Options, Plan
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import narration_export as exports
from server.params import FilePath, parse_language
from tabs.audiobook import library
from tabs.audiobook.library import Source
from tabs.audiobook.routes import role_label
from tabs.components.outputs import output_path, safe_name, write_file

ALL_CHAPTERS = 0


def plan_audiobook(
    book: FilePath | None = None, text: str = "", language: str = "auto", engine: str = ""
) -> dict[str, Any]:
    """Tell how a book would be narrated: its chapters, who speaks, and with which voices.

    Args:
        book: EPUB, TXT, Markdown, HTML, DOCX or PDF file of up to 200 MB and 5,000,000 characters.
        text: Text in place of a file, up to 1,000,000 characters.
        language: ISO 639 code of the book, such as "en" or "zh"; "auto" for the one in the file or of the text.
        engine: Model id of the voices, such as "kokoro"; empty for the default.

    Returns:
        Title, authors, language, notes of the reader, chapters (number, title, characters, minutes, whether it is
        narrated, else the reason), and the cast (name, lines, sex, voice).
    """
    source = _source(book, text, language)
    read = library.read(source)
    chosen = [number for number, chapter in enumerate(read.chapters) if chapter.is_selected]
    plan = library.plan(source, chosen, with_notes=False)
    return describe_plan(read, plan, tasks.cast_plan(plan, engine))


def describe_plan(book: Book, plan: Plan, cast: Cast) -> dict[str, Any]:
    """Return a plan as plain values for the API."""
    return {
        "title": plan.title,
        "authors": list(plan.authors),
        "language": plan.language,
        "notes": [str(note) for note in book.notes],
        "chapters": [
            {
                "number": number,
                "title": chapter.title,
                "part": chapter.part,
                "characters": chapter.characters,
                "minutes": round(library.minutes(chapter, book.language), 1),
                "is_narrated": chapter.is_selected,
                "reason": str(chapter.reason or ""),
            }
            for number, chapter in enumerate(book.chapters, 1)
        ],
        "cast": [
            {
                "name": role_label(role.name, "en"),
                "lines": role.lines,
                "sex": role.sex,
                "voice": role.voice,
                "aliases": list(role.aliases),
            }
            for role in cast.roles
        ],
    }


def narrate(
    book: FilePath | None = None,
    text: str = "",
    chapter: int = ALL_CHAPTERS,
    language: str = "auto",
    format: str = "m4b",  # noqa: A002 (a parameter of the API)
    engine: str = "",
) -> tuple[FilePath, dict[str, Any]]:
    """Narrate a short text, or a chapter of a book, with a voice for each character; takes about as long as it sounds.

    Args:
        book: EPUB, TXT, Markdown, HTML, DOCX or PDF file. The narrated chapters have up to 5,000 characters in all,
            unless the server allows more; the page narrates whole books.
        text: Text in place of a file, of the same length.
        chapter: Number of the chapter, from 1, as plan_audiobook counts them; 0 for all that are narrated.
        language: ISO 639 code of the book, such as "en" or "zh"; "auto" for the one in the file or of the text.
        format: "m4b", "mp3", "m4a", "wav", "flac" (a ZIP archive), "epub", "srt", "vtt" or "json".
        engine: Model id of the voices, such as "kokoro"; empty for the default.

    Returns:
        The file, and what is in it: plan as of plan_audiobook, seconds, sentences that were not understood when they
        were heard again, and whether the watermark was found in every 30 seconds (null where it isn't looked for).
    """
    source = _source(book, text, language)
    read = library.read(source)
    plan = library.plan(source, _chosen(read, chapter), with_notes=False)
    _require_short(plan)
    cast = tasks.cast_plan(plan, engine)
    narration = tasks.narrate_now(plan, cast, Options())
    try:
        status = narration.status()
        made = exports.export_narration(narration, format)
        path = output_path(f"{safe_name(plan.title, 'audiobook')}{made.path.suffix}")
        shutil.copyfile(made.path, path)
    finally:
        narration.delete()
    facts = {
        **describe_plan(read, plan, cast),
        "seconds": round(status.seconds, 1),
        "not_understood": [{"text": flag.text, "heard": flag.heard} for flag in status.flags],
        "has_watermark": made.has_watermark,
    }
    return str(path), facts


def _source(book: str | None, text: str, language: str) -> Source:
    """Return the source of a file or a text. Raise BadInput if there is neither, or both."""
    if bool(book) == bool(text.strip()):
        raise BadInput("Send either a file (book) or a text.")
    path = book or write_file(library.require_pasted(text), "text.txt")
    return replace(Source(path), language=parse_language(language) or "")


def _chosen(book: Book, chapter: int) -> list[int]:
    """Return the numbers of the chapters from 0. Raise BadInput if there is no such chapter."""
    if chapter == ALL_CHAPTERS:
        return [number for number, each in enumerate(book.chapters) if each.is_selected]
    if not 1 <= chapter <= len(book.chapters):
        raise BadInput(
            "There is no chapter {number}. Choose 1 to {count}, or 0 for all.",
            number=chapter,
            count=len(book.chapters),
        )
    return [chapter - 1]


def _require_short(plan: Plan) -> None:
    """Raise BadInput if a plan is too long for a single request."""
    count, most = sum(chapter.characters for chapter in plan.chapters), settings.read().max_characters
    if count > most:
        raise BadInput(
            "These chapters have {count:,} characters; a request may have {most:,}. Choose a shorter chapter, or "
            "narrate the book on the page.",
            count=count,
            most=most,
        )
