"""Takes out of written text what must not be read aloud: Markdown, links, stage directions. Pure; knows no model."""

from __future__ import annotations

import re

from funaudio_core.text import clean

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # [shown](address): the shown words stay
_REMOVED = (
    re.compile(r"(?:https?://|www\.)[^\s)\]]+"),
    re.compile(r"[(（]\s*[)）]"),  # what is left of an address in brackets
    re.compile(r"<\|?[^<>|]{0,40}\|?>"),  # <|im_end|>, <b>, </think>
    re.compile(r"\[[^\[\]]{0,40}\]"),  # [laughs], [1]
    re.compile(r"\*(?:smiles?|sighs?|laughs?|nods?|grins?|winks?|hugs?|chuckles?|giggles?)[^*]{0,30}\*", re.IGNORECASE),
    re.compile(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+", re.MULTILINE),  # bullets, headings, quotes, numbers
    re.compile(r"(?<=\w)_+(?=\w)"),  # snake_case is two words
)
_EMPHASIS = re.compile(r"[*_`~]+")
NO_TAGS: frozenset[str] = frozenset()
_SYMBOLS = re.compile(r"[#|\\^{}\[\]<>=]+")
_MARKUP_START = re.compile(r"[*_`~#|\\^{}=<>()（）【】\[\]\n]|https?:|www\.", re.IGNORECASE)  # may begin markup
_UNSPACED_CHARS = "\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff"  # kana and Chinese characters
_SAFE_CUT = re.compile(rf"[^\W_][,;:'\"’”，、；：]*\s+(?=[^\W_])|[{_UNSPACED_CHARS}][，、；：]?(?=[{_UNSPACED_CHARS}])")
_PLACEHOLDER = "x"


def strip_markup(text: str, keep_tags: frozenset[str] = NO_TAGS) -> str:
    """The words of `text` alone: cleaned (text.clean), without Markdown, links, tags, bullets and stage directions.

    keep: names of event tags that stay where they are, written "[laughter]".
    """
    if not keep_tags:
        return _strip_all(text)
    parts = re.split(_tag_pattern(keep_tags), text)
    out = ""
    for place, part in enumerate(parts):
        words = part if place % 2 else _strip_all(part)
        apart = out and (part[:1].isspace() or parts[place - 1][-1:].isspace())
        out += (" " if apart and words and not out.endswith(" ") else "") + words
    return out


def strip_continuation(text: str, keep_tags: frozenset[str] = NO_TAGS) -> str:
    """What strip() makes of a text that goes on behind a word and a space."""
    return strip_markup(f"{_PLACEHOLDER} {text}", keep_tags)[len(_PLACEHOLDER) :].lstrip()


def stable_prefix_length(text: str, keep_tags: frozenset[str] = NO_TAGS) -> int:
    """Length of the longest beginning of a text under way that strip() reads alike whatever follows; 0 for none.

    It ends between white space and a word, or between two characters of a script that has none, and never behind a
    mark that may end a sentence; going_on() is for what follows. keep: as for strip().
    """
    plain = re.sub(_tag_pattern(keep_tags), lambda tag: "x" * len(tag.group()), text) if keep_tags else text
    unclear = _MARKUP_START.search(plain)
    clear = unclear.start() if unclear else len(plain)
    return max((match.end() for match in _SAFE_CUT.finditer(plain) if match.end() <= clear), default=0)


def _tag_pattern(names: frozenset[str]) -> str:
    return rf"(\[(?:{'|'.join(map(re.escape, sorted(names)))})\])"


def _strip_all(text: str) -> str:
    text = _LINK.sub(r"\1", text)
    for pattern in _REMOVED:
        text = pattern.sub(" ", text)
    text = _SYMBOLS.sub(" ", _EMPHASIS.sub("", text))
    return re.sub(r" +([,.])(?=\s|$)", r"\1", clean(text))
