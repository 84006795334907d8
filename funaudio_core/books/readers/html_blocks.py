"""Blocks of an HTML or XHTML document: what is read aloud, notes, headings and changes of scene."""

from __future__ import annotations

import re

from funaudio_core.books.blocks import SOFT_HYPHEN, Block, Reference, heading_block, plain_block
from funaudio_core.books.model import BREAK, HEADING, PARAGRAPH, VERSE
from funaudio_core.books.readers.archive import join_name
from funaudio_core.books.readers.dom import Element, roles, tag
from funaudio_core.books.readers.raised import read_raised

_SKIPPED_TAGS = frozenset(
    ("audio", "form", "head", "iframe", "map", "math", "nav", "object", "rp", "rt", "rtc", "script", "style", "svg")
) | {"template", "video"}
_SMALL_TAGS = frozenset(("li", "div", "aside", "p", "dd", "td", "blockquote"))  # one of these may be a whole note
_HEADING_TAGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_TAGS = (
    frozenset(("address", "article", "body", "caption", "center", "details", "dl", "dt", "fieldset", "figcaption"))
    | {"figure", "footer", "header", "hgroup", "html", "main", "ol", "pre", "section", "summary", "table", "tbody"}
    | {"tfoot", "th", "thead", "tr", "ul"}
    | _SMALL_TAGS
    | _HEADING_TAGS.keys()
)
_SKIPPED_ROLES = frozenset(
    ("backlink", "index", "landmarks", "loa", "loi", "lot", "lov", "page-list", "pagebreak", "pagefooter", "pageheader")
) | {"pagelist", "toc", "toc-brief"}
_NOTE_ROLES = frozenset(("endnote", "footnote", "note", "rearnote"))
_NOTE_LIST_ROLES = frozenset(("endnotes", "footnotes", "notes", "rearnotes"))
_NOTE_CLASS = re.compile(r"(?:^|[\s_-])(?:footnote|endnote|foot-note|end-note)s?(?:$|[\s_-])", re.IGNORECASE)
_PAGE_CLASS = re.compile(
    r"(?:^|\s)(?:pagenum|pageno|page-?number|page-?break|pb|running-?head\w*)(?:$|\s)", re.IGNORECASE
)
_VERSE_CLASS = re.compile(r"(?:^|[\s_-])(?:verse|poem|poetry|stanza|lyrics?|song)(?:$|[\s_-])", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LABEL = re.compile(
    r"\s*[\[(（【]?\s*(?:\d{1,4}|[*†‡§¶]{1,4}|[a-z]|[ivxl]{1,6}|[¹²³⁰-⁹]{1,4}|[①-⑳㉑-㉟]|注\d*)\s*[\])）】]?\s*"
)
_ARROW_LABEL = re.compile(r"\s*[\[(]?(?:↩\ufe0e?|↑|⤴|⏎|\^|←|back|return)[\])]?\s*", re.IGNORECASE)
_BARE_LABEL = re.compile(r"\s*(?:[a-z]|[ivxl]{1,6})\s*")  # a link of one letter is a label only where it is raised
_OUTSIDE = re.compile(r"[A-Za-z][\w+.-]*:")  # a link out of the book
_SPACES = re.compile(r"[\s\u00a0\u2002-\u200a]+")
_NEAR_PIECES = 8  # of the text before raised characters
_MAX_DEPTH = 150  # elements in each other; the walk is recursive
_MAX_VERSE_LINE = 90  # characters; longer lines with breaks between them are paragraphs


def read_blocks(root: Element, document: str) -> list[Block]:
    """Return the blocks of a document.

    Args:
        root: Its root element.
        document: Its name, the base of the keys of ids and links.
    """
    walker = _Walker(document)
    body = next((node for node in root.iter() if tag(node) == "body"), root)
    walker.walk(body)
    walker.flush()
    return walker.blocks


class _Walker:
    """State of the walk through a document: finished blocks, and the pieces of the one that is being read."""

    def __init__(self, document: str) -> None:
        self.blocks: list[Block] = []
        self._document = document
        self._pieces: list[str] = []
        self._length = 0
        self._references: list[Reference] = []
        self._keys: list[str] = []
        self._around: list[str] = []  # keys of the small elements that are open
        self._notes: list[str] = []  # keys of the notes that are open
        self._level = 0
        self._is_verse = False
        self._is_raised = False
        self._depth = 0

    def walk(self, element: Element) -> None:
        """Read an element and its descendants; what is nested too deeply is read as plain text."""
        name = tag(element)
        if not name or name in _SKIPPED_TAGS:
            return
        if self._depth == _MAX_DEPTH:
            self._add(_plain_text(element))
            return
        self._depth += 1
        self._walk_element(element, name)
        self._depth -= 1

    def _walk_element(self, element: Element, name: str) -> None:
        is_block = name in _BLOCK_TAGS
        if is_block:
            self.flush()
        identifier = element.get("id") or element.get("name")
        key = f"{self._document}#{identifier}" if identifier else ""
        if key:
            self._keys.append(key)
        found = roles(element)
        if (
            _is_skipped(element, found)
            or (name == "a" and self._read_link(element, found))
            or (name == "sup" and self._read_raised(element))
        ):
            return
        around, notes = len(self._around), len(self._notes)
        is_small = name in _SMALL_TAGS
        if found & _NOTE_ROLES or (is_small and _NOTE_CLASS.search(element.get("class") or "")):
            self._notes.append(key)
        elif found & _NOTE_LIST_ROLES:
            self._notes.append("")
        if key and is_small:
            self._around.append(key)
        self._walk_content(element, name)
        if is_block:
            self.flush()
        del self._around[around:], self._notes[notes:]

    def _walk_content(self, element: Element, name: str) -> None:
        """Read what stands in an element, in its state: heading, verse, raised."""
        before = self._level, self._is_verse, self._is_raised
        self._level = _HEADING_TAGS.get(name, self._level)
        self._is_verse = (
            self._is_verse or bool(_VERSE_CLASS.search(element.get("class") or "")) or "verse" in roles(element)
        )
        self._is_raised = self._is_raised or name == "sup"
        if name == "br":
            self._add("\n", is_line_end=True)
        elif name == "hr":
            self.flush()
            self.blocks.append(Block(BREAK, ""))
        elif name == "img":
            self._read_image(element)
        elif name in ("td", "th") and element.getprevious() is not None:
            self._add(" ")
        self._add(element.text)
        for child in element:
            self.walk(child)
            self._add(child.tail)
        if name == "p" and not self._pieces and "\u00a0" in "".join(element.itertext()):
            self.blocks.append(Block(BREAK, ""))  # an empty line between scenes
        self._level, self._is_verse, self._is_raised = before if name not in _BLOCK_TAGS else self._end_block(before)

    def _end_block(self, before: tuple[int, bool, bool]) -> tuple[int, bool, bool]:
        self.flush()
        return before

    def _add(self, text: str | None, *, is_line_end: bool = False) -> None:
        """Add text to the block with single spaces."""
        if not text:
            return
        text = "\n" if is_line_end else _SPACES.sub(" ", text.replace(SOFT_HYPHEN, ""))
        if text.startswith(" ") and (not self._pieces or self._pieces[-1].endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def _read_image(self, element: Element) -> None:
        """Add the letter of an initial that is drawn."""
        alternative = (element.get("alt") or "").strip()
        if len(alternative) == 1 and alternative.isalpha():
            self._add(alternative)

    def _read_link(self, element: Element, found: frozenset[str]) -> bool:
        """Keep a link that may refer to a note; return whether it is one, and so no text."""
        target = element.get("href") or ""
        label = "".join(element.itertext())
        is_certain = "noteref" in found
        is_raised = (
            self._is_raised or any(tag(node) == "sup" for node in element) or "super" in (element.get("style") or "")
        )
        is_document = "#" not in target and is_raised and target != ""  # a document that is one note
        if not ("#" in target or is_document) or _OUTSIDE.match(target):
            return is_certain or bool(is_raised and _LABEL.fullmatch(label))
        by_shape = bool(_LABEL.fullmatch(label)) and (is_raised or not _BARE_LABEL.fullmatch(label))
        if not (is_certain or by_shape or _ARROW_LABEL.fullmatch(label)):
            return False
        name, fragment = join_name(self._document, target)
        position = self._length if self._pieces else 0
        self._references.append(Reference(position, f"{name}#{fragment}", label.strip(), is_certain or is_raised))
        return True

    def _read_raised(self, element: Element) -> bool:
        """Read raised text without a link; return whether it was the mark of a note, or an exponent."""
        if any(tag(node) == "a" for node in element.iter()):
            return False
        said = read_raised(
            _plain_text(element), "".join(self._pieces[-_NEAR_PIECES:]), element.tail or "", is_heading=self._level > 0
        )
        self._add(said)
        return said is not None

    def flush(self) -> None:
        """End the block."""
        text = "".join(self._pieces)
        if text.strip() or self._references:
            self.blocks.append(self._block(text))
            self._keys = []
        self._pieces, self._references, self._length = [], [], 0

    def _block(self, text: str) -> Block:
        stripped = text.rstrip()
        block = heading_block(stripped, self._level) if self._level else plain_block(stripped)
        lines = [line for line in stripped.split("\n") if line.strip()]
        if block.kind == PARAGRAPH and len(lines) > 1:
            is_verse = self._is_verse or all(len(line) <= _MAX_VERSE_LINE for line in lines)
            block = Block(VERSE if is_verse else PARAGRAPH, ("\n" if is_verse else " ").join(map(str.strip, lines)))
        elif block.kind == PARAGRAPH and self._is_verse:
            block = Block(VERSE, block.text)
        block.document = self._document
        block.keys = tuple(dict.fromkeys((*self._keys, *self._around)))
        block.note = next((key for key in reversed(self._notes) if key), "") if self._notes else None
        block.references = self._references if block.kind != HEADING else []
        if len(block.text) != len(stripped):  # positions moved; a rare case that only shifts where a note is read
            for reference in block.references:
                reference.position = min(reference.position, len(block.text))
        return block


def _plain_text(element: Element) -> str:
    """Return the text in an element."""
    pieces = [element.text or ""]
    for node in element.iterdescendants():
        is_read = tag(node) and tag(node) not in _SKIPPED_TAGS
        pieces += [(node.text or "") if is_read else "", node.tail or ""]
    return "".join(pieces)


def _is_skipped(element: Element, found: frozenset[str]) -> bool:
    """Return whether an element is never read: hidden, or page numbers, running heads and lists of the book."""
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(found & _SKIPPED_ROLES)
        or bool(_HIDDEN.search(element.get("style") or ""))
        or bool(_PAGE_CLASS.search(element.get("class") or ""))
    )
