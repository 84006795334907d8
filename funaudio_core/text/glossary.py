"""A visitor's list of terms as pairs for a translator. Pure."""

from __future__ import annotations

import re

from funaudio_core.errors import BadInput
from funaudio_core.text import clean

MAX_TERMS = 100
MAX_TERM_LENGTH = 100  # characters of a term or of its translation
_SEPARATOR = re.compile(r"\s*(?:=+>?|→|->|\t)\s*")


def parse_glossary(text: str) -> tuple[tuple[str, str], ...]:
    """(term, its translation) of each line such as "bank = orilla"; the last one counts where a term comes twice.

    Raises BadInput for a line of another form, and for more than MOST_TERMS.
    """
    found: dict[str, str] = {}
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
        found[parts[0]] = parts[1]
    if len(found) > MAX_TERMS:
        raise BadInput(
            "The glossary is too long ({count} terms; the limit is {most}). Shorten it.",
            count=len(found),
            most=MAX_TERMS,
        )
    return tuple(found.items())
