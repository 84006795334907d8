"""Readers of single HTML and Markdown files."""

from __future__ import annotations

import html
import re
from pathlib import Path

from funaudio_core.books.blocks import resolve_notes
from funaudio_core.books.chapters import divide_at_headings, select_chapters
from funaudio_core.books.model import Book
from funaudio_core.books.readers.dom import children, parse_html, text_of
from funaudio_core.books.readers.html_blocks import read_blocks

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n(?:---|\.\.\.)\n", re.DOTALL)
_FIELD = re.compile(r"^(\w+):[ \t]*(.*)$", re.MULTILINE)
_NOTE_TEXT = re.compile(r"^\[\^([\w-]+)\]:[ \t]*(.*(?:\n(?:[ \t]+.*|(?=\n[ \t]{4})))*)", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^([\w-]+)\]")


def read_html(path: Path, data: bytes) -> Book:
    """Read an HTML file, its chapters divided at headings.

    Raises:
        BadInput: It has no text.
    """
    root = parse_html(data)
    titles = [text for node in children(root, "title") if (text := text_of(node))]
    authors = tuple(
        node.get("content") for node in children(root, "meta") if node.get("name") == "author" and node.get("content")
    )
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    title = titles[0] if titles else path.stem
    items = resolve_notes([read_blocks(root, "document")])[0]
    return Book(title, authors, language, select_chapters(divide_at_headings(items, title)))


def read_markdown(path: Path, text: str) -> Book:
    """Read a Markdown file (CommonMark, footnotes and a YAML header), its chapters divided at headings.

    Raises:
        BadInput: It has no text.
    """
    from markdown_it import MarkdownIt

    text = text.replace("\r\n", "\n")
    header = _FRONT_MATTER.match(text)
    facts = {name: value.strip().strip("\"'") for name, value in _FIELD.findall(header[1])} if header else {}
    text = text[header.end() :] if header else text
    notes = {name: " ".join(words.split()) for name, words in _NOTE_TEXT.findall(text)}
    body = MarkdownIt("commonmark", {"html": True}).render(_NOTE_TEXT.sub("", text))
    body = _NOTE_MARK.sub(lambda mark: _reference(mark[1]) if mark[1] in notes else mark[0], body)
    body += "".join(
        f'<aside role="doc-footnote" id="note-{html.escape(name)}">{html.escape(words)}</aside>'
        for name, words in notes.items()
    )
    book = read_html(path, f"<html><body>{body}</body></html>".encode())
    return Book(facts.get("title") or book.title, (facts["author"],) if facts.get("author") else (), "", book.chapters)


def _reference(name: str) -> str:
    return f'<a role="doc-noteref" href="#note-{html.escape(name)}">{html.escape(name)}</a>'
