"""Reader of plain text: hard-wrapped lines, one paragraph a line, headings in English and Chinese."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path

from funaudio_core.books.blocks import Block, Reference, plain_block, resolve_notes, verse_block
from funaudio_core.books.chapters import divide_at_headings, select_chapters
from funaudio_core.books.model import NOTE, PARAGRAPH, Book
from funaudio_core.books.readers.text_headings import mark_headings

MAX_WRAP_COLUMNS = 100
_MIN_WRAPPED_SHARE = 0.6  # of the lines inside blocks; prose has .9, verse and lists .3
_MAX_FINAL_SHARE = 0.5  # of lines inside blocks that end sentences; wrapped prose has .1, a paragraph a line nearly 1
_VERSE_FILL = 0.75  # of the column; lines that are all shorter are verse
_START = re.compile(r"^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*$", re.MULTILINE | re.IGNORECASE)
_END = re.compile(r"^\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG.*", re.MULTILINE | re.IGNORECASE | re.DOTALL)
_FACT = re.compile(r"^(Title|Author):[ \t]*(.+)$", re.MULTILINE)
_PAGE_NUMBER = re.compile(r"\s*(?:[-–—\[]\s*)?(?:page\s*)?\d{1,4}(?:\s*[-–—\]])?\s*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…。！？:：\"”’」』)）*_—-]\s*$")
_EMPHASIS = re.compile(r"(?<![\w_])_(?=\S)([^_]+?)(?<=\S)_(?![\w_])")
_NOTE_BLOCK = re.compile(r"\[(?:footnote\s*)?(\d{1,3}|[*†‡A-Z])(?::\s*|\]\s*)(.+?)\]?", re.IGNORECASE | re.DOTALL)
_NOTE_MARK = re.compile(r"(?<=[^\s\[])\s?\[(\d{1,3}|[*†‡A-Z])\]")


def read_plain_text(path: Path, text: str) -> Book:
    """Read a text, its chapters found by their headings."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\u2028", "\n")
    start, end = _START.search(text), _END.search(text)
    facts = dict(_FACT.findall(text[: start.start()])) if start else {}
    text = text[start.end() if start else 0 : end.start() if end else len(text)]
    blocks = text_blocks(text.split("\n"))
    title = facts.get("Title", path.stem).strip()
    chapters = select_chapters(divide_at_headings(resolve_notes([blocks])[0], title))
    return Book(title, (facts["Author"].strip(),) if "Author" in facts else (), "", chapters)


def text_blocks(lines: list[str]) -> list[Block]:
    """Return the blocks of lines of text: paragraphs are joined, page numbers dropped, headings and notes marked."""
    lines = [line.expandtabs(4).rstrip() for line in lines]
    lines = _without_page_numbers(lines)
    groups = _groups(lines)
    columns = _wrap_columns(groups)
    if columns:
        groups = [part for group in groups for part in _divide_at_indents(group)]
        blocks = [_join(group, columns) for group in groups]
    else:
        blocks = [plain_block(line) for group in groups for line in group]
    for block in blocks:
        block.text = _EMPHASIS.sub(r"\1", block.text)
    return mark_headings(_mark_notes([block for block in blocks if block.text or block.kind != PARAGRAPH]))


def _without_page_numbers(lines: list[str]) -> list[str]:
    """Return the lines without page numbers; a number is one if the sentences around such lines go on."""
    numbers = [index for index, line in enumerate(lines) if line and _PAGE_NUMBER.fullmatch(line)]
    if len(numbers) < 3:
        return lines
    before = [next((lines[i] for i in range(index - 1, -1, -1) if lines[i].strip()), "") for index in numbers]
    if sum(not _SENTENCE_END.search(line) for line in before) < 0.3 * len(numbers):
        return lines
    dropped = set(numbers)
    kept: list[str] = []
    for index, line in enumerate(lines):
        if index in dropped:
            while kept and not kept[-1]:
                kept.pop()
        elif line or not (kept and index - 1 in dropped):
            kept.append(line)
    return kept


def _groups(lines: list[str]) -> list[list[str]]:
    """Return the runs of lines between empty lines."""
    groups: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _columns(line: str) -> int:
    """Return the width of a line, wide characters counted twice."""
    return len(line) if line.isascii() else sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _wrap_columns(groups: list[list[str]]) -> int:
    """Return the column at which lines are wrapped, or 0 if each line is a paragraph."""
    inner = [_columns(line) for group in groups for line in group[:-1]]
    if len(inner) < 3 or len(inner) * 10 < len(groups):
        return 0
    if sum(bool(_SENTENCE_END.search(line)) for group in groups for line in group[:-1]) > _MAX_FINAL_SHARE * len(inner):
        return 0
    widest = sorted(inner)[int(0.95 * (len(inner) - 1))]
    if not 20 <= widest <= MAX_WRAP_COLUMNS:
        return 0
    full = sum(0.7 * widest <= width <= 1.15 * widest for width in inner)
    return widest if full >= _MIN_WRAPPED_SHARE * len(inner) else 0


def _divide_at_indents(group: list[str]) -> list[list[str]]:
    """Return the paragraphs of a run in which each begins with an indent."""
    indents = [len(line) - len(line.lstrip()) for line in group]
    least = min(indents)
    starts = [
        index for index, indent in enumerate(indents) if least + 1 < indent <= least + 8 or group[index][0] == "\u3000"
    ]
    if not starts or len(starts) > 0.6 * len(group) or len(group) < 3:
        return [group]
    edges = sorted({0, *starts, len(group)})
    return [group[first:last] for first, last in pairwise(edges)]


def _join(group: list[str], columns: int) -> Block:
    """Return a run of lines as a paragraph, or as verse if its lines are short."""
    if len(group) > 1 and all(_columns(line.strip()) < _VERSE_FILL * columns for line in group):
        return verse_block(group)
    text = group[0].strip()
    for line in (line.strip() for line in group[1:]):
        is_divided = text.endswith("-") and text[-2:-1].isalpha() and not text.endswith("--") and line[:1].islower()
        is_chinese = ord(text[-1:] or " ") >= 0x2E80 or ord(line[:1] or " ") >= 0x2E80
        text = f"{text}{'' if is_divided or is_chinese else ' '}{line}"
    return plain_block(text)


def _mark_notes(blocks: list[Block]) -> list[Block]:
    """Mark blocks such as "[1] Text" as notes, and the marks "[1]" in the text before them as their references."""
    waiting: dict[str, Reference] = {}
    for number, block in enumerate(blocks):
        match = _NOTE_BLOCK.fullmatch(block.text) if block.kind == PARAGRAPH else None
        if match is None:
            _take_references(block, waiting)
            continue
        reference = waiting.pop(match[1], None)
        if reference is None and not block.text.lower().startswith("[footnote"):
            continue
        block.kind, block.text, block.note, block.keys = NOTE, match[2], "", (f"note-{number}",)
        if reference is not None:
            reference.target = block.keys[0]
    return blocks


def _take_references(block: Block, waiting: dict[str, Reference]) -> None:
    """Remove the marks of notes from a block and keep them as references."""
    out, start = "", 0
    for mark in _NOTE_MARK.finditer(block.text):
        out += block.text[start : mark.start()]
        start = mark.end()
        reference = Reference(len(out), "", mark[1], is_certain=True)
        block.references.append(reference)
        waiting[mark[1]] = reference
    block.text = out + block.text[start:]
