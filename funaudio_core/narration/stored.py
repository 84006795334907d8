"""Plans, casts and options as plain JSON, on disk and in the listener's own files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar

from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS
from funaudio_core.narration.model import NARRATOR, UNKNOWN, Cast, Line, Options, Plan, PlannedChapter, Role, Speaker
from funaudio_core.text.pronunciations import Pronunciation

T = TypeVar("T")
Json = dict[str, Any]
_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "tuple[str, ...]": (list, tuple),
    "tuple[int, ...]": (list, tuple),
}


def dump(value: Plan | Cast | Options | Line | PlannedChapter) -> Json:
    """Return a value as JSON. Lines lack the attributes that have their usual values."""
    if isinstance(value, Line):
        return {
            item.name: getattr(value, item.name)
            for item in fields(Line)
            if getattr(value, item.name) != item.default or item.name in ("speaker", "emotion")
        }
    if isinstance(value, PlannedChapter):
        return {"title": value.title, "part": value.part, "lines": [dump(line) for line in value.lines]}
    if isinstance(value, Plan):
        return {
            "title": value.title,
            "authors": list(value.authors),
            "language": value.language,
            "speakers": [asdict(speaker) for speaker in value.speakers],
            "chapters": [dump(chapter) for chapter in value.chapters],
        }
    return asdict(value)


def load_line(row: Json) -> Line:
    """Return a line. Raise BadInput if the row is none."""
    line = _build(Line, row)
    if line.emotion not in EMOTIONS:
        raise _damaged_error()
    return line


def load_chapter(row: Json) -> PlannedChapter:
    """Return a chapter. Raise BadInput if the row is none."""
    lines = tuple(map(load_line, _list(row, "lines")))
    if not lines:
        raise _damaged_error()
    return PlannedChapter(str(row.get("title", "")), lines, str(row.get("part", "")))


def load_plan(row: Json) -> Plan:
    """Return a plan. Raise BadInput if the row is none."""
    chapters = tuple(map(load_chapter, _list(row, "chapters")))
    speakers = tuple(_build(Speaker, speaker) for speaker in _list(row, "speakers"))
    if not chapters:
        raise _damaged_error()
    authors = tuple(map(str, _list(row, "authors")))
    return Plan(str(row.get("title", "")), authors, str(row.get("language", "")), chapters, speakers)


def load_cast(row: Json) -> Cast:
    """Return a cast. Raise BadInput if the row is none, or lacks the narrator or UNKNOWN."""
    roles = tuple(_build(Role, role) for role in _list(row, "roles"))
    if not {NARRATOR, UNKNOWN} <= {role.name for role in roles}:
        raise _damaged_error()
    return Cast(str(row.get("engine", "")), str(row.get("language", "")), roles)


def load_options(row: Json) -> Options:
    """Return options. Raise BadInput if the row is none."""
    table = tuple(_build(Pronunciation, entry) for entry in _list(row, "pronunciations"))
    return _build(Options, {**row, "pronunciations": []}, lambda values: {**values, "pronunciations": table})


def _list(row: Json, name: str) -> list[Any]:
    found = row.get(name, []) if isinstance(row, dict) else None
    if not isinstance(found, list | tuple):
        raise _damaged_error()
    return list(found)


def _build(kind: Callable[..., T], row: Json, finish: Callable[[Json], Json] = lambda values: values) -> T:
    """Return a dataclass of plain values. Raise BadInput if one of them is missing, unknown or of another type."""
    if not isinstance(row, dict):
        raise _damaged_error()
    types = {item.name: str(item.type) for item in fields(kind)}  # type: ignore[arg-type]
    values: Json = {}
    for name, value in row.items():
        kinds = _KINDS.get(types.get(name, ""), (list, tuple) if name in types else ())
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise _damaged_error()
        values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return kind(**finish(values))
    except TypeError:
        raise _damaged_error() from None


def _damaged_error() -> BadInput:
    return BadInput("This file isn't a plan or cast saved by this app. Save it again from the page.")
