"""Reading of books from files of any supported format."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from funaudio_core.books.model import HEADING, NOTE, PROSE, Book
from funaudio_core.books.readers.archive import Archive
from funaudio_core.books.readers.docx import DOCUMENT, read_docx
from funaudio_core.books.readers.encodings import decode_text
from funaudio_core.books.readers.epub import read_epub
from funaudio_core.books.readers.marked_up import read_html, read_markdown
from funaudio_core.books.readers.pdf import read_pdf
from funaudio_core.books.readers.plain_text import read_plain_text
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.text import is_speakable
from funaudio_core.text.passage_language import document_language

SUFFIXES = (".epub", ".txt", ".md", ".markdown", ".html", ".htm", ".xhtml", ".docx", ".pdf")
MAX_FILE_BYTES = 200 * 2**20
MAX_TEXT_BYTES = 20 * 2**20  # of files that are text; 5 million characters of Chinese have 15 MB
MAX_CHARACTERS = 5_000_000
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?(?:<!doctype html|<html[\s>])", re.IGNORECASE | re.DOTALL
)
_OTHER_FORMAT = Message("This e-book format can't be read. Convert the book to EPUB, for example with Calibre.")
_PACKED = Message("Packed archives can't be read. Unpack the book first.")
_PICTURE = Message("This is a picture. Run text recognition (OCR) on it first.")
_KINDS: tuple[tuple[bytes, Message], ...] = (
    (b"{\\rtf", Message("RTF files can't be read. Save the book as DOCX or TXT.")),
    (b"\xd0\xcf\x11\xe0", Message("Old Word files (.doc) can't be read. Save the book as DOCX.")),
    (b"ITOLITLS", _OTHER_FORMAT),
    (
        b"AT&TFORM",
        Message("This DjVu file can't be read. Run text recognition (OCR) on it, and save the text as PDF or TXT."),
    ),
    (b"Rar!", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"\x1f\x8b", _PACKED),
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
)
_COMIC = Message("The archive holds only pictures. Run text recognition (OCR) on them first.")
_OFFICE = Message("This is a spreadsheet or a set of slides. Save its text as DOCX or TXT.")
# Archives of other programs, by a pattern of a name in them.
_ZIP_KINDS: tuple[tuple[re.Pattern[str], Message], ...] = (
    (
        re.compile(r"content\.xml|Configurations2/.*"),
        Message("OpenDocument files can't be read. Save the book as DOCX."),
    ),
    (re.compile(r"Index/.*\.iwa|Index\.zip"), Message("Pages documents can't be read. Export the book as EPUB.")),
    (re.compile(r"(?:xl|ppt)/.*"), _OFFICE),
    (re.compile(r".*\.fb2", re.IGNORECASE), _OTHER_FORMAT),
    (re.compile(r"word/.*"), Message("The DOCX is damaged: its text is missing. Save it again.")),
)
_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp")
_KINDLE = Message("Kindle books (MOBI, AZW) can't be read. Convert the book to EPUB, for example with Calibre.")


def read_book(path: Path) -> Book:
    """Read a book; the format is told by the content, Markdown by the file's name.

    Args:
        path: EPUB, TXT, Markdown, HTML, DOCX or PDF file.

    Returns:
        The book, with at least one chapter that has text.

    Raises:
        BadInput: The file can't be read as a book; the message names the remedy.
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise BadInput(
            "The file has {size:,} MB; the limit is {most} MB. Split the book.",
            size=size >> 20,
            most=MAX_FILE_BYTES >> 20,
        )
    if not size:
        raise BadInput("The file is empty. Choose a book with text.")
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        book = _reader(path, head)(path)
    except RecursionError as error:
        raise BadInput("The book's markup is nested too deeply. Export it again, for example with Calibre.") from error
    return _finish(book)


def _reader(path: Path, head: bytes) -> Callable[[Path], Book]:
    """Return the reader for a file that begins with `head`. Raise BadInput if its format isn't supported."""
    if head.startswith(b"PK"):
        return _zip_reader(path)
    if b"%PDF-" in head[:1024]:
        return read_pdf
    if head[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        raise BadInput(_KINDLE)
    for start, sentence in _KINDS:
        if head.startswith(start):
            raise BadInput(sentence)
    if b"<FictionBook" in head:
        raise BadInput(_OTHER_FORMAT)
    return _read_text_file


def _zip_reader(path: Path) -> Callable[[Path], Book]:
    """Return the reader for a ZIP archive; an EPUB without the right media type is one all the same."""
    with Archive(path) as archive:
        names = archive.names
    if DOCUMENT in names:
        return read_docx
    if any(name.lower().endswith(".opf") or name == "META-INF/container.xml" for name in names):
        return read_epub
    for pattern, sentence in _ZIP_KINDS:
        if any(pattern.fullmatch(name) for name in names):
            raise BadInput(sentence)
    if names and all(name.lower().endswith(_PICTURE_SUFFIXES) for name in names):
        raise BadInput(_COMIC)
    raise BadInput("The archive isn't a book. Unpack it and choose an EPUB, TXT, Markdown, HTML, DOCX or PDF file.")


def _read_text_file(path: Path) -> Book:
    """Read a plain text, Markdown or HTML file."""
    size = path.stat().st_size
    if size > MAX_TEXT_BYTES:
        raise BadInput(
            "The text has {size:,} MB; the limit is {most} MB. Split the book.",
            size=size >> 20,
            most=MAX_TEXT_BYTES >> 20,
        )
    data = path.read_bytes()
    if path.suffix.lower() in (".html", ".htm", ".xhtml") or _HTML.match(data[:4096]):
        return read_html(path, data)
    text, encoding = decode_text(data)
    book = read_markdown(path, text) if path.suffix.lower() in (".md", ".markdown") else read_plain_text(path, text)
    guess = Message("The text was read as {encoding}. If letters look wrong, save it as UTF-8.", encoding=encoding)
    return replace(book, notes=(*book.notes, guess)) if encoding else book


def _finish(book: Book) -> Book:
    """Return the book with its language and without chapters that have no text; check its size."""
    chapters = tuple(
        chapter for chapter in book.chapters if any(is_speakable(passage.text) for passage in chapter.passages)
    )
    prose = [passage.text for chapter in chapters for passage in chapter.passages if passage.kind in PROSE]
    headings = [passage.text for chapter in chapters for passage in chapter.passages if passage.kind == HEADING]
    if not any(map(is_speakable, prose or headings)):
        has_notes = any(passage.kind == NOTE for chapter in chapters for passage in chapter.passages)
        if has_notes:
            raise BadInput("The book has nothing but notes. Choose a book with text.")
        raise BadInput("The book has no text, perhaps only pictures. Choose an edition with text.")
    characters = sum(map(len, prose))
    if characters > MAX_CHARACTERS:
        raise BadInput(
            "The book has {count:,} characters; the limit is {most:,}. Split it.", count=characters, most=MAX_CHARACTERS
        )
    title = book.title.encode("utf-8", "replace").decode()  # a file's name may not be Unicode
    return with_language(replace(book, title=title, chapters=chapters))


def with_language(book: Book) -> Book:
    """Return the book with the ISO 639 code of its language, or "": that of its tag unless the text contradicts it."""
    passages = [passage for chapter in book.chapters for passage in chapter.passages]
    prose = [passage.text for passage in passages if passage.kind in PROSE]
    headings = [passage.text for passage in passages if passage.kind == HEADING]
    return replace(book, language=document_language("\n".join(prose or headings), book.language))
