"""Tests of archives with a file for each chapter, of the table of kinds, and of a full disk."""

from __future__ import annotations

import io
import resource
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile

from funaudio_core.errors import FunAudioError
from funaudio_core.narration.export.kinds import KINDS, export
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter, RecordedSegment
from funaudio_core.types import Pcm16
from tests.unit.narration.export.recordings import RATE, build_book

LIMIT_BYTES = 15_000


@contextmanager
def _small_disk() -> Iterator[None]:
    """Let this process write no file beyond LIMIT_BYTES, which reads like a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_archive_has_a_tagged_file_for_each_chapter(tmp_path: Path) -> None:
    book = build_book(tmp_path, ["One.", "Two."], authors=("Ann",))
    chapters = [RecordedChapter(f"{chapter.title}: a/b?", chapter.segments) for chapter in book.chapters]
    book = RecordedBook("A Book", RATE, chapters, authors=("Ann",))
    measured = export(book, "flac", tmp_path / "book.zip", AUDIOBOOK)
    assert all(chapter.gain_db is not None for chapter in measured.chapters)
    with zipfile.ZipFile(tmp_path / "book.zip") as archive:
        assert archive.namelist() == ["cover.jpg", "1 Chapter 1 a b.flac", "2 Chapter 2 a b.flac"]
        content = archive.read("2 Chapter 2 a b.flac")
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    assert (len(samples), rate) == (book.chapters[1].total_samples, RATE)
    assert samples.any()
    tags = mutagen.File(io.BytesIO(content)).tags
    assert (tags["title"], tags["album"], tags["artist"]) == (["Chapter 2: a/b?"], ["A Book"], ["Ann"])
    assert tags["tracknumber"] == ["2/2"]


def test_only_finished_files_are_left(tmp_path: Path) -> None:
    book = build_book(tmp_path, ["One two three."], seconds=0.5)
    for kind in KINDS:
        shares: list[float] = []
        export(book, kind, tmp_path / f"{kind}{KINDS[kind].suffix}", AUDIOBOOK, shares.append)
        assert shares[-1] == 1.0
    names = {path.name for path in tmp_path.iterdir() if path.suffix != ".npy"}
    assert names == {f"{kind}{KINDS[kind].suffix}" for kind in KINDS}


@pytest.mark.parametrize("kind", ["m4b", "mp3", "wav", "flac", "epub"])
def test_a_full_disk_is_a_sentence_and_leaves_the_recording(kind: str, tmp_path: Path) -> None:
    book = build_book(tmp_path, ["One two three."], seconds=3.0)
    before = {path.name for path in tmp_path.iterdir()}
    with _small_disk(), pytest.raises(FunAudioError, match="disk is full"):
        export(book, kind, tmp_path / "book", AUDIOBOOK)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_file_without_room_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = build_book(tmp_path, ["One."])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1_000}))
    with pytest.raises(FunAudioError, match="needs 0 MB"):
        export(book, "m4b", tmp_path / "book.m4b", AUDIOBOOK)


@dataclass
class WatchedSource:
    """Silence that notes the lengths in which it is read."""

    lengths: list[int] = field(default_factory=list)

    def read(self, start: int, end: int) -> Pcm16:
        self.lengths.append(end - start)
        return np.zeros(end - start, np.int16)


def test_sound_is_read_in_blocks(tmp_path: Path) -> None:
    source = WatchedSource()
    segment = RecordedSegment("A minute of silence.", source, 60 * RATE)
    export(RecordedBook("Silence", RATE, [RecordedChapter("One", [segment])]), "wav", tmp_path / "book.wav", AUDIOBOOK)
    assert sum(source.lengths) == 2 * 60 * RATE  # once for the loudness, once for the file
    assert max(source.lengths) <= 5 * RATE
