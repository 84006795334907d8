"""Example clips: the table in examples_audio/ as rows and as voices."""

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
MAX_SECONDS = 30.0  # of an example clip; engines use no more of a reference


@dataclass(frozen=True, slots=True)
class Example:
    """Example clip.

    Attributes:
        file: Name in FOLDER.
        text: Transcript.
        language: ISO 639 code.
        emotion: Code of labels.EMOTIONS.
        voice: Name of the speaker: the engine and its preset, as in "kokoro:af_heart".
        sex: Sex of the speaker, "female" or "male".
        licence: Licence of the clip.
        made: How the clip was made.
    """

    file: str
    text: str
    language: str
    emotion: str
    voice: str
    sex: str
    licence: str
    made: str

    @property
    def path(self) -> Path:
        """Return the path of the clip."""
        return FOLDER / self.file

    @property
    def label(self) -> str:
        """Return the label of the clip on pages."""
        return f"{LANGUAGES[self.language].native} {EMOTIONS[self.emotion].emoji}"


def _read() -> tuple[Example, ...]:
    rows = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


EXAMPLES: tuple[Example, ...] = _read()


@cache
def example_voices() -> dict[str, Voice]:
    """Return the examples as reference voices by id, such as "en_neutral"; by language, neutral ones first."""
    order = list(LANGUAGES)
    rows = sorted(EXAMPLES, key=lambda row: (order.index(row.language), row.emotion != "neutral"))
    return {f"{row.language}_{row.emotion}": _voice(row) for row in rows}


def _voice(row: Example) -> Voice:
    name = Message(
        "{language}, {emotion} (example clip)",
        language=Message(LANGUAGES[row.language].name),
        emotion=Message(EMOTIONS[row.emotion].en),
    )
    return Voice(name, row.language, clip=audio.load(row.path, MAX_SECONDS), text=row.text, sex=row.sex)
