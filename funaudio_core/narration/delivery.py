"""Delivery of a line: the words that are spoken, their style, and the pause after them."""

from __future__ import annotations

import re
from dataclasses import replace

from funaudio_core import text
from funaudio_core.books.model import HEADING
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.labels import EMOTIONS
from funaudio_core.narration.model import NARRATOR, Line, Options, Role
from funaudio_core.pipelines.stages import EMOTION_INSTRUCTION, STYLE_INSTRUCTION
from funaudio_core.text.instructions import EMOTION_STYLES, LIMITS
from funaudio_core.text.pronunciations import apply_pronunciations
from funaudio_core.text.spoken_form import spoken_form
from funaudio_core.text.spoken_form.numbers import roman_value
from funaudio_core.types import Style

HEADING_RATE = 0.94  # beside the rate of narration
WHISPER_DB, WHISPER_RATE = -4.0, 0.95
WHISPER_MANNER = "in a very soft voice, whispering"  # for engines that take instructions
# Pauses in seconds, times Options.pause; the longest that applies.
WITHIN_SENTENCE_SECONDS = 0.12
SENTENCE_SECONDS = 0.3
OTHER_SPEAKER_SECONDS = 0.3
PARAGRAPH_SECONDS = 0.55
SCENE_SECONDS = 1.4
HEADING_SECONDS = 1.0
CHAPTER_SECONDS = 2.0
# A short stretch of narration after a quotation, such as "he said.", is spoken as if the sentence went on.
MAX_TAG_CHARACTERS = 60
_TAG_START = re.compile(r"[a-z\u00df-\u00ff\u3400-\u9fff]")
_COMMAS = (",", "，", "、")
_OPEN_QUOTATION = re.compile(r"([,，、?!？！…—–-])[\"'”’」』]*\s*$")
# Number at the start of a heading: "XIV", "IV. The Garden", "I – The Garden", but neither "L. Frank Baum" nor "C".
_NUMERAL = re.compile(r"\s*([IVX]|[IVXLC]{2,})(?=[.:)]?\s*$|[.:)]\s|[.:)]?\s*[—–]|\s+-\s)")
# Marks of books that a synthesizer would take for tags of its own.
_PLAIN = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "*": " ", "_": " ", "`": "'", "#": " "})


def words_of(line: Line, before: Line | None, language: str, options: Options) -> str:
    """Return the text to speak, with marks of pronunciation.

    Args:
        line: The line.
        before: The line before it in the chapter.
        language: ISO 639 code.
        options: Options of the narration.
    """
    words = (line.said or line.text).translate(_PLAIN).strip()
    if not line.said and is_tag(line, before):
        words = words[:-1] + ("，" if words.endswith("。") else ",")
    numeral, value = _numeral_of(line)
    if not numeral or any(entry.word.casefold() == numeral.casefold() for entry in options.pronunciations):
        return apply_pronunciations(words, options.pronunciations, language)
    rest = apply_pronunciations(words[len(numeral) :], options.pronunciations, language)
    return f'<sub alias="{spoken_form(str(value), language)}">{numeral}</sub>{rest}'


def text_of(line: Line) -> str:
    """Return the text of a line as a recognizer may write it: with the Roman number of a heading in digits."""
    numeral, value = _numeral_of(line)
    return line.text.replace(numeral, str(value), 1) if numeral else line.said or line.text


def _numeral_of(line: Line) -> tuple[str, int]:
    """Return the Roman number that a heading begins with, and its value; "" and 0 for other lines."""
    found = None if line.said or line.kind != HEADING else _NUMERAL.match(line.text)
    value = roman_value(found[1]) if found else 0
    return (found[1], value) if found and value else ("", 0)


def is_tag(line: Line, before: Line | None) -> bool:
    """Return whether a line only says who spoke the quotation before it, as part of the same sentence."""
    words = line.text.strip()
    return (
        before is not None
        and before.passage == line.passage
        and before.is_quotation
        and line.speaker == NARRATOR
        and not line.is_quotation
        and len(words) <= MAX_TAG_CHARACTERS
        and words.endswith((".", "。"))
        and (mark := _OPEN_QUOTATION.search(before.text)) is not None
        and (mark[1] in _COMMAS or _TAG_START.match(words) is not None)
    )


def style_of(line: Line, role: Role, options: Options, spec: EngineSpec[Synthesizer]) -> Style:
    """Return the style of a line for an engine: feeling and loudness of the line, pitch and rate of the role."""
    rate = role.rate
    if line.speaker == NARRATOR:
        rate *= options.rate * (HEADING_RATE if line.kind == HEADING else 1.0)
    if spec.instruction_prompt is not None:
        return Style(
            rate=_clamp("rate", rate),
            level=line.level,
            emotion=line.emotion,
            instruction=_instruction(line),
            pause=options.pause,
        )
    feeling = EMOTION_STYLES[line.emotion]
    level, whisper_rate = (WHISPER_DB, WHISPER_RATE) if line.is_whispered else (0.0, 1.0)
    return replace(
        feeling,
        rate=_clamp("rate", feeling.rate * rate * whisper_rate),
        pitch=_clamp("pitch", feeling.pitch + role.pitch),
        level=_clamp("level", feeling.level + line.level + level),
        pause=feeling.pause * options.pause,
        whisper=line.is_whispered,
    )


def pause_after(line: Line, after: Line | None, options: Options) -> float:
    """Return the seconds of silence between a line and the next one of the chapter, or after its end."""
    if after is None:
        seconds = CHAPTER_SECONDS
    elif line.kind == HEADING != after.kind:
        seconds = HEADING_SECONDS
    elif after.follows_break:
        seconds = SCENE_SECONDS
    elif after.passage != line.passage:
        seconds = PARAGRAPH_SECONDS
    elif line.speaker != after.speaker and NARRATOR not in (line.speaker, after.speaker):
        seconds = OTHER_SPEAKER_SECONDS
    elif text.ends_sentence(line.text) and not is_tag(after, line):
        seconds = SENTENCE_SECONDS
    else:
        seconds = WITHIN_SENTENCE_SECONDS
    return seconds * options.pause


def _instruction(line: Line) -> str:
    """Return the manner of a line as an instruction; "" to leave it to the engine."""
    manner = ", ".join(part for part in (line.manner.strip(), WHISPER_MANNER if line.is_whispered else "") if part)
    if not manner:
        return ""
    template = STYLE_INSTRUCTION if line.emotion == "neutral" else EMOTION_INSTRUCTION
    return template.format(manner=manner, feeling=EMOTIONS[line.emotion].en)


def _clamp(name: str, value: float) -> float:
    low, high = LIMITS[name]
    return min(max(value, low), high)
