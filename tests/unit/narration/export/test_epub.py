"""Tests of read-along books: their structure, clips and times, and epubcheck's verdict."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import pytest
from lxml import etree

from funaudio_core.books.reading import read_book
from funaudio_core.errors import FunAudioError
from funaudio_core.narration.export.epub import AUDIO_FORMATS, write_epub
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter
from tests.unit.narration.export.recordings import RATE, build_segment

EPUBCHECK = Path("/usr/share/java/epubcheck.jar")
# Its short run costs more in Java's second compiler and parallel collector than they save.
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar")
XHTML, SMIL = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/ns/SMIL}"


@pytest.fixture
def book(tmp_path: Path) -> RecordedBook:
    rows = [
        ("Chapter <One>", "", "heading", 0, 1.2),
        ("“Good morning,” ", "Kate", "paragraph", 1, 0.3),
        ("said Kate & smiled. It was early.", "", "paragraph", 1, 0.3),
        ("The moon is up\nThe stars are out", "", "verse", 2, 2.0),
    ]
    segments = [
        build_segment(tmp_path, text, number, speaker=speaker, kind=kind, passage=passage, pause=pause)
        for number, (text, speaker, kind, passage, pause) in enumerate(rows)
    ]
    chinese = [
        build_segment(tmp_path, "他来了。她走了。", 10),
        build_segment(tmp_path, "\x0c“好。”", 11, speaker="王", passage=1),
    ]
    jingle = [replace(build_segment(tmp_path, "x", 12), text="", words=())]
    chapters = [
        RecordedChapter("Chapter <One>", segments, part="Part I"),
        RecordedChapter("第二章", chinese, part="Part II"),
        RecordedChapter("Music", jingle, part="Part II"),
    ]
    return RecordedBook(
        "A & B",
        RATE,
        chapters,
        authors=("Ann “A” Author", "Bo"),
        voices={"": "Heart", "Kate": "Bella", "王": "Xiaobei"},
        date="1898",
        description="Short < long.",
        series="Tests",
        series_position="2",
    )


def _write(book: RecordedBook, path: Path, audio_format: str = "m4a", *, by_word: bool = False) -> Path:
    write_epub(book, path / "book.epub", AUDIOBOOK, audio_format=audio_format, by_word=by_word)
    return path / "book.epub"


def _clips(archive: zipfile.ZipFile, number: int) -> Iterator[tuple[str, float, float]]:
    """Yield the id of the text, start and end in seconds of each clip of a chapter."""
    root = etree.fromstring(archive.read(f"book/chapter-{number}.smil"))
    for par in root.iter(f"{SMIL}par"):
        text, audio = par[0].get("src"), par[1]
        yield text.partition("#")[2], *(float(audio.get(name)[:-1]) for name in ("clipBegin", "clipEnd"))


@pytest.mark.slow
@pytest.mark.skipif(not EPUBCHECK.exists() or not shutil.which("java"), reason="needs the Debian package epubcheck")
@pytest.mark.parametrize(("audio_format", "by_word"), [("m4a", False), ("mp3", True)])
def test_epubcheck_finds_no_error(book: RecordedBook, tmp_path: Path, audio_format: str, by_word: bool) -> None:
    path = _write(book, tmp_path, audio_format, by_word=by_word)
    process = subprocess.run([*JAVA, str(EPUBCHECK), str(path)], capture_output=True, text=True, check=False)
    report = process.stdout + process.stderr
    assert "0 fatals / 0 errors / 0 warnings" in report, report
    assert process.returncode == 0


@pytest.mark.parametrize("by_word", [False, True])
def test_clips_follow_each_other_and_cover_the_sound(book: RecordedBook, tmp_path: Path, by_word: bool) -> None:
    with zipfile.ZipFile(_write(book, tmp_path, by_word=by_word)) as archive:
        for number, chapter in enumerate(book.chapters, 1):
            clips = list(_clips(archive, number))
            assert clips[0][1] == 0.0
            assert clips[-1][2] == pytest.approx(chapter.total_samples / RATE, abs=0.001)
            assert all(first[2] == second[1] for first, second in pairwise(clips))
            assert all(start < end for _, start, end in clips)
            ids = {
                element.get("id") for element in etree.fromstring(archive.read(f"book/chapter-{number}.xhtml")).iter()
            }
            assert {name for name, _, _ in clips} <= ids


def test_sentences_are_read_when_they_are_spoken(book: RecordedBook, tmp_path: Path) -> None:
    with zipfile.ZipFile(_write(book, tmp_path)) as archive:
        root = etree.fromstring(archive.read("book/chapter-1.xhtml"))
        texts = {element.get("id"): "".join(element.itertext()) for element in root.iter() if element.get("id")}
        assert [(texts[name], start) for name, start, _ in _clips(archive, 1)] == [
            ("Chapter <One>", 0.0),
            ("“Good morning,”", 2.2),
            ("said Kate & smiled.", 3.5),
            ("It was early.", pytest.approx(3.5 + 4 / 7, abs=0.001)),
            ("The moon is up", 4.8),
            ("The stars are out", 5.3),
        ]


def test_text_headings_verse_and_speakers_stay(book: RecordedBook, tmp_path: Path) -> None:
    with zipfile.ZipFile(_write(book, tmp_path)) as archive:
        markup = archive.read("book/chapter-1.xhtml").decode()
    root = etree.fromstring(markup.encode())
    assert ["".join(element.itertext()) for element in root.iter(f"{XHTML}h1")] == ["Chapter <One>"]
    assert [re.sub(r"\s+", " ", "".join(element.itertext())) for element in root.iter(f"{XHTML}p")] == [
        "“Good morning,” said Kate & smiled. It was early.",
        "The moon is upThe stars are out",
    ]
    assert 'class="verse"' in markup
    assert markup.count("<br/>") == 1
    assert '<span class="speaker speaker-1" title="Kate">' in markup


def test_our_own_reader_reads_the_book(book: RecordedBook, tmp_path: Path) -> None:
    read = read_book(_write(book, tmp_path))
    assert (read.title, read.authors, read.language) == ("A & B", ("Ann “A” Author", "Bo"), "en")
    assert [(chapter.title, chapter.part) for chapter in read.selected][:2] == [
        ("Chapter <One>", "Part I"),
        ("第二章", "Part II"),
    ]
    assert read.cover.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("audio_format", AUDIO_FORMATS)
def test_the_sound_of_each_chapter_is_whole(book: RecordedBook, tmp_path: Path, audio_format: str) -> None:
    with zipfile.ZipFile(_write(book, tmp_path, audio_format)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        for number, chapter in enumerate(book.chapters, 1):
            name = f"book/audio/chapter-{number}.{audio_format}"
            with archive.open(name) as file, av.open(file, "r") as container:
                count = sum(frame.samples for frame in container.decode(container.streams.audio[0]))
            assert count == pytest.approx(chapter.total_samples, abs=0.06 * RATE)


def test_a_missing_part_leaves_no_file(book: RecordedBook, tmp_path: Path) -> None:
    (tmp_path / "11.npy").unlink()
    with pytest.raises(FunAudioError, match="第二章"):
        _write(book, tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npy"}
