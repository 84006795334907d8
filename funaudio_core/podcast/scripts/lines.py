"""Lines of a script as they were read, and the script that they make."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from funaudio_core.errors import BadInput
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.text import is_speakable
from funaudio_core.text.markup import NO_TAGS, strip_markup

MAX_LINES = 2_000
MAX_LINE_CHARACTERS = 5_000
MAX_NAME_CHARACTERS = 40
MAX_SPEAKERS = 8
_WORD = r"(?:\w+ly|in an? [\w ]+|with an? [\w ]+)"
_ACTION = (
    r"laugh\w*|chuckl\w*|giggl\w*|sigh\w*|paus\w*|whisper\w*|cough\w*|smil\w*|nod\w*|gasp\w*|cr(?:y|ies|ying)|sob\w*|"
    r"clears? (?:his |her |their )?throat|beat|music\w*|applause|silence|groan\w*|snort\w*|shout\w*|sings?|"
    r"happy|sad|angry|excited|calm|surprised|afraid|fearful|serious|curious|warm|amused|thoughtful|"
    r"笑\w*|大笑|叹气|叹\w*|停顿|沉默|低声\w*|轻声\w*|小声\w*|咳嗽\w*|哭\w*|掌声|音乐\w*|微笑\w*|惊讶\w*|高兴\w*|悲伤\w*|愤怒\w*|激动\w*|平静\w*"
)
DIRECTION = re.compile(rf"\s*(?:(?:{_WORD}|{_ACTION})[\s,，、]*(?:and )?){{1,4}}\s*", re.IGNORECASE)
_BRACKETED = re.compile(r"[(（]([^()（）]{1,60})[)）]")
_LENTICULAR = re.compile(r"【([^【】]{0,60})】")
_INLINE_CODE = re.compile(r"`{1,3}([^`]*)`{1,3}")
_CJK = r"\u3040-\u30ff\u3400-\u9fff"
_CJK_GAP = re.compile(rf"(?<=[{_CJK}，。！？；：、])\s+(?=[{_CJK}])")
_SPACE_BEFORE_MARK = re.compile(r"\s+(?=[,.;:!?，。；：！？])")


@dataclass(frozen=True, slots=True)
class RawLine:
    """Line as it was read: its number in the script from 1, and words that may hold markup and directions."""

    number: int
    speaker: str
    text: str
    feeling: str = ""
    sources: tuple[int, ...] = ()
    section: str = ""


def make_script(raw_lines: Sequence[RawLine], tags: frozenset[str] = NO_TAGS) -> tuple[ScriptLine, ...]:
    """Return the lines of a script, cleaned; neighbours of one speaker and feeling are joined unless they cite.

    Args:
        raw_lines: The lines as they were read.
        tags: Names of event tags that stay, such as "laughter" for "[laughter]".

    Raises:
        BadInput: There are no lines, a line has nothing to speak, or there are too many lines or speakers.
    """
    if not raw_lines:
        raise BadInput("The script has no lines. Write each as “Name: text”.")
    if len(raw_lines) > MAX_LINES:
        raise BadInput(
            "The script has {count:,} lines; the limit is {most:,}. Divide it into episodes.",
            count=len(raw_lines),
            most=MAX_LINES,
        )
    lines: list[ScriptLine] = []
    for raw in raw_lines:
        line = _clean_line(raw, tags)
        before = lines[-1] if lines else None
        joins = before is not None and before.speaker == line.speaker and not line.section
        cites = before is not None and (before.sources or line.sources)  # each sentence of a line cites one
        if before is not None and joins and not cites and line.feeling in ("", before.feeling):
            lines[-1] = replace(before, text=join_texts(before.text, line.text))
        else:
            lines.append(line)
    names = {line.speaker for line in lines}
    if len(names) > MAX_SPEAKERS:
        raise BadInput(
            "The script has {count} speakers ({names}, …); the limit is {most}. Check the lines with a colon.",
            count=len(names),
            names=tuple(sorted(names)[:3]),
            most=MAX_SPEAKERS,
        )
    return tuple(lines)


def _clean_line(raw: RawLine, tags: frozenset[str]) -> ScriptLine:
    text, feeling = spoken_words(raw.text, tags)
    if not is_speakable(strip_markup(text)):
        raise BadInput(
            "Line {line} has nothing to speak: {text!r}. Add words or delete it.", line=raw.number, text=raw.text[:60]
        )
    if len(text) > MAX_LINE_CHARACTERS:
        raise BadInput(
            "Line {line} has {count:,} characters; the limit is {most:,}. Divide it.",
            line=raw.number,
            count=len(text),
            most=MAX_LINE_CHARACTERS,
        )
    name = clean_name(raw.speaker)
    if not is_speakable(name) or len(name) > MAX_NAME_CHARACTERS:
        raise BadInput(
            "Line {line} has no usable speaker: {name!r}. A name has 1 to {most} characters.",
            line=raw.number,
            name=raw.speaker[:60],
            most=MAX_NAME_CHARACTERS,
        )
    return ScriptLine(name, text, clean_feeling(raw.feeling) or feeling, raw.section.strip(), raw.sources)


def clean_name(name: str) -> str:
    """Return a speaker's name without marks of emphasis and brackets."""
    return " ".join(name.strip(" \t*_#[]<>“”\"'`").split())


def clean_feeling(feeling: str) -> str:
    """Return a feeling without brackets and marks."""
    return " ".join(feeling.strip(" \t()（）[]【】*_.,，。").split())


def spoken_words(text: str, tags: frozenset[str] = NO_TAGS) -> tuple[str, str]:
    """Return the words of a line that are spoken, with tags of these names, and its first direction or ""."""
    feelings: list[str] = []

    def take(match: re.Match[str]) -> str:
        if not match[0].startswith("【") and not DIRECTION.fullmatch(match[1]):
            return match[0]
        feelings.append(clean_feeling(match[1]))
        return " "

    text = _BRACKETED.sub(take, _LENTICULAR.sub(take, _INLINE_CODE.sub(r"\1", text)))
    words = " ".join(strip_markup(text, tags).split())
    words = _SPACE_BEFORE_MARK.sub("", _CJK_GAP.sub("", words)).strip()
    return words, next(iter(feelings), "")


def join_texts(first: str, then: str) -> str:
    """Join two texts of one speaker as their script is written."""
    return _CJK_GAP.sub("", f"{first} {then}")
