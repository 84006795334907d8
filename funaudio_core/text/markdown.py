"""Removal of Markdown's marks."""

from __future__ import annotations

import re

_ADDRESS = r"\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+[\"'][^\"']*[\"'])?\)"


_MARKDOWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"!\[([^\]]*)\]{_ADDRESS}"), r"\1"),
    (re.compile(rf"\[([^\]]+)\]{_ADDRESS}"), r"\1"),
    (re.compile(r"\[\^[^\]\s]+\]:?"), ""),  # footnotes
    (re.compile(r"<((?:https?|mailto):[^\s<>]+|[\w.+-]+@[\w.-]+)>"), r"\1"),
    (re.compile(r"^[ \t]*(?:[-*_=][ \t]*){3,}$", re.MULTILINE), ""),  # rules, underlined headings
    (
        re.compile(r"^[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*\|?[ \t]*$", re.MULTILINE),
        "",
    ),  # below table heads
    (re.compile(r"^[ \t]*#{1,6}[ \t]+(.*?)[ \t]*#*$", re.MULTILINE), r"\1"),
    (re.compile(r"^[ \t]*(?:>[ \t]+)+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*[-*+•‣◦▪][ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE), ""),
    (re.compile(r"(?<!\\)(\*\*\*|___)(?=\S)(.+?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<!\\)(?<![\w*])\*\*(?=\S)(.+?)(?<=\S)\*\*|\*\*(?=\S)(.+?)(?<=\S)\*\*", re.DOTALL), r"\1\2"),
    (re.compile(r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)", re.DOTALL), r"\1"),
    (re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=[^\s_])([^_\n]*?[^\s_])_(?!\w)"), r"\1"),
    (re.compile(r"~~(?=\S)(.+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"==(?=\S)([^=\n]+?)(?<=\S)=="), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|~>-])"), r"\1"),
)


_DEFINITION = re.compile(r"^[ \t]*\[([^\]\n^]+)\]:[ \t]*\S+.*$", re.MULTILINE)  # where a reference link leads


_REFERENCE = re.compile(r"\[([^\]\n]+)\](?:\[([^\]\n]*)\])?")


_TABLE_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)


def strip_markdown(text: str) -> str:
    """Return a text without its Markdown."""
    labels = {label.lower() for label in _DEFINITION.findall(text)}
    if labels:
        text = _DEFINITION.sub("", text)
        text = _REFERENCE.sub(lambda m: m[1] if (m[2] or m[1]).lower() in labels else m.group(), text)
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return _TABLE_ROW.sub(lambda row: ", ".join(cell.strip() for cell in row[1].split("|") if cell.strip()), text)
