"""Parameters of pages and endpoints: seeds, languages, word lists, files."""

from __future__ import annotations

import random
import re
from typing import Annotated

from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES, find_code

AudioPath = Annotated[str, "audio file"]  # parameter or result of an endpoint that is a file, not a text
FilePath = Annotated[str, "file"]  # the same for any other kind of file
AUTO = "auto"
_UNKNOWN_LANGUAGES = ("", AUTO, "und", "mul")  # the last two are the tags for undetermined and for several languages
_SEPARATORS = re.compile(r"\s*[,，、;；\n]\s*")  # between hotwords
OFF = "off"  # no speakers, see parse_speakers()
MAX_SPEAKERS, MAX_NUMBER_DIGITS = 8, 3  # of a clip; of their number, with leading zeros
MAX_SEED = 2**31 - 1
MAX_QUOTED_CHARACTERS = 60  # of a wrong value


def resolve_seed(seed: float | None) -> int:
    """Return a seed as an integer up to MAX_SEED; a random one for None or a negative number."""
    return random.randint(0, MAX_SEED) if seed is None or seed < 0 else min(int(seed), MAX_SEED)


def parse_word_list(written: str | None) -> tuple[str, ...]:
    """Return the words of a list that is separated by commas, semicolons or line breaks."""
    return tuple(word for word in _SEPARATORS.split(written or "") if word)


def parse_speakers(value: str) -> int | None:
    """Return a number of speakers; 0 to find it, and None not to tell them apart.

    Args:
        value: OFF, AUTO, or a number up to MAX_SPEAKERS; "" is OFF.

    Raises:
        BadInput: It is anything else.
    """
    written = value.strip().lower() or OFF
    if written in (OFF, AUTO):
        return None if written == OFF else 0
    number = int(written) if written.isdecimal() and len(written) <= MAX_NUMBER_DIGITS else 0
    if not 1 <= number <= MAX_SPEAKERS:
        raise BadInput(
            "{value!r} isn't a number of speakers. Use {off}, {auto} or a number from 1 to {most}.",
            value=value[:MAX_QUOTED_CHARACTERS],
            off=OFF,
            auto=AUTO,
            most=MAX_SPEAKERS,
        )
    return number


def parse_language(value: str) -> str | None:
    """Return the code of a language, or None to detect it.

    Args:
        value: AUTO, a code, a BCP 47 tag or a name; see languages.find_code().

    Raises:
        BadInput: The language is unknown.
    """
    if value.strip().lower() in _UNKNOWN_LANGUAGES:
        return None
    code = find_code(value)
    if code is None:
        raise BadInput(
            "Unknown language code {code!r}. Choose one of: {choices}.",
            code=value[:MAX_QUOTED_CHARACTERS],
            choices=(AUTO, *LANGUAGES),
        )
    return code
