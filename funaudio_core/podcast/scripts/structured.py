"""Scripts with structure: `<Person1>…</Person1>`, and JSON lists and objects."""

from __future__ import annotations

import json
import re
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.podcast.scripts.lines import RawLine

LIST_KEYS = ("transcript", "dialogue", "dialog", "script", "lines", "segments", "turns", "conversation")
NAME_KEYS = ("speaker", "role", "name", "speaker_name", "character", "host", "speaker_id")
TEXT_KEYS = ("text", "dialogue", "content", "line", "utterance", "words", "message")
FEELING_KEYS = ("feeling", "emotion", "style", "instruct", "instruction", "manner", "tone")
_PERSON = re.compile(r"<\s*(?P<end>/?)\s*(?P<name>(?:Person|Speaker|Host|S)[ _]?\d{1,2})\s*>?", re.IGNORECASE)
_SEPARATOR = re.compile(r"[\s,]*")


def read_persons(text: str) -> list[RawLine]:
    """Return the lines of a script in tags such as <Person1>.

    Raises:
        BadInput: A tag is not closed, closes another one, or text stands outside the tags.
    """
    lines: list[RawLine] = []
    opened, start, line = "", 0, 1
    for tag in _PERSON.finditer(text):
        number = text.count("\n", 0, tag.start()) + 1
        name = "Person" + re.sub(r"\D", "", tag["name"])
        if not tag[0].endswith(">"):
            raise BadInput("Line {line} has a tag without “>”: {tag}. Close it.", line=number, tag=tag[0])
        if tag["end"]:
            if opened != name:
                raise BadInput(
                    "Line {line} closes {tag}, which isn't open. Check the tags before it.", line=number, tag=tag[0]
                )
            lines.append(RawLine(line, name, text[start : tag.start()]))
            opened = ""
        elif opened:
            raise BadInput(
                "Line {line} opens {tag} inside <{open}>. Close that first.", line=number, tag=tag[0], open=opened
            )
        else:
            _require_blank(text, start, tag.start())
            opened, line = name, number
        start = tag.end()
    if opened:
        raise BadInput("Line {line} opens <{open}>, which is never closed. Add </{open}>.", line=line, open=opened)
    _require_blank(text, start, len(text))
    return lines


def _require_blank(text: str, start: int, end: int) -> None:
    """Raise BadInput if there are words between two positions."""
    outside = text[start:end]
    if words := outside.strip():
        number = text.count("\n", 0, start + len(outside) - len(outside.lstrip())) + 1
        raise BadInput(
            "Line {line} is outside the tags: {text!r}. Put it between <Person1> and </Person1>.",
            line=number,
            text=words[:60],
        )


def read_json(text: str) -> list[RawLine]:
    """Return the lines of a script in JSON.

    Raises:
        BadInput: It is no JSON, or an entry lacks a speaker or words.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise BadInput("Line {line} isn't valid JSON. Check quotes, commas and brackets there.", line=line) from None
    entries = _find_entries(content)
    names = _role_names(content)
    numbers = _entry_lines(text, len(entries))
    return [_read_entry(entry, number, names) for entry, number in zip(entries, numbers, strict=True)]


def _find_entries(content: Any) -> list[Any]:  # noqa: ANN401 (JSON)
    """Return the list of entries of a JSON script."""
    if isinstance(content, dict):
        key = next((key for key in LIST_KEYS if isinstance(content.get(key), list)), None)
        if key is None:
            raise BadInput("Line 1: the JSON has no list called {names}. Add one of them.", names=LIST_KEYS)
        content = content[key]
    if not isinstance(content, list):
        raise BadInput("Line 1: the JSON is no list and no object. Begin it with a bracket or a brace.")
    if not content:
        raise BadInput("Line 1: the JSON holds no lines. Add entries with “speaker” and “text”.")
    return content


def _role_names(content: Any) -> dict[str, str]:  # noqa: ANN401 (JSON)
    """Return names by role of an object with a role mapping, as MoonCast has it."""
    mapping = content.get("role_mapping") if isinstance(content, dict) else None
    if not isinstance(mapping, dict):
        return {}
    return {
        str(role): str(entry.get("name") or role) if isinstance(entry, dict) else str(entry)
        for role, entry in mapping.items()
    }


def _read_entry(entry: Any, number: int, names: dict[str, str]) -> RawLine:  # noqa: ANN401 (JSON)
    if isinstance(entry, list) and len(entry) in (2, 3) and all(isinstance(part, str) for part in entry):
        return RawLine(number, entry[0], entry[1], *entry[2:])
    if not isinstance(entry, dict):
        raise BadInput(
            "Line {line}: the entry is no object. Write {form}.", line=number, form='{"speaker": …, "text": …}'
        )
    if len(entry) == 1 and not set(entry) & {*NAME_KEYS, *TEXT_KEYS}:  # {"Alice": "words"}
        speaker, words = next(iter(entry.items()))
    else:
        speaker, words = _first(entry, NAME_KEYS), _first(entry, TEXT_KEYS)
    if isinstance(speaker, int) and not isinstance(speaker, bool):
        speaker = f"S{speaker}"
    if not isinstance(speaker, str) or not speaker.strip():
        raise BadInput("Line {line}: the entry has no speaker. Add “speaker”.", line=number)
    if not isinstance(words, str):
        raise BadInput("Line {line}: the entry has no text. Add “text” with words in quotes.", line=number)
    feeling = _first(entry, FEELING_KEYS)
    sources = entry.get("sources")
    return RawLine(
        number,
        names.get(speaker, speaker),
        words,
        feeling if isinstance(feeling, str) else "",
        tuple(each for each in sources if isinstance(each, int)) if isinstance(sources, list) else (),
        section if isinstance(section := entry.get("section"), str) else "",
    )


def _first(entry: dict[str, Any], keys: tuple[str, ...]) -> Any:  # noqa: ANN401 (JSON)
    return next((entry[key] for key in keys if entry.get(key) is not None), None)


def _entry_lines(text: str, count: int) -> list[int]:
    """Return the line on which each entry of the script's list begins."""
    opening = re.search(rf'"(?:{"|".join(LIST_KEYS)})"\s*:\s*\[', text) if text.lstrip().startswith("{") else None
    position = opening.end() if opening else text.index("[") + 1
    lines: list[int] = []
    decoder = json.JSONDecoder()
    for _ in range(count):
        blank = _SEPARATOR.match(text, position)
        position = blank.end() if blank else position
        lines.append(text.count("\n", 0, position) + 1)
        _, position = decoder.raw_decode(text, position)
    return lines


def looks_like_json(text: str) -> bool:
    """Return whether a text begins as JSON and not as a tag such as [S1]."""
    begin = text.lstrip()
    return begin.startswith("{") or re.match(r"\[\s*(?:[{\[\"\]]|\d+\s*[,\]]|$)", begin) is not None
