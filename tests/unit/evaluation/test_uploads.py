"""Tests of data sets that visitors upload."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from funaudio_core.errors import BadInput
from funaudio_core.evaluation import uploads
from funaudio_core.evaluation.uploads import read_uploads

LIST = json.dumps({"audio": "clips/a.wav", "text": "hello", "language": "en"}).encode()


def pack(path: Path, **entries: bytes) -> Path:
    """Write a ZIP; two underscores in a name stand for a slash, one for a dot."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder for the data set."""
    (tmp_path / "set").mkdir()
    return tmp_path / "set"


def test_zip_is_unpacked_and_read(tmp_path: Path, folder: Path) -> None:
    path = pack(tmp_path / "s.zip", data__set_jsonl=LIST, data__clips__a_wav=b"RIFF", __MACOSX__x_wav=b"junk")
    (item,) = read_uploads([path], folder).items
    assert (item.text, item.audio) == ("hello", folder / "data" / "clips" / "a.wav")
    assert not (folder / "__MACOSX").exists()


def test_list_finds_the_recordings_beside_it(tmp_path: Path, folder: Path) -> None:
    paths = [tmp_path / "a.wav", tmp_path / "s.csv"]
    paths[0].write_bytes(b"RIFF")
    paths[1].write_text("audio,text\na.wav,hello\n")
    (item,) = read_uploads(paths, folder, "en").items
    assert (item.text, item.language) == ("hello", "en")


def test_recordings_with_transcripts_need_no_list(tmp_path: Path, folder: Path) -> None:
    for name, content in (("a.wav", "RIFF"), ("a.txt", "hello")):
        (tmp_path / name).write_text(content)
    assert [item.text for item in read_uploads([tmp_path / "a.wav", tmp_path / "a.txt"], folder).items] == ["hello"]


def test_paths_out_of_the_archive_are_left_out(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "s.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../evil.wav", b"RIFF")
        archive.writestr("/abs.wav", b"RIFF")
        archive.writestr("..\\evil2.wav", b"RIFF")
        archive.writestr("s.jsonl", LIST)
    with pytest.raises(BadInput, match=r"There is no file 'clips/a\.wav'"):
        read_uploads([path], folder)
    assert sorted(file.name for file in tmp_path.rglob("*.wav")) == []


def encrypted() -> bytes:
    """Return a ZIP whose entry has the mark of a password."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.wav", b"RIFF")
    data = bytearray(out.getvalue())
    data[6] |= 1  # local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # central directory
    return bytes(data)


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "No files yet"),
        ({"s.zip": b"no archive"}, "The ZIP is damaged"),
        ({"s.zip": encrypted()}, "The archive has a password"),
        ({"s.zip": b"PK\x05\x06" + bytes(18)}, "The folder has no sound files"),
        ({"s.zip": b"PK\x05\x06" + bytes(18), "a.wav": b"RIFF"}, "one ZIP alone"),
        ({"s.csv": b"audio\nx\n", "t.csv": b"audio\nx\n"}, "several lists: s.csv, t.csv"),
        ({"notes.docx": b"PK"}, "The folder has no sound files"),
    ],
)
def test_fault_is_a_sentence(tmp_path: Path, folder: Path, files: dict[str, bytes], sentence: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        read_uploads([tmp_path / name for name in files], folder)


def test_too_much_is_refused(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "s.zip", a_wav=bytes(2_000_000), b_wav=b"RIFF")
    monkeypatch.setattr(uploads, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(BadInput, match="unpacks to more than"):
        read_uploads([path], folder)
    monkeypatch.setattr(uploads, "MAX_FILES", 1)
    with pytest.raises(BadInput, match="There are 2 files; the limit is 1"):
        read_uploads([path], folder)


def test_list_of_entries_is_bounded_before_it_is_read(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / "s.zip", a_wav=b"RIFF")
    monkeypatch.setattr(uploads, "MAX_DIRECTORY_BYTES", 10)
    monkeypatch.setattr(zipfile, "ZipFile", None)  # would fail if it were opened
    with pytest.raises(BadInput, match="list of files in the ZIP"):
        read_uploads([path], folder)
