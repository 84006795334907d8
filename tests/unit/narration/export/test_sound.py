"""Tests of M4B, M4A, MP3, FLAC and WAV files, read back with PyAV and mutagen."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path
from threading import Event
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from PIL import Image

from funaudio_core.audio.loudness import LoudnessMeter, PeakMeter
from funaudio_core.errors import FunAudioError
from funaudio_core.narration.export.levels import AUDIOBOOK, PODCAST, measure_chapter, set_levels
from funaudio_core.narration.export.recording import RecordedBook
from funaudio_core.narration.export.samples import chapter_spans
from funaudio_core.narration.export.sound import FORMATS, write_book
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.types import Samples
from tests.conftest import ffmpeg
from tests.unit.narration.export.recordings import RATE, build_book, click, speech

TEXTS = ("The first text, which is short.", "Ein zweiter Text.", "第三章的文字。")


def _picture(name: str, size: tuple[int, int] = (600, 800)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(file, name)
    return file.getvalue()


def _decode(path: Path) -> Samples:
    """Return the sound of a file at RATE."""
    resampler, parts = av.AudioResampler("flt", "mono", RATE), []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    return np.concatenate([*parts, *(part.to_ndarray()[0] for part in resampler.resample(None))])


def _marks(path: Path) -> list[tuple[str, float, float]]:
    """Return title, start and end in seconds of each chapter."""
    with av.open(str(path)) as container:
        marks = [(mark["metadata"]["title"], mark, float(mark["time_base"] or 0)) for mark in container.chapters()]
        return [(title, mark["start"] * unit, mark["end"] * unit) for title, mark, unit in marks]


def _click_errors(path: Path) -> list[float]:
    """Return by how many seconds each chapter mark misses its click."""
    samples, errors = _decode(path), []
    for _, start, _ in _marks(path):
        first = max(0, round((start - 0.06) * RATE))
        around = np.abs(samples[first : round((start + 0.06) * RATE)])
        errors.append(abs((first + int(np.argmax(around > 0.5 * around.max()))) / RATE - start))
    return errors


@pytest.fixture
def book(tmp_path: Path) -> RecordedBook:
    return build_book(
        tmp_path,
        TEXTS,
        authors=("Ann Author", "Bo Writer"),
        voices={"": "Heart", "Kate": "Bella"},
        language="zh",
        date="1898",
        cover=_picture("JPEG"),
        description="A short book.",
        series="Tests",
        series_position="2",
    )


@pytest.mark.parametrize("name", ["m4b", "m4a", "mp3"])
def test_chapters_start_at_their_first_sample(name: str, tmp_path: Path) -> None:
    book = build_book(tmp_path, TEXTS * 4, seconds=0.7, sound=click)
    path = tmp_path / f"book.{name}"
    write_book(book, path, name, AUDIOBOOK)
    assert len(_marks(path)) == 12
    assert max(_click_errors(path)) <= 0.005
    assert abs(len(_decode(path)) - chapter_spans(book)[-1].end) < 0.06 * RATE


def test_three_hundred_chapters_do_not_drift(tmp_path: Path) -> None:
    book = build_book(tmp_path, ["A text."] * 300, seconds=0.0401, pause=0.0203, sound=click)
    write_book(book, tmp_path / "book.m4b", "m4b", AUDIOBOOK)
    marks = _marks(tmp_path / "book.m4b")
    starts = [span.start / RATE for span in chapter_spans(book)]
    assert [start for _, start, _ in marks] == pytest.approx(starts, abs=0.001)
    assert marks[-1][0] == "Chapter 300"
    assert max(_click_errors(tmp_path / "book.m4b")) <= 0.005
    command = [ffmpeg(), "-i", str(tmp_path / "book.m4b"), "-f", "ffmetadata", "-"]
    process = subprocess.run(command, capture_output=True, text=True, check=True)
    assert process.stdout.count("[CHAPTER]") == 300


def test_an_m4b_has_tags_and_cover_as_players_want_them(book: RecordedBook, tmp_path: Path) -> None:
    path = tmp_path / "book.m4b"
    write_book(book, path, "m4b", AUDIOBOOK)
    assert path.read_bytes()[4:12] == b"ftypM4B "
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    read = MP4(path)
    tags = {key: read[key][0] for key in ("©nam", "©ART", "©alb", "©wrt", "©day", "©gen", "stik", "desc", "©grp")}
    assert tags == {
        "©nam": "A Book",
        "©ART": "Ann Author, Bo Writer",
        "©alb": "A Book",
        "©wrt": "Heart",
        "©day": "1898",
        "©gen": "Audiobook",
        "stik": 2,
        "desc": "A short book.",
        "©grp": "Tests, 2",
    }
    assert "Kate: Bella" in read["©cmt"][0]
    assert bytes(read["covr"][0]) == book.cover
    assert read["covr"][0].imageformat == read["covr"][0].FORMAT_JPEG
    assert [chapter.title for chapter in read.chapters or ()] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    with av.open(str(path)) as container:
        assert container.streams.audio[0].metadata["language"] == "zho"


def test_an_mp3_has_chapters_cover_and_tags(book: RecordedBook, tmp_path: Path) -> None:
    path = tmp_path / "book.mp3"
    write_book(book, path, "mp3", PODCAST)
    read = ID3(path)
    assert str(read["TIT2"]) == "A Book"
    assert str(read["TPE1"]) == "Ann Author, Bo Writer"
    assert str(read["TLAN"]) == "zho"
    (picture,) = read.getall("APIC")
    assert (picture.data, picture.mime) == (book.cover, "image/jpeg")
    (contents,) = read.getall("CTOC")
    chapters = {chapter.element_id: chapter for chapter in read.getall("CHAP")}
    assert len(contents.child_element_ids) == 3
    titles = [str(chapters[child].sub_frames["TIT2"]) for child in contents.child_element_ids]
    assert titles == ["Chapter 1", "Chapter 2", "Chapter 3"]


@pytest.mark.parametrize("name", ["flac", "wav"])
def test_lossless_files_hold_every_sample(name: str, book: RecordedBook, tmp_path: Path) -> None:
    path = tmp_path / f"book.{name}"
    unchanged = RecordedBook(
        book.title, RATE, [type(chapter)(chapter.title, chapter.segments, gain_db=0.0) for chapter in book.chapters]
    )
    write_book(unchanged, path, name, AUDIOBOOK)
    expected = []
    for chapter in book.chapters:
        for segment in chapter.segments:
            expected += [segment.read(), np.zeros(segment.pause_samples, np.int16)]
    decoded = np.rint(_decode(path) * 32_768).astype(np.int16)
    assert np.array_equal(decoded, np.concatenate(expected))


@pytest.mark.parametrize(("target", "name"), [(AUDIOBOOK, "wav"), (AUDIOBOOK, "m4b"), (PODCAST, "mp3")])
def test_each_chapter_has_the_loudness_asked_for(target: Any, name: str, tmp_path: Path) -> None:
    path, book = tmp_path / f"book.{name}", build_book(tmp_path, TEXTS[:2], seconds=4.0, sound=speech)
    write_book(book, path, name, target)
    samples = _decode(path)
    for span in chapter_spans(book):
        meter, peaks = LoudnessMeter(RATE), PeakMeter()
        meter.feed(samples[span.start : span.end])
        peaks.feed(samples[span.start : span.end])
        assert meter.loudness == pytest.approx(target.loudness, abs=0.5)
        assert peaks.decibels <= target.true_peak


def test_gains_are_measured_once(book: RecordedBook, tmp_path: Path) -> None:
    measured = write_book(book, tmp_path / "a.wav", "wav", AUDIOBOOK)
    assert [chapter.gain_db for chapter in measured.chapters] == [
        measure_chapter(chapter, RATE, AUDIOBOOK).gain_db for chapter in book.chapters
    ]
    assert set_levels(measured, PODCAST).chapters == measured.chapters


def test_a_png_cover_becomes_a_jpeg_of_limited_size(book: RecordedBook, tmp_path: Path) -> None:
    large = build_book(tmp_path, ["Text."], cover=_picture("PNG", (900, 2_800)))
    write_book(large, tmp_path / "book.m4b", "m4b", AUDIOBOOK)
    with Image.open(io.BytesIO(bytes(MP4(tmp_path / "book.m4b")["covr"][0]))) as image:
        assert (image.format, image.size) == ("JPEG", (450, 1_400))


@pytest.mark.parametrize("cover", [b"", b"no picture", b"\xff\xd8\xffbroken", _picture("PNG")[:900]])
def test_without_a_readable_cover_one_is_drawn(cover: bytes, tmp_path: Path) -> None:
    book = build_book(tmp_path, ["Text."], cover=cover, authors=("An Author",))
    write_book(book, tmp_path / "book.m4a", "m4a", AUDIOBOOK)
    with Image.open(io.BytesIO(bytes(MP4(tmp_path / "book.m4a")["covr"][0]))) as image:
        assert image.size == (1_000, 1_000)
        assert len(image.convert("L").getcolors() or ()) > 50  # text with smooth edges


def test_a_missing_part_is_named_and_leaves_no_file(book: RecordedBook, tmp_path: Path) -> None:
    (tmp_path / "3.npy").unlink()
    with pytest.raises(FunAudioError, match=r"chapter 'Chapter 2' is missing .* others are kept"):
        write_book(book, tmp_path / "book.m4b", "m4b", AUDIOBOOK)
    assert not list(tmp_path.glob("*book*"))


def test_a_stopped_export_leaves_the_file_before_it(book: RecordedBook, tmp_path: Path) -> None:
    path, stop = tmp_path / "book.mp3", Event()
    path.write_bytes(b"earlier")

    def stop_half_way(share: float) -> None:
        if share > 0.5:
            stop.set()

    with pytest.raises(Cancelled):
        cancellable(stop, write_book)(book, path, "mp3", AUDIOBOOK, stop_half_way)
    assert path.read_bytes() == b"earlier"
    assert not list(tmp_path.glob(".*"))


def test_progress_rises_to_the_end(book: RecordedBook, tmp_path: Path) -> None:
    shares: list[float] = []
    write_book(book, tmp_path / "book.wav", "wav", AUDIOBOOK, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize("name", FORMATS)
def test_mutagen_reads_every_format(name: str, book: RecordedBook, tmp_path: Path) -> None:
    path = tmp_path / f"book{FORMATS[name].suffix}"
    write_book(book, path, name, AUDIOBOOK)
    length = chapter_spans(book)[-1].end / RATE
    assert mutagen.File(path).info.length == pytest.approx(length, abs=0.15)
