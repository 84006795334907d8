"""Messages of the chat history as Markdown: words, marks of sounds and emotions, notes below."""

from __future__ import annotations

import re
from collections.abc import Sequence

from funaudio_core import languages
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.types import Emotion, ReplyStyle, Turn
from server.request import localize
from tabs.components.strings import emotion_text

SOUND_MARKS = {  # of the sounds in a reply, by tag
    "laughter": EVENTS["laughter"].emoji,
    "sigh": "😮‍💨",
    "breath": EVENTS["breath"].emoji,
    "cough": EVENTS["cough"].emoji,
    "pause": "⏸️",
}
SEPARATOR = " · "  # between notes
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_TAG = re.compile(r"\[([^\[\]]{0,40})\]")
_OPEN_TAG = re.compile(r"\[[^\[\]]*$")  # at the end of a reply that is still being written


def escape_markdown(text: str) -> str:
    """Return Markdown that shows a text as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def with_notes(text: str, *notes: str) -> str:
    """Return Markdown with the notes below it, except empty ones."""
    joined = SEPARATOR.join(note for note in notes if note)
    return f"{text}\n\n*{joined}*" if joined else text


def user_message(turn: Turn) -> str:
    """Return what a user said or typed, with its emotion and sounds."""
    return with_notes(escape_markdown(turn.text), emotion_mark(turn.emotion), event_marks(turn.events))


def reply_message(written: str) -> str:
    """Return a reply that may be unfinished, with a mark for each sound and without other tags."""
    parts = _TAG.split(_OPEN_TAG.sub("", written))
    marked = (SOUND_MARKS.get(part, "") if place % 2 else escape_markdown(part) for place, part in enumerate(parts))
    return "".join(marked).strip()


def emotion_mark(emotion: Emotion | None) -> str:
    """Return an emotion with its emoji."""
    if emotion is None:
        return ""
    return f"{EMOTIONS[emotion.label].emoji} {emotion_text(emotion)}"


def event_marks(events: Sequence[str]) -> str:
    """Return sound events with their emoji. events: Codes of labels.EVENTS."""
    return SEPARATOR.join(f"{EVENTS[code].emoji} {localize(EVENTS[code].en)}" for code in events)


def style_text(style: ReplyStyle | None) -> str:
    """Return the emotion and the manner of a reply, "" if the model chose none."""
    if style is None:
        return ""
    label = EMOTIONS[style.emotion]
    description = f": {escape_markdown(style.description)}" if style.description else ""
    return f"{label.emoji} {localize(label.en)}{description}"


def language_note(language: str, default: str) -> str:
    """Return the name of a reply's language, "" for the default one."""
    return "" if language == default else localize(languages.display_name(language))
