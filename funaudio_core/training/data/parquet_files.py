"""Training data of CosyVoice as its training code reads it: Parquet files of 1,000 utterances, named in data.list.

pyarrow reads and writes them, as it does for the published code. It isn't among the requirements: it takes 55 MB to
download and 166 MB on the disk, and serves nothing else here. A writer of our own would be a second implementation of a
format with nested lists, encodings and statistics.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.runtime.atomic_files import replace_file
from funaudio_core.training.data.json_lines import read_lines, write_text

LIST = "data.list"  # paths of the files, one a line
UTTERANCES_PER_FILE = 1_000  # as the published script writes them
_BATCH_ROWS = 64
_NEEDED = ("utt", "audio_data", "wav", "text", "spk")  # columns


@dataclass(frozen=True, slots=True)
class ParquetUtterance:
    """Utterance of a Parquet file.

    Attributes:
        id: Unique id.
        sound: Content of the sound file.
        path: Its path when the file was written.
        text: Transcript.
        speaker: Id of the speaker.
        embedding: Speaker vector of the clip, () if it isn't known.
        speaker_embedding: Mean vector of the speaker, ().
        speech_tokens: Speech tokens of the clip, ().
        instruction: Instruction before the text for version 3, or "".
        rejected_tokens: Speech tokens of a worse rendering, from which preferences are learned, ().
    """

    id: str
    sound: bytes
    path: str
    text: str
    speaker: str
    embedding: tuple[float, ...] = ()
    speaker_embedding: tuple[float, ...] = ()
    speech_tokens: tuple[int, ...] = ()
    instruction: str = ""
    rejected_tokens: tuple[int, ...] = ()


_COLUMNS = {  # field of each column
    "utt": "id",
    "audio_data": "sound",
    "wav": "path",
    "text": "text",
    "spk": "speaker",
    "utt_embedding": "embedding",
    "spk_embedding": "speaker_embedding",
    "speech_token": "speech_tokens",
    "instruct": "instruction",
    "reject_speech_token": "rejected_tokens",
}


def require_pyarrow() -> None:
    """Raise Unsupported unless pyarrow is installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise Unsupported(
            "CosyVoice's Parquet files need the package pyarrow (55 MB). Install it with `{command}`, or use the "
            "folder with wav.scp.",
            command="pip install pyarrow",
        )


def write_parquet(rows: Iterable[ParquetUtterance], folder: Path) -> Path:
    """Write Parquet files with their lists, and return data.list.

    Columns that no utterance of a file has are left out, as the published script does.

    Args:
        rows: The utterances; only those of one file are in memory at a time.
        folder: Folder for the files.

    Raises:
        BadInput: There are no utterances.
        Unsupported: pyarrow isn't installed.
    """
    require_pyarrow()
    pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    folder.mkdir(parents=True, exist_ok=True)
    lists: dict[str, list[Path]] = {LIST: [], "utt2data.list": [], "spk2data.list": []}
    left = iter(rows)
    for number, part in enumerate(iter(lambda: list(islice(left, UTTERANCES_PER_FILE)), [])):
        path = folder / f"parquet_{number:09d}.tar"  # the published name; it is no archive
        values = {column: [getattr(row, field) for row in part] for column, field in _COLUMNS.items()}
        kept = {column: found for column, found in values.items() if column in _NEEDED or any(found)}
        with replace_file(path) as temporary:
            parquet.write_table(pyarrow.table(kept), temporary)
        places = (path, folder / f"utt2parquet_{number:09d}.json", folder / f"spk2parquet_{number:09d}.json")
        for place, column in zip(places[1:], ("utt", "spk"), strict=True):
            named = {key: str(path) for key in values[column]}
            write_text(json.dumps(named, ensure_ascii=False, indent=2), place)
        for found, place in zip(lists.values(), places, strict=True):
            found.append(place)
    if not lists[LIST]:
        raise BadInput("No clip is kept. Keep some of them.")
    for name, paths in lists.items():
        write_text("".join(f"{path}\n" for path in paths), folder / name)
    return folder / LIST


def read_parquet(path: Path) -> Iterator[ParquetUtterance]:
    """Read the utterances of a data.list or of one Parquet file, some at a time.

    Raises:
        BadInput: A file is missing or no Parquet file, or lacks a column; the message names it.
        Unsupported: pyarrow isn't installed.
    """
    require_pyarrow()
    paths: Sequence[Path] = [path]
    if path.name == LIST:
        paths = [path.parent / line.text.strip() for line in read_lines(path)]
    for each in paths:
        yield from _read_file(each)


def _read_file(path: Path) -> Iterator[ParquetUtterance]:
    pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    try:
        with parquet.ParquetFile(path) as file:
            names = set(file.schema_arrow.names)
            if missing := tuple(name for name in _NEEDED if name not in names):
                raise BadInput("{file} has no column {names}. Make it again.", file=path.name, names=missing)
            columns = [name for name in _COLUMNS if name in names]
            for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                for row in batch.to_pylist():
                    yield _utterance(row, path)
    except FileNotFoundError:
        raise BadInput("There is no file or folder {path!r}.", path=path.name) from None
    except (pyarrow.ArrowException, OSError):
        raise BadInput("{file} is no Parquet file, or damaged. Make it again.", file=path.name) from None


def _utterance(row: dict[str, Any], path: Path) -> ParquetUtterance:
    values = {_COLUMNS[column]: value for column, value in row.items() if value is not None}
    for name in ("embedding", "speaker_embedding", "speech_tokens", "rejected_tokens"):
        if name in values:
            values[name] = tuple(values[name])
    kinds = {"id": str, "sound": bytes, "path": str, "text": str, "speaker": str}
    for name, kind in kinds.items():
        if not isinstance(values.get(name), kind):
            raise BadInput("{file}: utterance {id!r} has no usable {name}.", file=path.name, id=row["utt"], name=name)
    return ParquetUtterance(**values)
