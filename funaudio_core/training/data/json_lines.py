"""Files of JSON objects, one a line: checked fields with errors that name the line, and writing as a whole."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.runtime.atomic_files import replace_file

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a text file, without its end, and its number from 1."""

    file: str
    number: int
    text: str

    def error(self, sentence: Message) -> BadInput:
        """Return an error with the file and the line."""
        return BadInput("{file}, line {line}: {sentence}", file=self.file, line=self.number, sentence=sentence)


@dataclass(frozen=True, slots=True)
class JsonLine:
    """Object of a line."""

    line: Line
    fields: Mapping[str, object]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text. Raise BadInput if it is none, or missing and without a default."""
        value = self.fields.get(name, default)
        if isinstance(value, str):
            return value
        if value is None:
            raise self.line.error(Message("The field {name!r} is missing.", name=name))
        raise self.line.error(Message("The field {name!r} must be a text.", name=name))

    def number(self, name: str, default: float | None = None) -> float:
        """Return a finite number that isn't negative. Raise BadInput for anything else."""
        value = self.fields.get(name, default)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not isinstance(value, int | float) or not is_number or not math.isfinite(value) or value < 0:
            raise self.line.error(Message("The field {name!r} must be a number of at least 0.", name=name))
        return float(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; () if it is missing. Raise BadInput for anything else."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.line.error(Message("The field {name!r} must be a list of texts.", name=name))
        return tuple(value)

    def flag(self, name: str, default: bool) -> bool:
        """Return true or false. Raise BadInput for anything else."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise self.line.error(Message("The field {name!r} must be true or false.", name=name))
        return value


def read_lines(path: Path) -> Iterator[Line]:
    """Yield the lines that aren't blank.

    Raises:
        BadInput: The file can't be opened, or isn't UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, text in enumerate(stream, 1):
                if text.strip():
                    yield Line(path.name, number, text.removesuffix("\n").removesuffix("\r"))
    except UnicodeDecodeError as error:
        raise BadInput("{file} isn't UTF-8. Save it as UTF-8.", file=path.name) from error
    except OSError as error:
        raise BadInput("{file} can't be read. Check that it exists.", file=path.name) from error


def read_json_lines(path: Path) -> Iterator[JsonLine]:
    """Yield the objects of a file.

    Raises:
        BadInput: A line isn't a JSON object.
    """
    for line in read_lines(path):
        try:
            fields = json.loads(line.text)
        except (ValueError, RecursionError):
            raise line.error(Message("This isn't JSON. Each line must hold one object.")) from None
        if not isinstance(fields, dict):
            raise line.error(Message("This isn't JSON. Each line must hold one object."))
        yield JsonLine(line, fields)


def read_unique(path: Path, parse: Callable[[JsonLine], RowT], id_of: Callable[[RowT], str]) -> tuple[RowT, ...]:
    """Return the rows of a file, one a line.

    Args:
        path: The file.
        parse: Returns the row of a line, or raises BadInput.
        id_of: Returns the id of a row.

    Raises:
        BadInput: A line can't be used, or two have the same id; the message names the line.
    """
    rows: dict[str, RowT] = {}
    for found in read_json_lines(path):
        row = parse(found)
        if id_of(row) in rows:
            raise found.line.error(Message("The id {id!r} occurs twice.", id=id_of(row)))
        rows[id_of(row)] = row
    return tuple(rows.values())


def write_json_lines(rows: Iterable[Mapping[str, object]], path: Path) -> None:
    """Write objects, one a line; a file that is there is replaced as a whole."""
    write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), path)


def write_text(text: str, path: Path) -> None:
    """Write a UTF-8 file; a file that is there is replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replace_file(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))
