"""Reader of DOCX: the text with headings by style, footnotes and endnotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from funaudio_core.books.blocks import Block, Reference, heading_block, plain_block, resolve_notes, verse_block
from funaudio_core.books.chapters import divide_at_headings, select_chapters
from funaudio_core.books.model import HEADING, NOTE, PARAGRAPH, Book
from funaudio_core.books.readers.archive import Archive
from funaudio_core.books.readers.dom import Element, children, parse_xml, tag, text_of
from funaudio_core.books.readers.text_headings import mark_headings

DOCUMENT = "word/document.xml"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SKIPPED = frozenset(
    {"del", "movefrom", "instrtext", "deltext", "fallback", "drawing", "pict", "object", "sectpr", "ppr", "rpr"}
)
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|标题|標題)\s*(\d)", re.IGNORECASE)
_TITLE_LEVEL = 1
_TITLE_STYLES = frozenset({"title", "标题", "標題"})
_SKIPPED_STYLES = re.compile(r"toc(?: heading|\s*\d)|table of .*|index \d|目录.*", re.IGNORECASE)


def read_docx(path: Path) -> Book:
    """Read a DOCX file; without headings by style, numbered chapters are found by their text.

    Raises:
        BadInput: It is damaged or too large.
    """
    with Archive(path) as archive:
        styles = _read_styles(archive)
        blocks = [*_read_blocks(parse_xml(archive.read(DOCUMENT)), styles)]
        for kind in ("footnote", "endnote"):
            if archive.find(f"word/{kind}s.xml"):
                blocks += _read_notes(parse_xml(archive.read(f"word/{kind}s.xml")), kind, styles)
        title, authors = _read_properties(archive)
    if not any(block.kind == HEADING for block in blocks):
        blocks = mark_headings(blocks)
    title = title or path.stem
    return Book(title, authors, "", select_chapters(divide_at_headings(resolve_notes([blocks])[0], title)))


def _read_properties(archive: Archive) -> tuple[str, tuple[str, ...]]:
    """Return the title and the author."""
    if archive.find("docProps/core.xml") is None:
        return "", ()
    root = parse_xml(archive.read("docProps/core.xml"))
    title = next((text_of(node) for node in children(root, "title")), "")
    return title, tuple(text for node in children(root, "creator") if (text := text_of(node)))


def _read_styles(archive: Archive) -> dict[str, str]:
    """Return the names of the paragraph styles by id, those of styles with an outline level as "heading N"."""
    if archive.find("word/styles.xml") is None:
        return {}
    styles = {}
    for style in children(parse_xml(archive.read("word/styles.xml")), "style"):
        name = next((node.get(f"{_WORD}val") or "" for node in style if tag(node) == "name"), "")
        levels = [node.get(f"{_WORD}val") or "9" for node in children(style, "outlinelvl")]
        styles[style.get(f"{_WORD}styleId") or ""] = (
            f"heading {int(levels[0]) + 1}" if levels and levels[0] < "9" else name
        )
    return styles


def _read_blocks(root: Element, styles: dict[str, str]) -> Iterator[Block]:
    for paragraph in _paragraphs(root):
        pieces: list[str] = []
        references: list[Reference] = []
        _read_run(paragraph, pieces, references)
        text = "".join(pieces)
        name = _style(paragraph, styles)
        if _SKIPPED_STYLES.fullmatch(name) or not (text.strip() or references):
            continue
        block = _block(text, name)
        block.references = references if block.kind == PARAGRAPH else []
        yield block


def _paragraphs(element: Element) -> Iterator[Element]:
    """Yield the paragraphs outside of skipped elements."""
    for child in element:
        if tag(child) == "p":
            yield child
        elif tag(child) not in _SKIPPED:
            yield from _paragraphs(child)


def _style(paragraph: Element, styles: dict[str, str]) -> str:
    for properties in paragraph:
        if tag(properties) == "ppr":
            for node in properties:
                if tag(node) == "outlinelvl" and (node.get(f"{_WORD}val") or "9") < "9":
                    return f"heading {int(node.get(f'{_WORD}val')) + 1}"
            for node in properties:
                if tag(node) == "pstyle":
                    return styles.get(node.get(f"{_WORD}val") or "", node.get(f"{_WORD}val") or "")
    return ""


def _read_run(element: Element, pieces: list[str], references: list[Reference]) -> None:
    """Collect the text of a paragraph and its references to notes."""
    for child in element:
        name = tag(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name in ("br", "cr"):
            pieces.append("\n")
        elif name == "tab":
            pieces.append(" ")
        elif name in ("footnotereference", "endnotereference"):
            key = f"{name.removesuffix('reference')}-{child.get(f'{_WORD}id')}"
            references.append(Reference(sum(map(len, pieces)), key, "", is_certain=True))
        elif name not in _SKIPPED:
            _read_run(child, pieces, references)


def _block(text: str, style: str) -> Block:
    level = _HEADING.match(style)
    if level and text.strip():
        return heading_block(text, int(level[1]))
    if style.lower() in _TITLE_STYLES and text.strip():
        return heading_block(text, _TITLE_LEVEL)
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1:
        return verse_block(lines)
    block = plain_block(text)
    if block.text and text != block.text:  # keep the positions of notes
        block.text = text.rstrip()
    return block


def _read_notes(root: Element, kind: str, styles: dict[str, str]) -> Iterator[Block]:
    for note in root:
        if tag(note) == kind and note.get(f"{_WORD}type") in (None, "normal"):
            key = f"{kind}-{note.get(f'{_WORD}id')}"
            text = " ".join(block.text.strip() for block in _read_blocks(note, styles))
            if text.strip():
                yield Block(NOTE, text.strip(), keys=(key,), note=key)
