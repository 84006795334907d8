"""Data types of a book: chapters of passages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from funaudio_core.message import Message
from funaudio_core.text import split_sentences

HEADING, PARAGRAPH, VERSE, NOTE, BREAK = "heading", "paragraph", "verse", "note", "break"
PROSE = frozenset({PARAGRAPH, VERSE})


@dataclass(frozen=True, slots=True)
class Note:
    """Footnote or endnote; its reference stood before character `position` of the passage's text."""

    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Block of a chapter.

    Attributes:
        kind: HEADING, PARAGRAPH, VERSE, NOTE, or BREAK for a change of scene.
        text: Text without marks of notes; lines of verse are separated by newlines; "" for a break.
        notes: Notes that the text refers to, by position.
    """

    kind: str
    text: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """Chapter of a book.

    Attributes:
        title: Title as in the contents of the book, or its heading.
        passages: Its passages in order.
        part: Title of the part that it belongs to, or "".
        is_selected: The chapter is narrated unless the listener decides otherwise.
        reason: Reason why it isn't selected, for people.
    """

    title: str
    passages: tuple[Passage, ...]
    part: str = ""
    is_selected: bool = True
    reason: Message | None = None

    @property
    def characters(self) -> int:
        """Return the number of characters of headings, paragraphs and verse."""
        return sum(len(passage.text) for passage in self.passages if passage.kind != NOTE)

    def leave_out(self, reason: Message) -> Chapter:
        """Return the chapter not selected."""
        return replace(self, is_selected=False, reason=reason)


@dataclass(frozen=True, slots=True)
class Book:
    """Book as it was read.

    Attributes:
        title: Title, or the file's name.
        authors: Names of the authors.
        language: ISO 639 code of the language; "" if unknown.
        chapters: All chapters in reading order, also those that aren't selected.
        cover: Image of the cover, or b"".
        notes: Sentences on what was guessed or mended.
    """

    title: str
    authors: tuple[str, ...]
    language: str
    chapters: tuple[Chapter, ...]
    cover: bytes = b""
    notes: tuple[Message, ...] = ()

    @property
    def selected(self) -> tuple[Chapter, ...]:
        """Return the chapters that are narrated."""
        return tuple(chapter for chapter in self.chapters if chapter.is_selected)


def spoken_passages(chapter: Chapter, language: str, *, with_notes: bool = False) -> tuple[Passage, ...]:
    """Return the passages that are narrated.

    Args:
        chapter: The chapter.
        language: Language of the book, which decides where sentences end.
        with_notes: Insert each note after the sentence that refers to it; otherwise notes are left out.

    Returns:
        Passages without notes of their own; with notes, a passage that has some is divided after these sentences.
    """
    if not with_notes:
        return tuple(replace(passage, notes=()) for passage in chapter.passages if passage.kind != NOTE)
    return tuple(part for passage in chapter.passages for part in _divide(passage, language))


def _divide(passage: Passage, language: str) -> list[Passage]:
    """Return the passage divided after each sentence with notes, and these notes."""
    if not passage.notes:
        return [passage]
    ends = _sentence_ends(passage.text, language)
    parts: list[Passage] = []
    start = 0
    for note in sorted(passage.notes, key=lambda note: note.position):
        end = next((end for end in ends if end >= note.position), len(passage.text))
        if text := passage.text[start:end].strip():
            parts.append(Passage(passage.kind, text))
        parts.append(Passage(NOTE, note.text))
        start = max(start, end)
    rest = passage.text[start:].strip()
    return [*parts, Passage(passage.kind, rest)] if rest or not parts else parts


def _sentence_ends(text: str, language: str) -> list[int]:
    """Return the index after each sentence."""
    ends, start = [], 0
    for sentence in split_sentences(text, language):
        words = r"\s+".join(map(re.escape, sentence.split()))
        match = re.compile(words).search(text, start) if words else None
        if match:
            start = match.end()
            ends.append(start)
    return ends
