"""Training clips from recordings: cut at pauses and changes of the speaker, transcribed, labelled and checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.types import Audio


@dataclass(frozen=True, slots=True)
class Recording:
    """Sound file to cut into clips.

    Attributes:
        name: Unique name, which the rows carry.
        path: The file.
        text: Its transcript, if it is known and the file is no longer than a clip; else "".
        language: Code of languages.LANGUAGES; "" to detect it.
        speaker: Name of its only speaker; "" to tell speakers apart.
    """

    name: str
    path: Path
    text: str = ""
    language: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class PreparationOptions:
    """Options of the preparation.

    Attributes:
        language: Code of the language of all recordings; "" to detect it in each clip.
        recognizer: Name of the recognizer; "" for the default.
        speakers: Number of speakers in all recordings; 0 to find it.
        main_speaker_only: Keep the clips of the speaker with the most seconds alone.
        wide_band_only: Keep no clips with the bandwidth of a phone call.
    """

    language: str = ""
    recognizer: str = ""
    speakers: int = 0
    main_speaker_only: bool = False
    wide_band_only: bool = False


@dataclass(frozen=True, slots=True)
class PreparationStep:
    """State of the preparation.

    Attributes:
        seconds_done: Seconds of the recordings that are done.
        seconds: Seconds of all recordings.
        rows: Rows so far; whether a clip is of the main speaker is known at the end.
    """

    seconds_done: float
    seconds: float
    rows: tuple[ClipRow, ...]


def find_recordings(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """Return the recordings of sound files and folders; a transcript of the same name beside a file is read.

    Raises:
        BadInput: There are none, or a path doesn't exist.
    """
    raise NotImplementedError


def prepare_clips(recordings: Sequence[Recording], options: PreparationOptions) -> Iterator[PreparationStep]:
    """Cut recordings into clips of MIN_SECONDS to MAX_SECONDS, transcribe and check them.

    Yields:
        The state after each piece of work; the last one is complete.

    Raises:
        BadInput: A recording can't be decoded.
        Cancelled: The request was cancelled.
    """
    raise NotImplementedError


def load_clip(row: ClipRow, recordings: Sequence[Recording]) -> Audio:
    """Return the sound of a row.

    Raises:
        BadInput: Its recording isn't among these, or ends before the clip.
    """
    raise NotImplementedError


def save_clips(rows: Sequence[ClipRow], recordings: Sequence[Recording], folder: Path) -> dict[str, Path]:
    """Write the clips that are kept as WAV files, and return the path of each by its row's id."""
    raise NotImplementedError
