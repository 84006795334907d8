"""Reader of scripts: any of sixteen forms becomes one table of lines."""

from __future__ import annotations

import re

from funaudio_core.errors import BadInput
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.scripts.cues import looks_like_cues, read_cues
from funaudio_core.podcast.scripts.lines import RawLine, make_script
from funaudio_core.podcast.scripts.named import has_speakers, read_named, unify_numbers
from funaudio_core.podcast.scripts.screenplay import looks_like_screenplay, read_screenplay
from funaudio_core.podcast.scripts.structured import looks_like_json, read_json, read_persons
from funaudio_core.text import is_speakable
from funaudio_core.text.markup import NO_TAGS

MAX_CHARACTERS = 500_000
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(
    r"^[ \t]*(?:`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^[ \t]*(?:`{3,}|~{3,})[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_PERSON = re.compile(r"<\s*/?\s*(?:Person|Speaker|Host|S)[ _]?\d", re.IGNORECASE)


def read_script(text: str, tags: frozenset[str] = NO_TAGS) -> tuple[ScriptLine, ...]:
    """Return the lines of a script.

    Args:
        text: Script as `Name: text`, with tags such as [S1] or <Person1>, in JSON, Fountain, SRT or WebVTT.
        tags: Names of event tags that the voices speak and that stay, such as "laughter" for "[laughter]".

    Raises:
        BadInput: The script can't be read; the message has the number of the line and a remedy.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadInput(
            "The script has {count:,} characters; the limit is {most:,}. Divide it into episodes.",
            count=len(text),
            most=MAX_CHARACTERS,
        )
    if "\0" in text:
        raise BadInput(
            "Line {line} holds binary data. Choose a text file.", line=text.count("\n", 0, text.index("\0")) + 1
        )
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _THOUGHTS.sub(_blank_lines, text)
    text = _unfence(text)
    if not is_speakable(text):
        raise BadInput("The script is empty. Write each line as “Name: text”.")
    return make_script(unify_numbers(_read(text)), tags)


def _read(text: str) -> list[RawLine]:
    """Return the lines as they stand in the form that the text has."""
    if looks_like_cues(text):
        return read_cues(text)
    if looks_like_json(text):
        return read_json(text)
    if _PERSON.search(text):
        return read_persons(text)
    return read_screenplay(text) if looks_like_screenplay(text) else read_named(text)


def _unfence(text: str) -> str:
    """Return the script that code fences hold if nothing outside them has a speaker; else the text without them.

    Lines keep their numbers.
    """
    outside = _FENCE.sub(_blank_lines, text)
    if outside == text:
        return text
    if has_speakers(outside) or _PERSON.search(outside):
        return outside
    kept, position = "", 0
    for fence in _FENCE.finditer(text):
        kept += "\n" * text.count("\n", position, fence.start("code")) + fence["code"]
        position = fence.end("code")
    return kept


def _blank_lines(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")
