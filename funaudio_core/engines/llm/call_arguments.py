"""What a small model gets wrong in the arguments of calls: lengths of time in other units, and invented values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from funaudio_core.text.quantities import UNIT_SECONDS, find_lengths, find_numbers

_UNITS = {"second": re.compile(r"second|秒"), "minute": re.compile(r"minute|分钟"), "hour": re.compile(r"hour|小时")}
_NUMERIC = ("integer", "number")
_WORD = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")
_COMMON = frozenset(
    ["a", "an", "the", "of", "for", "to", "in", "on", "at", "and", "or", "is", "it", "my", "me", "please"]
)


def note_lengths(words: str, functions: Sequence[Mapping[str, Any]]) -> str:
    """Return a request with its lengths of time in the units that arguments of these functions have."""
    texts = [
        f"{name} {schema.get('description', '')}".lower()
        for function in functions
        for name, schema in function.get("parameters", {}).get("properties", {}).items()
        if schema.get("type") in _NUMERIC
    ]
    units = [unit for unit, pattern in _UNITS.items() if any(pattern.search(text) for text in texts)]
    notes = [
        f"{length.words} = {length.seconds / UNIT_SECONDS[unit]:g} {unit}s"
        for length in find_lengths(words)
        for unit in units
        if f"{length.seconds / UNIT_SECONDS[unit]:g} {unit}" not in length.words
    ]
    return f"{words}\n({'; '.join(notes)})" if notes else words


def drop_invented(call: Mapping[str, Any], functions: Sequence[Mapping[str, Any]], words: str) -> dict[str, Any]:
    """Return a call without optional numbers and texts of which the request says nothing.

    Choices and lists are kept: their words may differ from those of the request.

    Args:
        call: Name and arguments.
        functions: The functions that may be called.
        words: The request, with the notes of note_lengths().
    """
    parameters = next(each for each in functions if each["name"] == call["name"]).get("parameters", {})
    invented = set(_find_invented(call["arguments"], parameters, words))
    return {**call, "arguments": {name: value for name, value in call["arguments"].items() if name not in invented}}


def _find_invented(arguments: Mapping[str, Any], parameters: Mapping[str, Any], words: str) -> Iterator[str]:
    numbers, said = find_numbers(words), _significant(words)
    for name, value in arguments.items():
        schema = parameters.get("properties", {}).get(name, {})
        if name in parameters.get("required", ()) or "enum" in schema or isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            if float(value) not in numbers:
                yield name
        elif isinstance(value, str) and not ((any(map(str.isdigit, value)) and numbers) or _significant(value) & said):
            yield name


def _significant(text: str) -> set[str]:
    """Return the words of a text that mean something, and its Chinese characters."""
    return {word.removesuffix("s") for word in _WORD.findall(text.lower())} - _COMMON
