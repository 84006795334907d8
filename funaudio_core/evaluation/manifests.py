"""Readers of data sets: JSON lines, CSV, Kaldi folders, lists of seed-tts-eval, and folders of sound with texts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from funaudio_core.errors import BadInput
from funaudio_core.evaluation.items import DataSet, Row, collect_items
from funaudio_core.message import Message

MAX_LIST_BYTES = 200 * 2**20
SOUND_SUFFIXES = frozenset(
    {".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus", ".aac", ".webm", ".wma", ".aif", ".aiff", ".amr"}
)
TEXT_SUFFIXES = (".txt", ".lab", ".normalized.txt")  # of a transcript beside its recording
# Other names of fields in the data sets of Hugging Face, NeMo, WeNet, FunASR and Common Voice.
_ALIASES = {
    "audio": ("audio_filepath", "wav", "path", "source", "file"),
    "text": ("txt", "transcript", "transcription", "sentence", "target", "reference"),
    "id": ("key", "utt", "utterance_id", "uttid"),
    "language": ("lang", "locale", "text_language"),
    "speaker": ("spk", "speaker_id", "client_id"),
}
_READERS: dict[str, Callable[[Path], Iterator[Row | Message]]]


def read_data_set(path: Path, language: str = "", is_confined: bool = False) -> DataSet:
    """Read a data set.

    Args:
        path: A .jsonl, .csv, .tsv or .lst file, a Kaldi folder (wav.scp and text), or a folder of sound files with a
            transcript beside each.
        language: Language of entries without one; "" to detect it.
        is_confined: Refuse paths that lead out of the folder of the data set.

    Raises:
        BadInput: It can't be read; the message names the lines.
    """
    if path.is_dir():
        rows = _read_kaldi(path) if (path / "wav.scp").exists() else _read_folder(path)
        return collect_items(path.name, rows, path, language, is_confined)
    if not path.is_file():
        raise BadInput("There is no file or folder {path!r}.", path=path.name)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(
            "{file} isn't a list of recordings. Use one of {kinds}, or a folder.", file=path.name, kinds=tuple(_READERS)
        )
    if path.stat().st_size > MAX_LIST_BYTES:
        raise BadInput("{file} is larger than {most} MB. Divide it.", file=path.name, most=MAX_LIST_BYTES >> 20)
    return collect_items(path.stem, reader(path), path.parent, language, is_confined)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the number, from 1, and the text of each line that isn't blank.

    Raises:
        BadInput: The file isn't UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=None) as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield number, line.rstrip("\n")
    except UnicodeDecodeError as error:
        raise BadInput("{file} isn't UTF-8. Save it as UTF-8.", file=path.name) from error


def _read_json_lines(path: Path) -> Iterator[Row | Message]:
    for number, line in _lines(path):
        row = Row(path.name, number, {})
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError):
            yield row.problem(Message("This isn't JSON. Each line must hold one object."))
            continue
        if not isinstance(fields, dict):
            yield row.problem(
                Message("Each line must hold one object, such as {example}.", example='{"audio": "a.wav"}')
            )
        else:
            yield Row(path.name, number, _rename(fields))


def _read_table(path: Path) -> Iterator[Row | Message]:
    """Read a CSV or TSV file with a header."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    lines = dict(_lines(path))
    if not lines:
        return
    table = csv.reader((line + "\n" for line in lines.values()), delimiter=delimiter, strict=True)
    numbers = list(lines)
    header: list[str] = []
    while True:
        start = table.line_num
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error:
            yield Row(path.name, numbers[min(start, len(numbers) - 1)], {}).problem(
                Message("A quotation mark isn't closed.")
            )
            return
        row = Row(path.name, numbers[start], {})
        if not header:
            names = [cell.strip().lower() for cell in cells]
            header = list(_rename(dict.fromkeys(names)))
            if len(header) != len(names):
                yield row.problem(Message("The header names a column twice."))
                return
            if not {"audio", "text"} & set(header):
                yield row.problem(Message("The header names neither 'audio' nor 'text'."))
                return
        elif len(cells) != len(header):
            yield row.problem(
                Message("There are {found} columns; the header has {all}.", found=len(cells), all=len(header))
            )
        else:
            yield Row(path.name, row.line, dict(zip(header, cells, strict=True)))


def _read_seed_tts(path: Path) -> Iterator[Row | Message]:
    """Read a list of seed-tts-eval: id | text of the prompt | prompt | text to speak [| recording]."""
    for number, line in _lines(path):
        cells = [cell.strip() for cell in line.split("|")]
        row = Row(path.name, number, {})
        if len(cells) not in (4, 5):
            yield row.problem(
                Message("Each line must have 4 or 5 parts between |; this one has {count}.", count=len(cells))
            )
            continue
        fields = {"id": cells[0], "text": cells[3], "prompt_text": cells[1], "prompt_audio": cells[2]}
        yield Row(path.name, number, fields | ({"audio": cells[4]} if len(cells) == 5 else {}))


def _read_kaldi(folder: Path) -> Iterator[Row | Message]:
    """Read wav.scp, text, and if they exist utt2spk and utt2lang."""
    for name in ("segments", "text"):
        if (folder / name).is_file() != (name == "text"):
            yield _kaldi_problem(name)
            return
    recordings = list(_key_values(folder / "wav.scp"))
    columns = {
        field: dict(row[1:] for row in _key_values(folder / name))
        for field, name in (("text", "text"), ("speaker", "utt2spk"), ("language", "utt2lang"))
        if (folder / name).is_file()
    }
    for number, key, audio in recordings:
        row = Row("wav.scp", number, {})
        if not audio:
            yield row.problem(Message("The path after {key!r} is missing.", key=key))
        elif key not in columns["text"]:
            yield row.problem(Message("There is no text for {key!r}. Add it to the file text.", key=key))
        else:
            fields = {field: values.get(key, "") for field, values in columns.items()}
            yield Row("wav.scp", number, {"id": key, "audio": audio, **fields})
    known = {key for _, key, _ in recordings}
    for number, key, _ in _key_values(folder / "text"):
        if key not in known:
            yield Row("text", number, {}).problem(Message("There is no recording for {key!r} in wav.scp.", key=key))


def _kaldi_problem(name: str) -> Message:
    if name == "text":
        return Message("The folder has wav.scp but no file text. Add the transcripts.")
    return Message("Kaldi's segments aren't supported. Cut the recordings, and write one line for each into wav.scp.")


def _key_values(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the key and the rest of each line."""
    for number, line in _lines(path):
        key, _, value = line.strip().partition(" ") if "\t" not in line else line.strip().partition("\t")
        yield number, key, value.strip()


def _read_folder(folder: Path) -> Iterator[Row | Message]:
    """Read sound files with transcripts of the same name beside them."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SOUND_SUFFIXES and path.is_file())
    if not found:
        yield Message("The folder has no sound files. Choose one with recordings, or a list of them.")
    for path in found:
        name = str(path.relative_to(folder))
        row = Row(name, 1, {})
        text = next((file for suffix in TEXT_SUFFIXES if (file := path.with_suffix(suffix)).is_file()), None)
        if text is None:
            yield row.problem(Message("The transcript {file} is missing.", file=path.with_suffix(".txt").name))
            continue
        words = " ".join(line for _, line in _lines(text))
        yield Row(name, 1, {"id": name, "audio": name, "text": words})


def _rename(fields: dict[str, object]) -> dict[str, object]:
    """Return the fields under the names of Item; a field that has its own name wins."""
    renamed = dict(fields)
    for name, aliases in _ALIASES.items():
        alias = next((alias for alias in aliases if alias in renamed), None)
        if name not in renamed and alias is not None:
            renamed = {(name if key == alias else key): value for key, value in renamed.items()}
    return renamed


_READERS = {
    ".jsonl": _read_json_lines,
    ".csv": _read_table,
    ".tsv": _read_table,
    ".lst": _read_seed_tts,
}
