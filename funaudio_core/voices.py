"""The example clips: the table in examples_audio/ as rows. Knows no engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.labels import EMOTIONS
from funaudio_core.languages import LANGUAGES

FOLDER = Path(__file__).parent.parent / "examples_audio"


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
        return f"{LANGUAGES[self.language].native} {EMOTIONS[self.emotion].mark}"


def _read() -> tuple[Example, ...]:
    rows = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


EXAMPLES: tuple[Example, ...] = _read()
