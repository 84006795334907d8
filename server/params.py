"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

from __future__ import annotations

import logging
import random
import re
from typing import ParamSpec, TypeVar

from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

AUTO = "auto"
_ENDS = re.compile(r"\s*[,，、;；\n]\s*")  # of hotwords
MAX_SEED = 2**31 - 1


def resolve_seed(seed: float | None) -> int:
    """The visitor's seed, or a fresh one for a negative number or none."""
    return random.randint(0, MAX_SEED) if seed is None or seed < 0 else min(int(seed), MAX_SEED)


def parse_word_list(written: str | None) -> tuple[str, ...]:
    """Hotwords as a visitor lists them, with commas or line breaks between them."""
    return tuple(word for word in _ENDS.split(written or "") if word)


def parse_language(value: str) -> str | None:
    """The code, or None for automatic detection. Raises BadInput for anything the table lacks."""
    if value == AUTO:
        return None
    if value not in LANGUAGES:
        raise BadInput(
            "Unknown language code {code!r}. Choose one of: {choices}.",
            code=value,
            choices=(AUTO, *LANGUAGES),
        )
    return value
