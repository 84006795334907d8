"""Takes out of written text what must not be read aloud: Markdown, links, stage directions. Pure; knows no model."""

from __future__ import annotations

import re

from funaudio_core.text import clean

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # [shown](address): the shown words stay
_DROPPED = (
    re.compile(r"(?:https?://|www\.)[^\s)\]]+"),
    re.compile(r"[(（]\s*[)）]"),  # what is left of an address in brackets
    re.compile(r"<\|?[^<>|]{0,40}\|?>"),  # <|im_end|>, <b>, </think>
    re.compile(r"\[[^\[\]]{0,40}\]"),  # [laughs], [1]
    re.compile(r"\*(?:smiles?|sighs?|laughs?|nods?|grins?|winks?|hugs?|chuckles?|giggles?)[^*]{0,30}\*", re.IGNORECASE),
    re.compile(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+", re.MULTILINE),  # bullets, headings, quotes, numbers
    re.compile(r"(?<=\w)_+(?=\w)"),  # snake_case is two words
)
_AROUND_WORDS = re.compile(r"[*_`~]+")
NO_TAGS: frozenset[str] = frozenset()
_SIGNS = re.compile(r"[#|\\^{}\[\]<>=]+")
_UNCLEAR = re.compile(r"[*_`~#|\\^{}=<>()（）【】\[\]\n]|https?:|www\.", re.IGNORECASE)  # may begin markup
_WIDE = "\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff"  # kana and Chinese characters
_CUT = re.compile(rf"[^\W_][,;:'\"’”，、；：]*\s+(?=[^\W_])|[{_WIDE}][，、；：]?(?=[{_WIDE}])")
_WORD = "x"


def strip_markup(text: str, keep: frozenset[str] = NO_TAGS) -> str:
    """The words of `text` alone: cleaned (text.clean), without Markdown, links, tags, bullets and stage directions.

    keep: names of event tags that stay where they are, written "[laughter]".
    """
    if not keep:
        return _words(text)
    parts = re.split(_tags(keep), text)
    out = ""
    for place, part in enumerate(parts):
        words = part if place % 2 else _words(part)
        apart = out and (part[:1].isspace() or parts[place - 1][-1:].isspace())
        out += (" " if apart and words and not out.endswith(" ") else "") + words
    return out


def strip_continuation(text: str, keep: frozenset[str] = NO_TAGS) -> str:
    """What strip() makes of a text that goes on behind a word and a space."""
    return strip_markup(f"{_WORD} {text}", keep)[len(_WORD) :].lstrip()


def stable_prefix_length(text: str, keep: frozenset[str] = NO_TAGS) -> int:
    """Length of the longest beginning of a text under way that strip() reads alike whatever follows; 0 for none.

    It ends between white space and a word, or between two characters of a script that has none, and never behind a
    mark that may end a sentence; going_on() is for what follows. keep: as for strip().
    """
    plain = re.sub(_tags(keep), lambda tag: "x" * len(tag.group()), text) if keep else text
    unclear = _UNCLEAR.search(plain)
    clear = unclear.start() if unclear else len(plain)
    return max((match.end() for match in _CUT.finditer(plain) if match.end() <= clear), default=0)


def _tags(keep: frozenset[str]) -> str:
    return rf"(\[(?:{'|'.join(map(re.escape, sorted(keep)))})\])"


def _words(text: str) -> str:
    text = _LINK.sub(r"\1", text)
    for pattern in _DROPPED:
        text = pattern.sub(" ", text)
    text = _SIGNS.sub(" ", _AROUND_WORDS.sub("", text))
    return re.sub(r" +([,.])(?=\s|$)", r"\1", clean(text))
