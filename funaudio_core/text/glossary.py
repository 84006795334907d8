"""Parsing of a glossary for a translator."""

from __future__ import annotations

import re

from funaudio_core.errors import BadInput
from funaudio_core.text import clean

MAX_TERMS = 100
MAX_TERM_LENGTH = 100  # characters of a term or its translation
_SEPARATOR = re.compile(r"\s*(?:=+>?|→|->|\t)\s*")


def parse_glossary(text: str) -> tuple[tuple[str, str], ...]:
    """Return (term, translation) for each line such as "bank = orilla"; the last line wins if a term repeats.

    Raises:
        BadInput: A line has another form, or there are more than MAX_TERMS terms.
    """
    terms: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        parts = [clean(part) for part in _SEPARATOR.split(line.strip())]
        if len(parts) != 2 or not all(parts) or max(map(len, parts)) > MAX_TERM_LENGTH:
            raise BadInput(
                "{line!r} isn't a glossary entry. Write one term and its translation per line, such as: "
                "bank = riverside",
                line=line.strip()[:80],
            )
        terms[parts[0]] = parts[1]
    if len(terms) > MAX_TERMS:
        raise BadInput(
            "The glossary is too long ({count} terms; the limit is {most}). Shorten it.",
            count=len(terms),
            most=MAX_TERMS,
        )
    return tuple(terms.items())
