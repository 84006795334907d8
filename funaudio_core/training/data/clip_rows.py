"""Table of training clips: a row for each part of a recording, as JSON lines on disk."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.training.data.json_lines import JsonLine, read_unique, write_json_lines

MIN_SECONDS, MAX_SECONDS = 2.0, 15.0  # of the clips that recordings are cut into
MIN_KEPT_SECONDS = 1.0  # of a clip that a person may keep
ROUNDING_SECONDS = 0.01  # by which a length may exceed the limit
MIN_CLIPS = 2
MAX_ID_BYTES = 200  # a suffix is added, and file names have at most 255
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
    return read_unique(path, _parse, lambda row: row.id)


def write_rows(rows: Sequence[ClipRow], path: Path) -> None:
    """Write a table as JSON lines; a table that is there is replaced as a whole."""
    write_json_lines((asdict(row) for row in rows), path)


def split_rows(rows: Sequence[ClipRow], share: float = HELD_OUT_SHARE, seed: int = 0) -> Split:
    """Divide the clips that are kept by recording, so that none is on both sides.

    Recordings are held out until they have the share. If only one has clips, those at its end are held out.

    Args:
        rows: The table.
        share: Share of the seconds to hold out, at least.
        seed: Seed of the choice of recordings.

    Raises:
        BadInput: Fewer than two clips are kept.
    """
    kept = sorted((row for row in rows if row.kept), key=lambda row: (row.recording, row.start))
    if len(kept) < MIN_CLIPS:
        raise BadInput(
            "Clips that are kept: {count}; at least {least} are needed. Add recordings.",
            count=len(kept),
            least=MIN_CLIPS,
        )
    wanted = share * sum(row.duration for row in kept)
    groups = [list(group) for _, group in groupby(kept, key=lambda row: row.recording)]
    if len(groups) == 1:
        groups = [[row] for row in reversed(kept)]
    else:
        random.Random(seed).shuffle(groups)
        groups.sort(key=lambda group: sum(row.duration for row in group) > 2 * wanted)  # the longest ones last
    held_out: list[ClipRow] = []
    for group in groups[:-1]:
        held_out += group
        if sum(row.duration for row in held_out) >= wanted:
            break
    chosen = {row.id for row in held_out}
    return Split(tuple(row for row in kept if row.id not in chosen), tuple(row for row in kept if row.id in chosen))


def _parse(found: JsonLine) -> ClipRow:
    row = ClipRow(
        id=found.text("id"),
        recording=found.text("recording"),
        start=found.number("start"),
        end=found.number("end"),
        text=found.text("text", ""),
        language=found.text("language", ""),
        speaker=found.text("speaker", ""),
        emotion=found.text("emotion", ""),
        events=found.texts("events"),
        kept=found.flag("kept", default=True),
        reason=found.text("reason", ""),
    )
    problem = find_problem(row)
    if problem is not None:
        raise found.line.error(problem)
    return row


def find_problem(row: ClipRow) -> Message | None:
    """Return the first problem of a row, such as one that a person edited, or None."""
    if not row.id or not _is_file_name(row.id):
        return Message("The id {id!r} can't be a file name.", id=row.id)
    if row.end <= row.start:
        return Message("The clip ends before it starts.")
    if row.kept and not MIN_KEPT_SECONDS <= row.duration <= MAX_SECONDS + ROUNDING_SECONDS:
        return Message(
            "The clip lasts {seconds:.1f} s; use {least:g} to {most:g} s.",
            seconds=row.duration,
            least=MIN_KEPT_SECONDS,
            most=MAX_SECONDS,
        )
    for value, known in ((row.language, LANGUAGES), (row.emotion, EMOTIONS), (row.reason, REASONS)):
        if value and value not in known:
            return Message("{value!r} isn't one of {choices}.", value=value, choices=tuple(known))
    unknown = next((event for event in row.events if event not in EVENTS), None)
    if unknown is not None:
        return Message("{value!r} isn't one of {choices}.", value=unknown, choices=tuple(EVENTS))
    return None


def _is_file_name(name: str) -> bool:
    return name not in (".", "..") and not set(name) & set("/\\\0\n\r") and len(name.encode()) <= MAX_ID_BYTES
