"""Rows of JSON, JSON lines, CSV and TSV files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput

MAX_FILE_BYTES = 200 * 2**20


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file: a JSON list, JSON lines (also called .json), CSV or TSV with a header.

    Raises:
        BadInput: The file is missing, too large, not UTF-8, or holds something else; the message names the line.
    """
    if not path.is_file():
        raise BadInput("There is no file or folder {path!r}.", path=path.name)
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BadInput("{file} is larger than {most} MB. Divide it.", file=path.name, most=MAX_FILE_BYTES >> 20)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("{file} isn't UTF-8. Save it as UTF-8.", file=path.name) from error
    if path.suffix.lower() in (".csv", ".tsv"):
        delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
        yield from csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
    elif text.lstrip().startswith("["):
        yield from _objects(path, 1, _parse(path, 1, text))
    else:
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield from _objects(path, number, [_parse(path, number, line)])


def _parse(path: Path, number: int, text: str) -> Any:  # noqa: ANN401 (JSON)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput("{file}, line {line} isn't JSON.", file=path.name, line=number) from None


def _objects(path: Path, number: int, values: list[Any]) -> Iterator[dict[str, Any]]:
    for value in values:
        if not isinstance(value, dict):
            raise BadInput("{file}, line {line} holds no object.", file=path.name, line=number)
        yield value


def require(row: dict[str, Any], name: str, path: Path) -> Any:  # noqa: ANN401 (JSON)
    """Return a field. Raise BadInput if an item lacks it."""
    if name not in row:
        raise BadInput(
            "An item of {file} has no field {name!r}. Choose another format, or add it.", file=path.name, name=name
        )
    return row[name]
