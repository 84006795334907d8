"""Source of a show: sections of numbered sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from funaudio_core.books.model import HEADING, PROSE, Book
from funaudio_core.books.readers.marked_up import read_html, read_markdown
from funaudio_core.books.readers.plain_text import read_plain_text
from funaudio_core.books.reading import read_book, with_language
from funaudio_core.errors import BadInput
from funaudio_core.podcast.pace import count_words
from funaudio_core.podcast.terms import inverse_frequency, terms_of
from funaudio_core.text import is_speakable, split_sentences

MAX_SENTENCE_CHARACTERS = 1_000
MAX_PASTED_CHARACTERS = 1_000_000
_HTML = re.compile(r"<(?:!doctype|html|body|p|div|article|h[1-6]|li|br|section|span|a\s)\b[^>]*>", re.IGNORECASE)
_MARKDOWN = re.compile(r"^(?:#{1,6} |\* |- |\d+\. |>)", re.MULTILINE)
_PASTED = Path("text.txt")


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """Sentence of a source: its number from 1, its words, and the number of its section from 0."""

    number: int
    text: str
    section: int


@dataclass(frozen=True)
class Source:
    """Text that a show is about.

    Attributes:
        title: Title, or "" if the text has none.
        language: ISO 639 code.
        headings: Heading of each section, "" for one without.
        sentences: All sentences in order.
    """

    title: str
    language: str
    headings: tuple[str, ...]
    sentences: tuple[SourceSentence, ...]

    @cached_property
    def terms(self) -> tuple[tuple[str, ...], ...]:
        """Return the terms of each sentence."""
        return tuple(tuple(terms_of(each.text, self.language)) for each in self.sentences)

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Return the weight of each term, see inverse_frequency()."""
        return inverse_frequency(self.terms)

    def sections(self) -> list[list[SourceSentence]]:
        """Return the sentences of each section."""
        found: list[list[SourceSentence]] = [[] for _ in self.headings]
        for sentence in self.sentences:
            found[sentence.section].append(sentence)
        return found

    def count_words(self) -> int:
        """Return the number of words, in a script without spaces of characters."""
        return sum(count_words(each.text, self.language) for each in self.sentences)


def read_source(path: Path) -> Source:
    """Read a source from a book or a document. Raise BadInput if it can't be read."""
    return source_of_book(read_book(path))


def paste_source(text: str) -> Source:
    """Read a source from pasted text, Markdown or HTML. Raise BadInput if it has no sentences."""
    if not is_speakable(text):
        raise BadInput("There is no text to make a show of. Paste a text or choose a file.")
    if len(text) > MAX_PASTED_CHARACTERS:
        raise BadInput(
            "The text is too long ({count:,} characters; the limit is {most:,}). Shorten or split it.",
            count=len(text),
            most=MAX_PASTED_CHARACTERS,
        )
    if _HTML.search(text):
        book = read_html(_PASTED, text.encode())
    elif _MARKDOWN.search(text):
        book = read_markdown(_PASTED, text)
    else:
        book = read_plain_text(_PASTED, text)
    return source_of_book(with_language(book))


def source_of_book(book: Book) -> Source:
    """Return the sentences of the selected chapters of a book, a section for each heading.

    Raises:
        BadInput: It has no sentences.
    """
    chapters = book.selected or book.chapters
    language = book.language or "en"
    title = "" if book.title == _PASTED.stem else book.title
    headings: list[str] = []
    sentences: list[SourceSentence] = []
    for chapter in chapters:
        headings.append(chapter.title)
        above = ""  # the heading right before the next passage
        for passage in chapter.passages:
            if passage.kind == HEADING:
                if above and not sentences:
                    title = title or above
                if not sentences or sentences[-1].section < len(headings) - 1:
                    headings[-1] = passage.text  # of a section that has no sentence yet
                else:
                    headings.append(passage.text)
                above = passage.text
            elif passage.kind in PROSE:
                above = ""
                for text in split_sentences(" ".join(passage.text.split()), language, MAX_SENTENCE_CHARACTERS):
                    if is_speakable(text):
                        sentences.append(SourceSentence(len(sentences) + 1, text, len(headings) - 1))
    if not sentences:
        raise BadInput("There are no sentences in the text. Paste some, or choose another file.")
    title = "" if title == _PASTED.stem else title
    clean = tuple("" if heading in ("", _PASTED.stem) else " ".join(heading.split()) for heading in headings)
    return Source(title, language, clean, tuple(sentences))
