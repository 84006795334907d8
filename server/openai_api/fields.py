"""Fields of a form or of a JSON object, read with their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from funaudio_core.errors import BadInput
from server.params import MAX_QUOTED_CHARACTERS

Fields = Mapping[str, Any]
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def text(fields: Fields, name: str) -> str:
    """Return a text without surrounding spaces, "" if it is missing. Raises BadInput if it is something else."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput("{field} is {given!r}; it must be text.", field=name, given=abbreviate(value))
    return value.strip()


def number(fields: Fields, name: str, default: float) -> float:
    """Return a number, which may be written as text. Raises BadInput if it is something else."""
    value = fields.get(name)
    if value in (None, ""):
        return default
    try:
        parsed = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        parsed = float("nan")
    if not -1e9 < parsed < 1e9:
        raise BadInput("{field} is {given!r}; it must be a number.", field=name, given=abbreviate(value))
    return parsed


def boolean(fields: Fields, name: str) -> bool:
    """Return a boolean of JSON, or of a form, where it is text; False if it is missing."""
    value = fields.get(name)
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    return _BOOLEANS[one_of(name, str(value).lower(), tuple(_BOOLEANS))]


def one_of(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Return the value. Raises BadInput, naming the choices, if it is none of them."""
    if value not in choices:
        raise BadInput(
            "{field} is {given!r}; it must be one of: {choices}.", field=name, given=abbreviate(value), choices=choices
        )
    return str(value)


def identifier(fields: Fields, name: str) -> str:
    """Return a name that is given as text or as an object with an id, as in {"id": "alloy"}."""
    value = fields.get(name)
    return text(value, "id") if isinstance(value, dict) and "id" in value else text(fields, name)


def abbreviate(value: object) -> str:
    """Return the beginning of a value, to quote in a message."""
    return str(value)[:MAX_QUOTED_CHARACTERS]
