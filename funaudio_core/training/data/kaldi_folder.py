"""Training data of CosyVoice: a folder with wav.scp, text, utt2spk, spk2utt and, for version 3, instruct.

Its training code reads Parquet files made of such a folder, see parquet_files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.training.data.json_lines import Line, read_lines, write_text

_PATHS, _TEXTS, _SPEAKERS, _UTTERANCES, _INSTRUCTIONS = "wav.scp", "text", "utt2spk", "spk2utt", "instruct"
DEFAULT_INSTRUCTION = "You are a helpful assistant.<|endofprompt|>"  # that version 3 expects before each text


@dataclass(frozen=True, slots=True)
class KaldiUtterance:
    """Utterance of a folder.

    Attributes:
        id: Unique id without blanks.
        path: Path of the sound file, which may have blanks.
        text: Transcript. Blanks around it are dropped, those within it stay.
        speaker: Id of the speaker without blanks.
        instruction: Instruction before the text for version 3, or "".
    """

    id: str
    path: str
    text: str
    speaker: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class _Value:
    line: Line
    text: str


def read_kaldi_folder(folder: Path) -> tuple[KaldiUtterance, ...]:
    """Read a folder; an utterance without speaker in utt2spk is its own speaker, as in Kaldi.

    Raises:
        BadInput: A file is missing, or a line can't be used; the message names it.
    """
    paths, texts = _read_values(folder / _PATHS), _read_values(folder / _TEXTS)
    speakers, instructions = (
        _read_values(folder / name) if (folder / name).exists() else {} for name in (_SPEAKERS, _INSTRUCTIONS)
    )
    for values in (texts, speakers, instructions):
        for key, value in values.items():
            if key not in paths:
                raise value.line.error(Message("There is no recording for {key!r} in wav.scp.", key=key))
    rows = []
    for key, path in paths.items():
        if not path.text:
            raise path.line.error(Message("The path after {key!r} is missing.", key=key))
        if path.text.endswith("|"):
            raise path.line.error(Message("Commands aren't run. Write the path of a sound file instead."))
        if key not in texts:
            raise path.line.error(Message("There is no text for {key!r}. Add it to the file text.", key=key))
        speaker = speakers[key].text if key in speakers else key
        instruction = instructions[key].text if key in instructions else ""
        rows.append(KaldiUtterance(key, path.text, texts[key].text, speaker, instruction))
    if (folder / _UTTERANCES).exists():
        _check_utterances(_read_values(folder / _UTTERANCES), rows)
    return tuple(rows)


def write_kaldi_folder(rows: Sequence[KaldiUtterance], folder: Path) -> None:
    """Write a folder; the file instruct only if there are instructions.

    Raises:
        BadInput: An id or a value can't be written in this format.
    """
    for row in rows:
        _check(row)
    utterances: dict[str, list[str]] = {}
    for row in rows:
        utterances.setdefault(row.speaker, []).append(row.id)
    files = {
        _PATHS: [(row.id, row.path) for row in rows],
        _TEXTS: [(row.id, row.text) for row in rows],
        _SPEAKERS: [(row.id, row.speaker) for row in rows],
        _UTTERANCES: [(speaker, " ".join(ids)) for speaker, ids in utterances.items()],
    }
    if any(row.instruction for row in rows):
        files[_INSTRUCTIONS] = [(row.id, row.instruction) for row in rows]
    for name, pairs in files.items():
        write_text("".join(f"{key} {value}".rstrip() + "\n" for key, value in pairs), folder / name)


def _read_values(path: Path) -> dict[str, _Value]:
    """Return the rest of each line by its first word."""
    values: dict[str, _Value] = {}
    for line in read_lines(path):
        key, *rest = line.text.split(maxsplit=1)
        if key in values:
            raise line.error(Message("The id {id!r} occurs twice.", id=key))
        values[key] = _Value(line, rest[0].rstrip() if rest else "")
    return values


def _check_utterances(utterances: dict[str, _Value], rows: Sequence[KaldiUtterance]) -> None:
    """Raise BadInput if spk2utt contradicts utt2spk."""
    speakers = {row.id: row.speaker for row in rows}
    for speaker, value in utterances.items():
        for id_ in value.text.split():
            if speakers.get(id_) != speaker:
                raise value.line.error(
                    Message("utt2spk doesn't give {id!r} the speaker {speaker!r}.", id=id_, speaker=speaker)
                )


def _check(row: KaldiUtterance) -> None:
    for word in (row.id, row.speaker):
        if word.split() != [word]:
            raise BadInput("The id {id!r} is empty or has blanks, which wav.scp can't hold. Rename it.", id=word)
    for value in (row.path, row.text, row.instruction):
        if "\n" in value or "\r" in value:
            raise BadInput("A path or text of {id!r} has a line break. Remove it.", id=row.id)
    if row.path.strip() != row.path or not row.path or row.path.endswith("|"):
        raise BadInput("The path {path!r} can't be written to wav.scp. Rename the file.", path=row.path)
