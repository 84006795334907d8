"""Takes out of written text what must not be read aloud: Markdown, links, stage directions. Pure; knows no model."""

from __future__ import annotations

import re

from funaudio_core.text import clean

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # [shown](address): the shown words stay
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_CONTROL = re.compile(r"<\|?[^<>|]{0,40}\|?>")  # <|im_end|>, <b>, </think>
_DIRECTION = re.compile(
    r"\*(?:smiles?|sighs?|laughs?|nods?|grins?|winks?|hugs?|chuckles?|giggles?)[^*]{0,30}\*", re.IGNORECASE
)
_BULLET = re.compile(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_MARKS = re.compile(r"[*_`~#|\\^{}\[\]<>=]+")


def strip(text: str) -> str:
    """The words of `text` alone: cleaned (text.clean), without Markdown, links, tags, bullets and stage directions."""
    text = _LINK.sub(r"\1", text)
    for pattern in (_ADDRESS, _CONTROL, _DIRECTION, _BULLET):
        text = pattern.sub(" ", text)
    return clean(re.sub(r"\s+([,.!?;:])(?=\s|$)", r"\1", _MARKS.sub(" ", text)))
