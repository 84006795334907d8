"""Table of training clips: a row for each part of a recording, as JSON lines on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.message import Message

MIN_SECONDS, MAX_SECONDS = 2.0, 15.0  # of a clip that is kept
HELD_OUT_SHARE = 0.1  # of the seconds of all clips that are kept
# Reasons for which a clip isn't kept, by their code in the table.
REASONS: dict[str, Message] = {
    "short": Message("The clip is too short."),
    "long": Message("The clip is too long."),
    "silent": Message("The clip is silent."),
    "clipped": Message("The clip is clipped. Lower the recording gain."),
    "noisy": Message("The clip is noisy. Record in a quieter room."),
    "narrow": Message("The clip has the bandwidth of a phone call."),
    "music": Message("The clip contains music."),
    "speakers": Message("The clip seems to contain two speakers."),
    "text": Message("No text was recognized."),
    "mismatch": Message("The text doesn't match the clip."),
    "other": Message("Another speaker talks."),
}


@dataclass(frozen=True, slots=True)
class ClipRow:
    """Part of a recording with its labels, which a person may correct.

    Attributes:
        id: Unique in the table, also as a file name.
        recording: Name of the recording, see Recording.
        start: Start in seconds of the recording.
        end: End in seconds of the recording.
        text: Transcript.
        language: Code of languages.LANGUAGES, or "".
        speaker: Name, or number in order of the first words in all recordings; "" if unknown.
        emotion: Code of labels.EMOTIONS, or "".
        events: Codes of labels.EVENTS other than speech.
        kept: The clip is used for training.
        reason: Key of REASONS for a clip that isn't kept, or "".
    """

    id: str
    recording: str
    start: float
    end: float
    text: str = ""
    language: str = ""
    speaker: str = ""
    emotion: str = ""
    events: tuple[str, ...] = ()
    kept: bool = True
    reason: str = ""

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Split:
    """Clips to train with, and clips of other recordings to measure on."""

    training: tuple[ClipRow, ...]
    held_out: tuple[ClipRow, ...]


def read_rows(path: Path) -> tuple[ClipRow, ...]:
    """Read a table.

    Raises:
        BadInput: A line can't be used; the message names it.
    """
    raise NotImplementedError


def write_rows(rows: Sequence[ClipRow], path: Path) -> None:
    """Write a table as JSON lines; a table that is there is replaced as a whole."""
    raise NotImplementedError


def split_rows(rows: Sequence[ClipRow], share: float = HELD_OUT_SHARE, seed: int = 0) -> Split:
    """Divide the clips that are kept by recording, so that none is on both sides.

    If there is one recording only, the clips at its end are held out.

    Args:
        rows: The table.
        share: Share of the seconds to hold out, at least.
        seed: Seed of the choice of recordings.

    Raises:
        BadInput: Fewer than two clips are kept.
    """
    raise NotImplementedError
