"""Reader of EPUB 2 and 3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from funaudio_core.books.blocks import Block, resolve_notes
from funaudio_core.books.chapters import (
    OUT_OF_ORDER,
    Item,
    divide_at_headings,
    is_chapter_title,
    reason_to_leave_out,
    select_chapters,
)
from funaudio_core.books.model import HEADING, NOTE, Book, Chapter, Passage
from funaudio_core.books.readers.archive import Archive
from funaudio_core.books.readers.dom import parse_html, roles, tag
from funaudio_core.books.readers.epub_contents import Entry, Package, check_rights, read_package
from funaudio_core.books.readers.html_blocks import read_blocks
from funaudio_core.errors import BadInput
from funaudio_core.message import Message

_ROLE_TAGS = ("body", "section", "article", "div")
_COVER_BYTES = 10 * 2**20
_NO_CONTENTS = Message("The book has no contents; its chapters were found by their headings.")


@dataclass(slots=True)
class _Document:
    """Document of the spine: its roles, and its blocks with passages once notes are resolved."""

    name: str
    is_linear: bool
    roles: frozenset[str]
    blocks: list[Block]
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """Chapter while it is being collected."""

    title: str
    entry: Entry | None
    document: _Document
    items: list[Item] = field(default_factory=list)


def read_epub(path: Path) -> Book:
    """Read an EPUB.

    Raises:
        BadInput: It is protected, damaged, too large or has no text.
    """
    with Archive(path) as archive:
        check_rights(archive)
        package = read_package(archive)
        documents = [_read_document(archive, package, name, is_linear) for name, is_linear in package.spine]
        cover = _read_cover(archive, package)
    for document, items in zip(documents, resolve_notes([document.blocks for document in documents]), strict=True):
        document.items = items
    title = package.title or path.stem
    if package.entries:
        chapters = _name_parts(_drafts(documents, package), package)
    else:
        chapters = tuple(_left_out(documents)) + divide_at_headings(
            [item for document in documents if _reason(document, "") is None for item in document.items], title
        )
    chapters = select_chapters([chapter for chapter in chapters if chapter.passages])
    notes = () if package.entries else (_NO_CONTENTS,)
    return Book(title, package.authors, package.language, chapters, cover, notes)


def _read_document(archive: Archive, package: Package, name: str, is_linear: bool) -> _Document:
    data = archive.read(name)
    try:
        root = parse_html(data)
    except BadInput:  # an empty document
        return _Document(name, is_linear, frozenset(), [])
    found: frozenset[str] = frozenset(package.landmarks.get(name, ()))
    for node in root.iter():
        if tag(node) == "body" or (
            tag(node) in _ROLE_TAGS and node.getparent() is not None and tag(node.getparent()) == "body"
        ):
            found |= roles(node)
    return _Document(name, is_linear, found, read_blocks(root, name))


def _read_cover(archive: Archive, package: Package) -> bytes:
    """Return the image of the cover, or b"" if there is none or it can't be read."""
    if not package.cover or archive.find(package.cover) is None:
        return b""
    try:
        image = archive.read(package.cover)
    except BadInput:
        return b""
    return image if len(image) <= _COVER_BYTES else b""


def _reason(document: _Document, title: str) -> Message | None:
    """Return the reason to leave a document out, or None."""
    return reason_to_leave_out(title, document.roles) or (None if document.is_linear else OUT_OF_ORDER)


def _left_out(documents: list[_Document]) -> Iterator[Chapter]:
    for document in documents:
        reason = _reason(document, "")
        if reason is not None and document.items:
            yield Chapter(_first_heading(document.items) or reason, _passages(document.items)).leave_out(reason)


def _drafts(documents: list[_Document], package: Package) -> list[_Draft]:
    """Divide the documents at the places that the contents name.

    A document without a line in the contents goes on with the chapter before, unless it begins with a heading.
    """
    places: dict[str, list[Entry]] = {}
    for entry in package.entries:
        places.setdefault(entry.document, []).append(entry)
    drafts: list[_Draft] = []
    for document in documents:
        entries = {f"{document.name}#{entry.fragment}": entry for entry in reversed(places.get(document.name, []))}
        keys = {key for block, _ in document.items for key in block.keys}
        lost = [entry for key, entry in entries.items() if key not in keys]
        at_start = next((entry for entry in places.get(document.name, []) if entry in lost), None)
        if not entries:
            heading = document.items[0][1].text if document.items and document.items[0][0].kind == HEADING else ""
            if not drafts or heading or _reason(document, "") or drafts[-1].document.is_linear != document.is_linear:
                drafts.append(_Draft(heading, None, document))
        elif at_start is not None:
            drafts.append(_Draft(at_start.title, at_start, document))
        for item in document.items:
            place = next((entries.pop(key) for key in item[0].keys if key in entries), None)
            if place is not None and place is not at_start:
                drafts.append(_Draft(place.title, place, document))
            elif not drafts or (
                drafts[-1].document is not document and entries and at_start is None and not drafts[-1].items
            ):
                drafts.append(_Draft("", None, document))
            drafts[-1].items.append(item)
    return drafts


def _name_parts(drafts: list[_Draft], package: Package) -> tuple[Chapter, ...]:
    """Return the chapters with their parts; a part's own page of headings is put before its first chapter."""
    parts = _parts(package.entries)
    has_numbered = any(draft.entry and is_chapter_title(draft.entry.title) for draft in drafts)
    chapters: list[Chapter] = []
    waiting: tuple[Passage, ...] = ()
    for draft in drafts:
        passages = _passages(draft.items)
        title = draft.title or _first_heading(draft.items)
        reason = _reason(draft.document, title)
        if draft.entry and draft.entry.has_children and all(passage.kind in (HEADING, NOTE) for passage in passages):
            waiting += passages
            continue
        part = parts.get(id(draft.entry), "") if draft.entry else ""
        chapter = Chapter(title or Message("Untitled"), (*waiting, *passages) if reason is None else passages, part)
        if reason is None:
            waiting = ()
            if (
                draft.entry is None
                and has_numbered
                and not any(c.is_selected for c in chapters)
                and not is_chapter_title(title)
            ):
                reason = reason_to_leave_out(title, frozenset({"frontmatter"}))
        chapters.append(chapter if reason is None else chapter.leave_out(reason))
    return tuple(chapters)


def _parts(entries: list[Entry]) -> dict[int, str]:
    """Return the title above each line of the contents, by id() of the line."""
    above: list[Entry] = []
    parts = {}
    for entry in entries:
        above = above[: entry.depth]
        parts[id(entry)] = above[-1].title if above else ""
        above.append(entry)
    return parts


def _first_heading(items: list[Item]) -> str:
    return next((passage.text for block, passage in items if block.kind == HEADING), "")


def _passages(items: list[Item]) -> tuple[Passage, ...]:
    return tuple(passage for _, passage in items)
