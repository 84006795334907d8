"""Parameters of pages and endpoints: seeds, languages, word lists, files."""

from __future__ import annotations

import random
import re
from typing import Annotated

from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES

AudioPath = Annotated[str, "audio file"]  # parameter or result of an endpoint that is a file, not a text
AUTO = "auto"
_SEPARATORS = re.compile(r"\s*[,，、;；\n]\s*")  # between hotwords
MAX_SEED = 2**31 - 1


def resolve_seed(seed: float | None) -> int:
    """Return a seed as an integer up to MAX_SEED; a random one for None or a negative number."""
    return random.randint(0, MAX_SEED) if seed is None or seed < 0 else min(int(seed), MAX_SEED)


def parse_word_list(written: str | None) -> tuple[str, ...]:
    """Return the words of a list that is separated by commas, semicolons or line breaks."""
    return tuple(word for word in _SEPARATORS.split(written or "") if word)


def parse_language(value: str) -> str | None:
    """Return a language code, or None for AUTO. Raises BadInput if the language is unknown."""
    if value == AUTO:
        return None
    if value not in LANGUAGES:
        raise BadInput(
            "Unknown language code {code!r}. Choose one of: {choices}.",
            code=value,
            choices=(AUTO, *LANGUAGES),
        )
    return value
