"""Ready sets of sentences for listening tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.listening_tests.model import MAX_CHARACTERS, MAX_SENTENCES
from funaudio_core.voices.examples import EXAMPLES

OWN_SET, VARIED_SET, EXAMPLE_SET = "own", "varied", "examples"
SETS = (VARIED_SET, EXAMPLE_SET, OWN_SET)
# Statement, question, list, number, name, direct speech: what synthesizers differ in.
_VARIED = {
    "en": (
        "The path along the river was closed after the storm.",
        "Did you really walk home in that rain?",
        "We need flour, two lemons, butter and a pinch of salt.",
        "The meeting on the 14th of May starts at 9:30 and costs $25.",
        "Doctor Margaret O'Neill moved from Edinburgh to Reykjavik.",
        "“Don't touch it,” she whispered, “it's still hot!”",
    ),
    "zh": (
        "暴雨过后，沿河的小路一直没有开放。",
        "下这么大的雨，你真的是走回家的吗？",
        "我们要买面粉、两个柠檬、黄油和一小撮盐。",
        "会议在五月十四日上午九点半开始，费用是二十五元。",
        "欧阳教授从重庆搬到了乌鲁木齐。",
        "“别碰，”她小声说，“还很烫呢！”",
    ),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence of a test.

    Attributes:
        text: Text.
        recording: Recording of a person or of the example voice, if there is one.
    """

    text: str
    recording: Path | None = None


def ready_sentences(name: str, language: str) -> tuple[Sentence, ...]:
    """Return a ready set in a language. Raise BadInput if the set has none."""
    if name == EXAMPLE_SET:
        found = tuple(Sentence(row.text, row.path) for row in EXAMPLES if row.language == language)[:MAX_SENTENCES]
    else:
        found = tuple(map(Sentence, _VARIED.get(language, ())))
    if not found:
        raise BadInput("There are no ready sentences in this language. Write your own.")
    return found


def own_sentences(text: str) -> tuple[Sentence, ...]:
    """Return the lines of a text. Raise BadInput for none, too many, or a long one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise BadInput("There are no sentences. Write one a line.")
    if len(lines) > MAX_SENTENCES:
        raise BadInput(
            "Too many sentences ({given}; at most {most}). Remove some.", given=len(lines), most=MAX_SENTENCES
        )
    for line in lines:
        if len(line) > MAX_CHARACTERS:
            raise BadInput(
                "A sentence has {given} characters; at most {most} are read aloud. Shorten it.",
                given=len(line),
                most=MAX_CHARACTERS,
            )
    return tuple(map(Sentence, lines))
