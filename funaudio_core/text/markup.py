"""Removal of Markdown, links and stage directions from text that is to be spoken."""

from __future__ import annotations

import re

from funaudio_core.text import clean

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")  # [label](address): the label stays
_REMOVED = (
    re.compile(r"(?:https?://|www\.)[^\s)\]]+?\.?(?=[,;:!?]*(?:[\s)\]]|$))"),
    re.compile(r"[(（]\s*[)）]"),  # brackets left empty by a removed address
    re.compile(r"<\|?[^<>|]{0,40}\|?>"),  # <|im_end|>, <b>, </think>
    re.compile(r"\[[^\[\]]{0,40}\]"),  # [laughs], [1]
    re.compile(r"\*(?:smiles?|sighs?|laughs?|nods?|grins?|winks?|hugs?|chuckles?|giggles?)[^*]{0,30}\*", re.IGNORECASE),
    re.compile(r"^[ \t]*(?:[-*+•]|#{1,6}|>|\d{1,2}[.)])[ \t]+", re.MULTILINE),  # bullets, headings, quotes, numbers
    re.compile(r"(?<=\w)_+(?=\w)"),  # snake_case becomes two words
)
_EMPHASIS = re.compile(r"[*_`~]+")
NO_TAGS: frozenset[str] = frozenset()
_SYMBOLS = re.compile(r"[#|\\^{}\[\]<>=]+")
_MARKUP_START = re.compile(r"[*_`~#|\\^{}=<>()（）【】\[\]\n]|https?:|www\.", re.IGNORECASE)  # may begin markup
_UNSPACED_CHARS = "\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff"  # kana and Chinese characters
_SAFE_CUT = re.compile(rf"[^\W_][,;:'\"’”，、；：]*\s+(?=[^\W_])|[{_UNSPACED_CHARS}][，、；：]?(?=[{_UNSPACED_CHARS}])")
_PLACEHOLDER = "x"


def strip_markup(text: str, keep_tags: frozenset[str] = NO_TAGS) -> str:
    """Return the text cleaned, without Markdown, links, tags, bullets and stage directions.

    Args:
        text: The text.
        keep_tags: Names of event tags that stay, such as "laughter" for "[laughter]".
    """
    if not keep_tags:
        return _strip_all(text)
    parts = re.split(_tag_pattern(keep_tags), text)  # text and tags in turn
    out = ""
    for index, part in enumerate(parts):
        words = part if index % 2 else _strip_all(part)
        spaced = out and (part[:1].isspace() or parts[index - 1][-1:].isspace())
        out += (" " if spaced and words and not out.endswith(" ") else "") + words
    return out


def strip_continuation(text: str, keep_tags: frozenset[str] = NO_TAGS) -> str:
    """Return strip_markup() of text that follows a word and a space, so that its start is not read as a bullet."""
    return strip_markup(f"{_PLACEHOLDER} {text}", keep_tags)[len(_PLACEHOLDER) :].lstrip()


def stable_prefix_length(text: str, keep_tags: frozenset[str] = NO_TAGS) -> int:
    """Return the length of the longest prefix that strip_markup() treats the same whatever follows; 0 if there is none.

    For text that is still being written; strip_continuation() is for the rest. The prefix ends between white space and
    a word, or between two characters of a script without spaces, never after a mark that may end a sentence.
    """
    plain = re.sub(_tag_pattern(keep_tags), lambda tag: "x" * len(tag.group()), text) if keep_tags else text
    markup = _MARKUP_START.search(plain)
    limit = markup.start() if markup else len(plain)
    return max((match.end() for match in _SAFE_CUT.finditer(plain) if match.end() <= limit), default=0)


def _tag_pattern(names: frozenset[str]) -> str:
    """Return a pattern with one group, the tags of these names."""
    return rf"(\[(?:{'|'.join(map(re.escape, sorted(names)))})\])"


def _strip_all(text: str) -> str:
    """Return the text cleaned, without markup and any tags."""
    text = _LINK.sub(r"\1", text)
    for pattern in _REMOVED:
        text = pattern.sub(" ", text)
    text = _SYMBOLS.sub(" ", _EMPHASIS.sub("", text))
    return re.sub(r" +([,.])(?=\s|$)", r"\1", clean(text))
