"""The line on style at the beginning of a reply, in all the forms that models give it. Knows no model.

The form that is asked for is "Style: happy; warmly and a bit faster", on a line of its own.
"""

from __future__ import annotations

import re

from funaudio_core.labels import EMOTIONS
from funaudio_core.text.instructions import interpret
from funaudio_core.types import ReplyStyle

MAX_LINE_CHARACTERS = 160  # characters of a line that are read
MAX_DESCRIPTION_CHARACTERS = 80  # characters of the manner that are kept
MAX_INLINE_CHARACTERS = 40  # characters: more of them, where no line ends behind them, are words to be said
KEYS = ("style", "tone", "delivery", "emotion", "manner", "风格", "语气", "情感", "情绪")
LINE = re.compile(rf"(?:{'|'.join(KEYS)})[*_`\"'”\s]*[:：=][*_`\"'“ \t]*", re.IGNORECASE)
_MARKS = " \t\r\n*_#>`~\"'“-"  # may stand in front of the line
_BRACKETS = "[(<（【「"
_SENTENCE = re.compile(r"[.!?][\"'”*_`]*(?:\s+|$)|[。！？…]+")
_CLOSER = re.compile(r"[\])>】）」][*_`]*[:：]?")
_EDGES = " ;,，；、-'"


def is_style_line(text: str) -> bool:
    """Whether a text begins as a line on style."""
    return LINE.match(text.lstrip(_MARKS + _BRACKETS)) is not None


def may_be_style_line(text: str) -> bool:
    """Whether a text that goes on begins as a line on style, or as one that may still become it."""
    bare = text.lstrip(_MARKS + _BRACKETS).lower()
    return is_style_line(text) or any(_begun(key, bare) for key in KEYS)


def parse_first_line(text: str, *, over: bool) -> tuple[ReplyStyle | None, str] | None:
    """What the beginning of a reply says about style, and what follows; None where more of it is needed to tell.

    over: there is no more.
    """
    bare = text.lstrip(_MARKS + _BRACKETS)
    bracketed = any(mark in _BRACKETS for mark in text[: len(text) - len(bare)])
    match = LINE.match(bare)
    if match is not None:
        return _labelled(bare[match.end() :], bracketed=bracketed, over=over)
    if not over and (not bare or may_be_style_line(bare)):
        return None
    return _unlabelled(text, bare, bracketed=bracketed, over=over)


def _labelled(text: str, *, bracketed: bool, over: bool) -> tuple[ReplyStyle | None, str] | None:
    told, line_end, rest = text.partition("\n")
    closer = _CLOSER.search(told) if bracketed else None
    if closer:
        return parse_style(told[: closer.start()]), told[closer.end() :] + line_end + rest
    if line_end:
        return (parse_style(told) if told.strip() else None), rest
    sentence = _SENTENCE.search(told)
    if not over and (sentence is None or len(told) <= MAX_LINE_CHARACTERS):
        return None
    if sentence is None:
        return (parse_style(told), "") if told.strip() and len(told) <= MAX_DESCRIPTION_CHARACTERS else (None, told)
    if sentence.start() <= MAX_INLINE_CHARACTERS:  # the words go on in the same line
        return parse_style(told[: sentence.start()]), told[sentence.end() :]
    first = re.match(r"[^\W\d_]+\s*[;,，；]", told)
    if first and _feeling(first.group().strip(_EDGES)):
        return parse_style(first.group()), told[first.end() :]
    return None, told


def _unlabelled(text: str, bare: str, *, bracketed: bool, over: bool) -> tuple[ReplyStyle | None, str] | None:
    """The same where no key stands in front: "[happy] Hello", or a feeling alone on a line."""
    stop = _CLOSER.search(bare) if bracketed else re.search(r"[*_`]*[ \t]*\n", bare)
    told = bare[: stop.start()] if stop else bare
    if len(told) > MAX_DESCRIPTION_CHARACTERS or (not bracketed and not _feeling_begins(told)):
        return None, text
    if stop is None:
        return (None, text) if over else None
    word = re.split(r"[;,，；]", told)[0].strip()
    named = _feeling(word) or (bracketed and interpret(word).style.emotion != "neutral")
    return (parse_style(told), bare[stop.end() :]) if named else (None, text)


def parse_style(told: str) -> ReplyStyle:
    """What a line on style says behind its key. A feeling that is not one of ours is a manner."""
    told = " ".join(re.sub(r"[^\w\s;,，；、'-]|_", " ", told[:MAX_LINE_CHARACTERS]).split()).strip(_EDGES)
    first = re.match(r"[^\W\d_]+", told)
    emotion = _feeling(first.group()) if first else ""
    if first and emotion:
        told = told[first.end() :]
    else:
        emotion = interpret(told).style.emotion
    manner = told.strip(_EDGES)
    if len(manner) > MAX_DESCRIPTION_CHARACTERS:
        manner = manner[:MAX_DESCRIPTION_CHARACTERS].rsplit(" ", 1)[0].strip(_EDGES)
    return ReplyStyle(emotion, manner.replace(";", ",").replace("；", "，"))


def _begun(key: str, text: str) -> bool:
    """Whether `text` may go on to be the key of a line on style."""
    if len(text) < len(key):
        return key.startswith(text)
    return text.startswith(key) and not text[len(key) :].strip("*_`\"'” ")


def _feeling(word: str) -> str:
    """The code of the emotion that a word names, or ""."""
    names = (label.code for label in EMOTIONS.values() if word.lower() in (label.code, label.en, label.zh))
    return next(names, "")


def _feeling_begins(line: str) -> bool:
    """Whether a line holds a feeling, with its manner behind a comma or semicolon, as far as it goes."""
    word = re.match(r"[^\W\d_]*", line)
    found = word.group() if word else ""
    if len(found) == len(line):
        names = (name for label in EMOTIONS.values() for name in (label.code, label.en, label.zh))
        return any(name.startswith(found.lower()) for name in names)
    return bool(_feeling(found)) and line[len(found) :].lstrip()[:1] in ("", *";；,，")
