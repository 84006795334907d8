"""Conversion between the table of clips and the formats of published training code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np

from funaudio_core.labels import EMOTIONS, EVENTS
from funaudio_core.languages import LANGUAGES, is_spaced
from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.kaldi_folder import KaldiUtterance
from funaudio_core.training.data.parquet_files import ParquetUtterance
from funaudio_core.training.data.preparation import Recording
from funaudio_core.training.data.sensevoice_jsonl import FRAME_SECONDS, SenseVoiceUtterance, text_form_of


@dataclass(frozen=True, slots=True)
class EncodedClip:
    """Speech tokens of a clip, and its speaker vector of 192 numbers."""

    tokens: tuple[int, ...]
    speaker: tuple[float, ...]


UNKNOWN_EMOTION = "EMO_UNKNOWN"
UNKNOWN_SPEAKER = "unknown"


def to_sensevoice(rows: Sequence[ClipRow], paths: Mapping[str, Path]) -> tuple[SenseVoiceUtterance, ...]:
    """Return the clips that are kept as utterances of SenseVoice. paths: Of the clips by id, see save_clips()."""
    return tuple(
        SenseVoiceUtterance(
            key=row.id,
            source=str(paths[row.id]),
            target=row.text,
            language=row.language,
            emotion=EMOTIONS[row.emotion].tag if row.emotion else UNKNOWN_EMOTION,
            event=EVENTS[row.events[0] if row.events else "speech"].tag,
            text_form=text_form_of(row.text),
            source_frames=round(row.duration / FRAME_SECONDS),
            target_length=len(row.text.split() if is_spaced(row.language) else row.text),
        )
        for row in rows
        if row.kept
    )


def to_kaldi(rows: Sequence[ClipRow], paths: Mapping[str, Path], instruction: str = "") -> tuple[KaldiUtterance, ...]:
    """Return the clips that are kept as utterances of CosyVoice.

    Args:
        rows: The table.
        paths: Of the clips by id, see save_clips().
        instruction: Instruction of all clips; version 3 expects kaldi_folder.DEFAULT_INSTRUCTION.
    """
    return tuple(
        KaldiUtterance(
            row.id, str(paths[row.id]), row.text, "-".join(row.speaker.split()) or UNKNOWN_SPEAKER, instruction
        )
        for row in rows
        if row.kept
    )


def to_parquet(
    utterances: Sequence[KaldiUtterance], encode: Callable[[Path], EncodedClip] | None = None
) -> Iterator[ParquetUtterance]:
    """Yield utterances of CosyVoice with their sounds, for Parquet files.

    Args:
        utterances: The utterances.
        encode: Returns tokens and speaker vector of a clip; None to leave them to the published code, which can compute
            them on a GPU.
    """
    encoded = {row.id: encode(Path(row.path)) for row in utterances} if encode is not None else {}
    means = {
        speaker: tuple(np.mean([encoded[row.id].speaker for row in utterances if row.speaker == speaker], 0).tolist())
        for speaker in ({row.speaker for row in utterances} if encoded else ())
    }
    for row in utterances:
        made = ParquetUtterance(
            row.id, Path(row.path).read_bytes(), row.path, row.text, row.speaker, instruction=row.instruction
        )
        if (clip := encoded.get(row.id)) is not None:
            made = replace(
                made, embedding=clip.speaker, speaker_embedding=means[row.speaker], speech_tokens=clip.tokens
            )
        yield made


def from_parquet(utterances: Iterable[ParquetUtterance], folder: Path) -> tuple[Recording, ...]:
    """Return utterances of Parquet files as recordings to prepare. folder: Gets their sounds."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number, row in enumerate(utterances):
        path = folder / f"{number:06d}{PurePath(row.path).suffix or '.wav'}"
        path.write_bytes(row.sound)
        found.append(Recording(row.id, path, row.text, speaker=row.speaker))
    return tuple(found)


def from_sensevoice(utterances: Sequence[SenseVoiceUtterance], folder: Path) -> tuple[Recording, ...]:
    """Return utterances of SenseVoice as recordings to prepare. folder: That to which their paths are relative."""
    return tuple(
        Recording(row.key, folder / row.source, row.target, row.language if row.language in LANGUAGES else "")
        for row in utterances
    )


def from_kaldi(utterances: Sequence[KaldiUtterance], folder: Path) -> tuple[Recording, ...]:
    """Return utterances of CosyVoice as recordings to prepare. folder: That to which their paths are relative."""
    return tuple(Recording(row.id, folder / row.path, row.text, speaker=row.speaker) for row in utterances)
