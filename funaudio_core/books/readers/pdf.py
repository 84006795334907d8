"""Reader of PDF files with text: chapters by the outline, else by headings."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.books.blocks import Block, heading_block, plain_block, resolve_notes
from funaudio_core.books.chapters import divide_at_headings, select_chapters
from funaudio_core.books.model import HEADING, Book
from funaudio_core.books.readers.text_headings import PART_LEVEL, mark_headings
from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime import cancellation
from funaudio_core.runtime.cancellation import Cancelled

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5_000
MAX_CHARACTERS = 5_000_000
MAX_PAGE_BYTES = (
    4 * 2**20
)  # of a page's instructions, unpacked; a page of text has 5 kB, and pypdf reads about 1 MB a second
_MIN_PAGE_CHARACTERS = 8  # a page with fewer has no text
_MIN_TEXT_PAGES = 0.1  # share of pages with text; below it the file is a scan
_EDGE_LINES = 2  # at the top and the bottom of a page that may be running heads
_MIN_REPEATS = 3  # pages with the same running head
_SENTENCE_END = re.compile(r"[.!?…。！？:：][\"”’」』)）]*$")
_PAGE_NUMBER = re.compile(r"[-–—\[\s]*(?:\d{1,4}|[ivxlc]{1,7})[-–—\]\s]*", re.IGNORECASE)
_SHORT_LINE = 0.85  # of the usual width; a shorter line that ends a sentence ends its paragraph


def read_pdf(path: Path) -> Book:
    """Read a PDF file.

    Raises:
        BadInput: It is protected, damaged, too long, or has only pictures of text.
        Cancelled: The request was cancelled.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports each mended error
    try:
        return _read(path)
    except (BadInput, Cancelled):
        raise
    except Exception as error:  # a damaged file fails in pypdf in many ways
        raise BadInput("The PDF is damaged and can't be read. Export or download it again.") from error


def _read(path: Path) -> Book:
    from pypdf import PdfReader

    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise BadInput("The PDF has a password. Save a copy without one.")
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise BadInput("The PDF has {count:,} pages; the limit is {most:,}. Split it.", count=count, most=MAX_PAGES)
    notes: list[Message] = []
    pages = list(_page_lines(reader, notes))
    if sum(sum(map(len, page)) >= _MIN_PAGE_CHARACTERS for page in pages) <= _MIN_TEXT_PAGES * count:
        raise BadInput("The PDF has pictures of text instead of text. Run text recognition (OCR) on it first.")
    blocks = _blocks(_without_running_heads(pages), _outline(reader))
    facts = reader.metadata
    title = str((facts and facts.title) or path.stem).strip() or path.stem
    author = str((facts and facts.author) or "").strip()
    chapters = select_chapters(divide_at_headings(resolve_notes([blocks])[0], title))
    return Book(title, (author,) if author else (), "", chapters, notes=tuple(notes))


def _page_lines(reader: PdfReader, notes: list[Message]) -> Iterator[list[str]]:
    """Yield the lines of each page; none of a page that is left out, which a note names."""
    total = 0
    for number, page in enumerate(reader.pages, 1):
        cancellation.raise_if_cancelled()
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > MAX_PAGE_BYTES:
            notes.append(Message("Page {number} was left out: it is too complex, perhaps a drawing.", number=number))
            yield []
            continue
        lines = [line.strip() for line in page.extract_text().splitlines() if line.strip()]
        total += sum(map(len, lines))
        if total > MAX_CHARACTERS:
            raise BadInput("The book has more than {most:,} characters. Split it.", most=MAX_CHARACTERS)
        yield lines


def _outline(reader: PdfReader) -> dict[int, list[tuple[str, int]]]:
    """Return titles with levels of headings by the number of their page; {} without a usable outline."""
    found: dict[int, list[tuple[str, int]]] = {}

    def collect(entries: list[object], depth: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                collect(entry, depth + 1)
                continue
            page = reader.get_destination_page_number(entry)  # type: ignore[arg-type]
            title = " ".join(str(getattr(entry, "title", "")).split())
            if page is not None and page >= 0 and title:
                found.setdefault(page, []).append((title, min(PART_LEVEL + depth, 6)))

    try:
        collect(list(reader.outline), 0)
    except Exception:  # noqa: BLE001 (a damaged outline is as none)
        return {}
    return found


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """Return the lines of the pages without page numbers and without lines that recur at their edges."""

    def key(line: str) -> str:
        return re.sub(r"\d+", "#", line).casefold()

    edges = Counter(
        key(line)
        for page in pages
        for line in dict.fromkeys(page[:_EDGE_LINES] + page[-_EDGE_LINES:])
        if len(line) < 100
    )
    cleaned = []
    for page in pages:
        last = len(page) - _EDGE_LINES
        cleaned.append(
            [
                line
                for index, line in enumerate(page)
                if _EDGE_LINES <= index < last
                or not (_PAGE_NUMBER.fullmatch(line) or (len(line) < 100 and edges[key(line)] >= _MIN_REPEATS))
            ]
        )
    return cleaned


def _blocks(pages: list[list[str]], outline: dict[int, list[tuple[str, int]]]) -> list[Block]:
    """Return paragraphs across pages, with the headings of the outline, or those of numbered chapters."""
    widths = sorted(len(line) for page in pages for line in page)
    usual = widths[int(0.8 * (len(widths) - 1))] if widths else 0
    blocks: list[Block] = []
    text = ""
    for number, page in enumerate(pages):
        titles = list(outline.get(number, ()))
        if titles and text:
            blocks.append(plain_block(text))
            text = ""
        blocks += [heading_block(title, level) for title, level in titles]
        for line in _without_titles(page, titles):
            is_heading = not outline and mark_headings([plain_block(line)])[0].kind == HEADING
            if is_heading and text:
                blocks.append(plain_block(text))
                text = ""
            text = f"{text[:-1]}{line}" if _is_divided(text, line) else _join(text, line)
            if is_heading or (_SENTENCE_END.search(line) and len(line) < _SHORT_LINE * usual):
                blocks.append(plain_block(text))
                text = ""
    blocks += [plain_block(text)] if text else []
    return blocks if outline else mark_headings([block for block in blocks if block.text])


def _without_titles(page: list[str], titles: list[tuple[str, int]]) -> list[str]:
    """Return the lines without those at the top that repeat the titles of the outline."""
    words = {re.sub(r"\W+", "", title).casefold() for title, _ in titles}
    joined = "".join(sorted(words))
    return [
        line
        for index, line in enumerate(page)
        if index >= 2 * len(titles) + 1 or not (plain := re.sub(r"\W+", "", line).casefold()) or plain not in joined
    ]


def _is_divided(text: str, line: str) -> bool:
    return text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower()


def _join(text: str, line: str) -> str:
    is_chinese = ord(text[-1:] or " ") >= 0x2E80 and ord(line[:1] or " ") >= 0x2E80
    return f"{text}{'' if is_chinese or not text else ' '}{line}"
