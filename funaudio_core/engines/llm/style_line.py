"""Style line at the beginning of a reply, in all the forms that models write.

The requested form is "Style: happy; warmly and a bit faster" on a line of its own.
"""

from __future__ import annotations

import re

from funaudio_core.labels import EMOTIONS
from funaudio_core.text.instructions import interpret
from funaudio_core.types import ReplyStyle

MAX_LINE_CHARACTERS = 160  # the rest of a longer line is ignored
MAX_DESCRIPTION_CHARACTERS = 80  # a longer description is cut
MAX_INLINE_CHARACTERS = 40  # longer text behind the key without a line break is part of the reply
KEYS = ("style", "tone", "delivery", "emotion", "manner", "风格", "语气", "情感", "情绪")
LINE = re.compile(rf"(?:{'|'.join(KEYS)})[*_`\"'”\s]*[:：=][*_`\"'“ \t]*", re.IGNORECASE)
_MARKS = " \t\r\n*_#>`~\"'“-"  # allowed in front of the line
_BRACKETS = "[(<（【「"
_SENTENCE = re.compile(r"[.!?][\"'”*_`]*(?:\s+|$)|[。！？…]+")
_CLOSER = re.compile(r"[\])>】）」][*_`]*[:：]?")
_EDGES = " ;,，；、-'"


def is_style_line(text: str) -> bool:
    """Return whether a text begins as a style line."""
    return LINE.match(text.lstrip(_MARKS + _BRACKETS)) is not None


def can_be_style_line(text: str) -> bool:
    """Return whether an unfinished text begins as a style line or may still become one."""
    bare = text.lstrip(_MARKS + _BRACKETS).lower()
    return is_style_line(text) or any(_can_become_key(key, bare) for key in KEYS)


def parse_first_line(text: str, *, is_end: bool) -> tuple[ReplyStyle | None, str] | None:
    """Parse the style at the beginning of a reply.

    Args:
        text: The reply so far.
        is_end: No more text follows.

    Returns:
        The style (None for none) and the text behind it, or None if more text is needed to decide.
    """
    bare = text.lstrip(_MARKS + _BRACKETS)
    bracketed = any(mark in _BRACKETS for mark in text[: len(text) - len(bare)])
    match = LINE.match(bare)
    if match is not None:
        return _parse_labelled(bare[match.end() :], bracketed=bracketed, is_end=is_end)
    if not is_end and (not bare or can_be_style_line(bare)):
        return None
    return _parse_unlabelled(text, bare, bracketed=bracketed, is_end=is_end)


def _parse_labelled(text: str, *, bracketed: bool, is_end: bool) -> tuple[ReplyStyle | None, str] | None:
    """Parse the text behind the key of a style line; see parse_first_line()."""
    line, line_end, rest = text.partition("\n")
    closer = _CLOSER.search(line) if bracketed else None
    if closer:
        return parse_style(line[: closer.start()]), line[closer.end() :] + line_end + rest
    if line_end:
        return (parse_style(line) if line.strip() else None), rest
    sentence = _SENTENCE.search(line)
    if not is_end and (sentence is None or len(line) <= MAX_LINE_CHARACTERS):
        return None
    if sentence is None:
        return (parse_style(line), "") if line.strip() and len(line) <= MAX_DESCRIPTION_CHARACTERS else (None, line)
    if sentence.start() <= MAX_INLINE_CHARACTERS:  # the reply follows on the same line
        return parse_style(line[: sentence.start()]), line[sentence.end() :]
    emotion_match = re.match(r"[^\W\d_]+\s*[;,，；]", line)
    if emotion_match and _emotion_code(emotion_match.group().strip(_EDGES)):
        return parse_style(emotion_match.group()), line[emotion_match.end() :]
    return None, line


def _parse_unlabelled(text: str, bare: str, *, bracketed: bool, is_end: bool) -> tuple[ReplyStyle | None, str] | None:
    """Parse a style without a key: "[happy] Hello", or an emotion alone on a line."""
    stop = _CLOSER.search(bare) if bracketed else re.search(r"[*_`]*[ \t]*\n", bare)
    line = bare[: stop.start()] if stop else bare
    if len(line) > MAX_DESCRIPTION_CHARACTERS or (not bracketed and not _can_be_emotion(line)):
        return None, text
    if stop is None:
        return (None, text) if is_end else None
    word = re.split(r"[;,，；]", line)[0].strip()
    has_emotion = _emotion_code(word) or (bracketed and interpret(word).style.emotion != "neutral")
    return (parse_style(line), bare[stop.end() :]) if has_emotion else (None, text)


def parse_style(line: str) -> ReplyStyle:
    """Parse the text behind the key; an unknown emotion becomes the description."""
    line = " ".join(re.sub(r"[^\w\s;,，；、'-]|_", " ", line[:MAX_LINE_CHARACTERS]).split()).strip(_EDGES)
    first = re.match(r"[^\W\d_]+", line)
    emotion = _emotion_code(first.group()) if first else ""
    if first and emotion:
        line = line[first.end() :]
    else:
        emotion = interpret(line).style.emotion
    description = line.strip(_EDGES)
    if len(description) > MAX_DESCRIPTION_CHARACTERS:
        description = description[:MAX_DESCRIPTION_CHARACTERS].rsplit(" ", 1)[0].strip(_EDGES)
    return ReplyStyle(emotion, description.replace(";", ",").replace("；", "，"))


def _can_become_key(key: str, text: str) -> bool:
    """Return whether a text may still become the key of a style line."""
    if len(text) < len(key):
        return key.startswith(text)
    return text.startswith(key) and not text[len(key) :].strip("*_`\"'” ")


def _emotion_code(word: str) -> str:
    """Return the code of the emotion that a word names; "" for none."""
    names = (label.code for label in EMOTIONS.values() if word.lower() in (label.code, label.en, label.zh))
    return next(names, "")


def _can_be_emotion(line: str) -> bool:
    """Return whether an unfinished line may hold an emotion, followed by a description behind a comma or semicolon."""
    word = re.match(r"[^\W\d_]*", line)
    word_text = word.group() if word else ""
    if len(word_text) == len(line):
        names = (name for label in EMOTIONS.values() for name in (label.code, label.en, label.zh))
        return any(name.startswith(word_text.lower()) for name in names)
    return bool(_emotion_code(word_text)) and line[len(word_text) :].lstrip()[:1] in ("", *";；,，")
