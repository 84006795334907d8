"""What stands in the history of the Chat page: words, marks and small notes below them. Knows no component."""

from __future__ import annotations

import re
from collections.abc import Sequence

from funaudio_core import languages
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.types import Emotion, ReplyStyle, Turn
from server.request import localize
from tabs.components.strings import emotion_text

MARKS = {  # of the sounds that a reply may hold, by tag
    "laughter": EVENTS["laughter"].emoji,
    "sigh": "😮‍💨",
    "breath": EVENTS["breath"].emoji,
    "cough": EVENTS["cough"].emoji,
    "pause": "⏸️",
}
BETWEEN = " · "  # notes
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_TAG = re.compile(r"\[([^\[\]]{0,40})\]")
_BEGUN = re.compile(r"\[[^\[\]]*$")  # a tag that is still being written


def plain(text: str) -> str:
    """The text as Markdown that shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)


def with_notes(text: str, *notes: str) -> str:
    """Markdown with those notes below it that are not empty."""
    told = BETWEEN.join(note for note in notes if note)
    return f"{text}\n\n*{told}*" if told else text


def heard(turn: Turn) -> str:
    """What a user said or typed, as it is, with the feeling and the sounds that came with it."""
    return with_notes(plain(turn.text), mood(turn.emotion), sounds(turn.events))


def reply(written: str) -> str:
    """A reply as far as it is written: a mark for every sound in it, nothing for what else stands in brackets."""
    parts = _TAG.split(_BEGUN.sub("", written))
    return "".join(MARKS.get(part, "") if place % 2 else plain(part) for place, part in enumerate(parts)).strip()


def mood(emotion: Emotion | None) -> str:
    """An emotion as the page shows it."""
    if emotion is None:
        return ""
    return f"{EMOTIONS[emotion.label].emoji} {emotion_text(emotion)}"


def sounds(events: Sequence[str]) -> str:
    """Sounds that were heard with words. events: codes of labels.EVENTS."""
    return BETWEEN.join(f"{EVENTS[code].emoji} {localize(EVENTS[code].en)}" for code in events)


def style_text(delivery: ReplyStyle | None) -> str:
    """How a reply is spoken; "" where its writer did not say."""
    if delivery is None:
        return ""
    label = EMOTIONS[delivery.emotion]
    more = f": {plain(delivery.description)}" if delivery.description else ""
    return f"{label.emoji} {localize(label.en)}{more}"


def spoken_in(language: str, usual: str) -> str:
    """The language of a reply; "" where it is the usual one."""
    return "" if language == usual else localize(languages.display_name(language))
