"""Takes out of written text what must not be read aloud: Markdown, links, stage directions. Pure; knows no model."""

from __future__ import annotations

import re

from funaudio_core.text import clean

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # [shown](address): the shown words stay
_DROPPED = (
    re.compile(r"(?:https?://|www\.)\S+"),
    re.compile(r"<\|?[^<>|]{0,40}\|?>"),  # <|im_end|>, <b>, </think>
    re.compile(r"\[[^\[\]]{0,40}\]"),  # [laughs], [1]
    re.compile(r"\*(?:smiles?|sighs?|laughs?|nods?|grins?|winks?|hugs?|chuckles?|giggles?)[^*]{0,30}\*", re.IGNORECASE),
    re.compile(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+", re.MULTILINE),  # bullets, headings, quotes, numbers
    re.compile(r"(?<=\w)_+(?=\w)"),  # snake_case is two words
)
_AROUND_WORDS = re.compile(r"[*_`~]+")
_SIGNS = re.compile(r"[#|\\^{}\[\]<>=]+")


def strip(text: str) -> str:
    """The words of `text` alone: cleaned (text.clean), without Markdown, links, tags, bullets and stage directions."""
    text = _LINK.sub(r"\1", text)
    for pattern in _DROPPED:
        text = pattern.sub(" ", text)
    text = _SIGNS.sub(" ", _AROUND_WORDS.sub("", text))
    return re.sub(r" +([,.])(?=\s|$)", r"\1", clean(text))
