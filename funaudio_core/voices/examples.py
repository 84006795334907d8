"""The example clips: the table in examples_audio/ as rows, and as voices. Knows no engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from funaudio_core import audio
from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.types import Voice

FOLDER = Path(__file__).parent.parent.parent / "examples_audio"
MAX_SECONDS = 30.0  # seconds of an example; no more is used of a reference


@dataclass(frozen=True, slots=True)
class Example:
    """One clip. text: what is said. emotion: a code of labels.EMOTIONS. made: how it came to be."""

    file: str
    text: str
    language: str
    emotion: str
    voice: str
    licence: str
    made: str

    @property
    def path(self) -> Path:
        """Where the clip lies."""
        return FOLDER / self.file

    @property
    def label(self) -> str:
        """What the row of examples shows."""
        return f"{LANGUAGES[self.language].native} {EMOTIONS[self.emotion].emoji}"


def _read() -> tuple[Example, ...]:
    rows = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


EXAMPLES: tuple[Example, ...] = _read()


@cache
def example_voices() -> dict[str, Voice]:
    """The examples as reference voices by id, such as "en_neutral": by language, the neutral ones first."""
    order = list(LANGUAGES)
    rows = sorted(EXAMPLES, key=lambda row: (order.index(row.language), row.emotion != "neutral"))
    return {f"{row.language}_{row.emotion}": _voice(row) for row in rows}


def _voice(row: Example) -> Voice:
    name = Message(
        "{language}, {emotion} (example clip)",
        language=Message(LANGUAGES[row.language].name),
        emotion=Message(EMOTIONS[row.emotion].en),
    )
    return Voice(name, row.language, clip=audio.load(row.path, MAX_SECONDS), text=row.text)
