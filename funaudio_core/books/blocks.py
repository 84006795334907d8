"""Blocks that a reader finds in a document, and the resolution of references to notes."""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from funaudio_core.books.model import BREAK, HEADING, NOTE, PARAGRAPH, VERSE, Note, Passage

SOFT_HYPHEN = "\xad"
MAX_NOTE_CHARACTERS = 8_000  # of a target that looks like a note; a longer one is a section
SCENE_BREAK = re.compile(r"(?:[*＊⁂※◇◆○●☆★■□~～—–#•·═=_-]\s*){1,12}")
_SPACES = f"{string.whitespace}\xa0\u3000"
_BACK_ARROWS = "↩\ufe0e↑⤴⏎^←"  # at the end of a note, back to its reference


@dataclass(slots=True)
class Reference:
    """Link to a note.

    Attributes:
        position: Index in the block's text before which the link stood.
        target: Key of the target: document, "#" and id; without id the whole document.
        label: Text of the link.
        is_certain: The markup says that it is a reference to a note.
    """

    position: int
    target: str
    label: str
    is_certain: bool


@dataclass(slots=True)
class Block:
    """Block of a document.

    Attributes:
        kind: Kind of the passage.
        text: Its text.
        level: Level of a heading, from 1.
        keys: Keys of the ids at the block, inside it, and of the small elements around it.
        note: Key of the note that it belongs to by markup; "" outside of one without an id; None for other blocks.
        references: Links to notes.
        document: Name of its document.
    """

    kind: str
    text: str
    level: int = 0
    keys: tuple[str, ...] = ()
    note: str | None = None
    references: list[Reference] = field(default_factory=list)
    document: str = ""


def plain_block(text: str) -> Block:
    """Return a paragraph, or a scene break where the text is only ornaments."""
    text = text.replace(SOFT_HYPHEN, "").strip()
    return Block(BREAK, "") if SCENE_BREAK.fullmatch(text) else Block(PARAGRAPH, text)


def verse_block(lines: Iterable[str]) -> Block:
    """Return a block of verse."""
    return Block(VERSE, "\n".join(line.strip() for line in lines))


def heading_block(text: str, level: int = 1) -> Block:
    """Return a heading."""
    return Block(HEADING, " ".join(text.replace(SOFT_HYPHEN, "").split()), level)


def resolve_notes(documents: list[list[Block]]) -> list[list[tuple[Block, Passage]]]:
    """Attach each note to the passage that refers to it, and remove the references from the text.

    A target is a note by its markup or by its shape: the linked block starts with the link's label, or links back from
    its start.

    Returns:
        Each document's blocks with their passages, without the blocks of the attached notes.
    """
    blocks = [block for document in documents for block in document]
    owners: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        for key in dict.fromkeys((*block.keys, *([block.note] if block.note else []))):
            owners[key].append(block)
        owners.setdefault(f"{block.document}#", []).append(block)
    texts: dict[str, str] = {}
    attached: set[int] = set()
    for block in blocks:
        for reference in block.references:
            targets = owners.get(reference.target, [])
            if reference.target not in texts and _is_note(block, reference, targets):
                texts[reference.target] = _note_text(targets, reference.label)
                attached.update(map(id, targets))
    used: set[str] = set()
    return [
        [(block, _passage(block, texts, used)) for block in document if id(block) not in attached]
        for document in documents
    ]


def _is_note(source: Block, reference: Reference, targets: list[Block]) -> bool:
    """Return whether the blocks are the note that the reference means."""
    if not targets or any(target is source for target in targets) or source.note is not None:
        return False
    if all(target.note is not None for target in targets):
        return True
    if any(target.kind == HEADING for target in targets) or sum(len(t.text) for t in targets) > MAX_NOTE_CHARACTERS:
        return False
    if reference.position == 0 and not reference.is_certain:
        return False
    first = targets[0]
    starts = _strip_label(first.text).startswith(_strip_label(reference.label))
    returns = any(back.position == 0 or _is_back_arrow(back.label) for t in targets for back in t.references)
    return starts or returns or (reference.is_certain and not reference.target.endswith("#"))


def _strip_label(text: str) -> str:
    """Return a text without the brackets and stops around a label."""
    return text.lstrip(f"{_SPACES}[(（【.").rstrip(f"{_SPACES}])）】.:")


def _strip_back_arrow(text: str) -> str:
    """Return a text without the arrow back at its end."""
    bare = text.rstrip(_SPACES)
    return bare.rstrip(_SPACES + _BACK_ARROWS) if bare.endswith(tuple(_BACK_ARROWS)) else text


def _is_back_arrow(label: str) -> bool:
    return label != "" and _strip_back_arrow(label) == ""


def _note_text(targets: list[Block], label: str) -> str:
    """Return the text of a note without its label and the link back."""
    text = _strip_back_arrow(" ".join(target.text for target in targets)).strip()
    bare = _strip_label(label)
    return re.sub(rf"^[\[(（【]?{re.escape(bare)}(?![\w])[\])）】.:]*\s*|^[\])）】.:,\s]+", "", text)


def _passage(block: Block, texts: dict[str, str], used: set[str]) -> Passage:
    """Return the passage of a block with its notes; each note belongs to its first reference."""
    pieces, notes, start, length = [], [], 0, 0
    for reference in block.references:
        pieces.append(block.text[start : reference.position])
        length += reference.position - start
        start = reference.position
        if reference.target in texts:
            if reference.target not in used:
                notes.append(Note(length, texts[reference.target]))
                used.add(reference.target)
        elif not reference.is_certain and block.note is None:
            space = " " if block.text[start - 1 : start] == " " and block.text[start : start + 1].isalnum() else ""
            pieces.append(reference.label + space)
            length += len(reference.label + space)
    text = "".join(pieces) + block.text[start:]
    return Passage(NOTE if block.note is not None else block.kind, _strip_back_arrow(text), tuple(notes))
