"""Parts of a narration: about half a minute of lines, named by a digest of all that their sound depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import is_spaced
from funaudio_core.narration.delivery import style_of, words_of
from funaudio_core.narration.foreign import spoken_by
from funaudio_core.narration.model import Cast, Line, Options, PlannedChapter
from funaudio_core.types import SpeechRequest, Style, Voice

# Characters of a part, by languages.is_spaced: about 30 s of speech. The first part of a narration is short, so that it
# is soon heard, and so is the second one: the first may be a heading alone, which is over before a long part is made.
PART_CHARACTERS = {True: 440, False: 130}
FIRST_CHARACTERS = {True: 100, False: 30}
SECOND_CHARACTERS = {True: 200, False: 60}
FORMAT = 1  # of stored parts; part of the digest
DIGEST_BYTES = 16
_JSON = json.JSONEncoder(ensure_ascii=False)  # json.dumps() would make one for each part
_STYLE_NAMES = sorted(field.name for field in fields(Style))


@dataclass(frozen=True, slots=True)
class Part:
    """Lines `first` to `end` of a chapter, and the digest that names their sound."""

    digest: str
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything but the lines that the sound of a part depends on.

    Attributes:
        language: ISO 639 code.
        cast: The cast.
        options: The options.
        spec: The synthesizer.
    """

    language: str
    cast: Cast
    options: Options
    spec: EngineSpec[Synthesizer]


def group_lines(lines: Sequence[Line], language: str, is_first_chapter: bool) -> Iterator[tuple[int, int]]:
    """Yield the first line of each part and the line after it. It depends on the written text alone."""
    has_spaces = is_spaced(language)
    limits = iter((FIRST_CHARACTERS, SECOND_CHARACTERS) if is_first_chapter else ())
    most = next(limits, PART_CHARACTERS)[has_spaces]
    first = characters = 0
    for number, line in enumerate(lines):
        if characters and characters + len(line.text) > most:
            yield first, number
            first, characters, most = number, 0, next(limits, PART_CHARACTERS)[has_spaces]
        characters += len(line.text)
    if first < len(lines):
        yield first, len(lines)


def divide(chapter: PlannedChapter, setting: Setting, is_first_chapter: bool) -> tuple[Part, ...]:
    """Return the parts of a chapter."""
    return tuple(
        Part(_digest(chapter.lines, first, end, setting), first, end)
        for first, end in group_lines(chapter.lines, setting.language, is_first_chapter)
    )


def line_requests(
    lines: Sequence[Line], part: Part, setting: Setting, voices: Mapping[str, Voice]
) -> list[SpeechRequest]:
    """Return a request for each line of a part.

    Args:
        lines: All lines of the chapter.
        part: The part.
        setting: The setting.
        voices: Voice of each id that voices_of() returns.
    """
    requests = []
    for number in range(part.first, part.end):
        line, role = lines[number], setting.cast.role(lines[number].speaker)
        language, voice = spoken_by(line, role, setting.language, setting.spec)
        words = words_of(line, lines[number - 1] if number else None, language, setting.options)
        style = style_of(line, role, setting.options, setting.spec)
        requests.append(SpeechRequest(words, language, voices[voice], style, setting.options.seed))
    return requests


def voices_of(lines: Sequence[Line], part: Part, setting: Setting) -> frozenset[str]:
    """Return the ids of the voices that speak in a part. lines: All lines of the chapter."""
    spoken = ((line, setting.cast.role(line.speaker)) for line in lines[part.first : part.end])
    return frozenset(spoken_by(line, role, setting.language, setting.spec)[1] for line, role in spoken)


def _digest(lines: Sequence[Line], first: int, end: int, setting: Setting) -> str:
    rows = []
    for number in range(first, end):
        line, role = lines[number], setting.cast.role(lines[number].speaker)
        language, voice = spoken_by(line, role, setting.language, setting.spec)
        words = words_of(line, lines[number - 1] if number else None, language, setting.options)
        style = style_of(line, role, setting.options, setting.spec)
        rows.append([words, voice, *(getattr(style, name) for name in _STYLE_NAMES)])
    made = [FORMAT, setting.spec.name, setting.language, setting.options.seed, rows]
    return hashlib.sha256(_JSON.encode(made).encode()).hexdigest()[: 2 * DIGEST_BYTES]
