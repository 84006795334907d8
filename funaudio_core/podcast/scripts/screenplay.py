"""Scripts in Fountain, the plain-text form of screenplays; action is spoken by a narrator."""

from __future__ import annotations

import re

from funaudio_core.errors import BadInput
from funaudio_core.podcast.model import NARRATOR
from funaudio_core.podcast.scripts.lines import RawLine
from funaudio_core.podcast.scripts.named import has_speakers

_SCENE = re.compile(r"(?:INT|EXT|EST|INT\.?/EXT|I/E)[. ].*|\.[^.].*", re.IGNORECASE)
_TRANSITION = re.compile(r"[A-Z ]+TO:|>.*|FADE (?:IN|OUT)[:.]?")
_CUE = re.compile(r"@?(?P<name>[^()（）^:：]+?)\s*(?:\((?P<extension>[^()]*)\))?\s*\^?")
_PARENTHETICAL = re.compile(r"[(（](?P<feeling>[^()（）]*)[)）]")
_TITLE_KEY = re.compile(r"(?:Title|Credit|Authors?|Source|Draft date|Date|Contact|Copyright|Notes)\s*:", re.IGNORECASE)
_REMOVED = (re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\[\[.*?\]\]", re.DOTALL))


def looks_like_screenplay(text: str) -> bool:
    """Return whether a text has scene headings, or cues in capitals with lines below and no names with colons."""
    rows = [row.strip() for row in text.splitlines()]
    if any(re.match(r"(?:INT|EXT|EST|I/E)[. ]", row) for row in rows):
        return True
    cues = sum(
        _is_cue(row, before, after) for before, row, after in zip(["", *rows], rows, [*rows[1:], ""], strict=False)
    )
    return cues > 0 and not has_speakers("\n".join(rows[_skip_title_page(rows) :]))


def _is_cue(row: str, before: str, after: str) -> bool:
    """Return whether a row names the speaker of the rows below it."""
    if before or not row or _TRANSITION.fullmatch(row) or _SCENE.fullmatch(row):
        return False
    if row.startswith("@"):
        return True
    match = _CUE.fullmatch(row)
    if match is None or not after:
        return False
    name = match["name"]
    return name.isupper() and len(name) > 1 and name[-1] not in ".!?"


def read_screenplay(text: str) -> list[RawLine]:
    """Return the lines of a screenplay.

    Raises:
        BadInput: A cue has no words below it.
    """
    for pattern in _REMOVED:
        text = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    rows = [row.strip() for row in text.splitlines()]
    index, section = _skip_title_page(rows), ""
    lines: list[RawLine] = []
    while index < len(rows):
        row, before = rows[index], rows[index - 1] if index else ""
        after = rows[index + 1] if index + 1 < len(rows) else ""
        if row.startswith("#"):
            section = row.strip("# ")
        elif _is_cue(row, before, after):
            found, index = _read_dialogue(rows, index)
            found[0] = RawLine(found[0].number, found[0].speaker, found[0].text, found[0].feeling, (), section)
            lines += found
            section = ""
            continue
        elif row and not _SCENE.fullmatch(row) and not _TRANSITION.fullmatch(row) and row[0] not in "=~":
            lines.append(RawLine(index + 1, NARRATOR, row.lstrip("!"), "", (), section))
            section = ""
        index += 1
    return lines


def _skip_title_page(rows: list[str]) -> int:
    """Return the number of rows of the title page."""
    if not rows or not _TITLE_KEY.match(rows[0]):
        return 0
    return next((index for index, row in enumerate(rows) if not row), len(rows))


def _read_dialogue(rows: list[str], index: int) -> tuple[list[RawLine], int]:
    """Return the lines below the cue at an index, a new one after each parenthetical, and the index behind them."""
    cue = _CUE.fullmatch(rows[index])
    name = cue["name"].strip("@ ") if cue else rows[index].strip("@ ")
    name = name.title() if name.isupper() else name
    start, feeling = index + 1, ""
    lines: list[RawLine] = []
    index += 1
    while index < len(rows) and rows[index]:
        if match := _PARENTHETICAL.fullmatch(rows[index]):
            feeling = match["feeling"]
        elif lines and lines[-1].feeling == feeling:
            last = lines[-1]
            lines[-1] = RawLine(last.number, name, f"{last.text} {rows[index]}", feeling)
        else:
            lines.append(RawLine(index + 1, name, rows[index].lstrip("~"), feeling))
        index += 1
    if not lines:
        raise BadInput(
            "Line {line} names {name}, but no words follow. Write them on the next line.", line=start, name=name
        )
    return lines, index
