"""Kinds of files that a recording is exported to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.narration.export.archive import write_chapters
from funaudio_core.narration.export.epub import write_epub
from funaudio_core.narration.export.levels import LevelTarget, Progress
from funaudio_core.narration.export.recording import RecordedBook
from funaudio_core.narration.export.sound import write_book
from funaudio_core.narration.export.texts import write_json, write_srt, write_vtt

Writer = Callable[[RecordedBook, Path, LevelTarget, Progress], RecordedBook]


@dataclass(frozen=True, slots=True)
class ExportKind:
    """Kind of file: end of its name, and the function that writes it."""

    suffix: str
    write: Writer


def _sound(name: str) -> ExportKind:
    return ExportKind(f".{name}", lambda book, path, target, progress: write_book(book, path, name, target, progress))


def _text(name: str, write: Callable[[RecordedBook, Path], None]) -> ExportKind:
    def run(book: RecordedBook, path: Path, _target: LevelTarget, progress: Progress) -> RecordedBook:
        write(book, path)
        progress(1.0)
        return book

    return ExportKind(f".{name}", run)


KINDS = {
    "m4b": _sound("m4b"),
    "mp3": _sound("mp3"),
    "m4a": _sound("m4a"),
    "wav": _sound("wav"),
    "flac": ExportKind(
        ".zip", lambda book, path, target, progress: write_chapters(book, path, "flac", target, progress)
    ),
    "epub": ExportKind(".epub", write_epub),
    "srt": _text("srt", write_srt),
    "vtt": _text("vtt", write_vtt),
    "json": _text("json", write_json),
}


def export(
    book: RecordedBook, kind: str, path: Path, target: LevelTarget, progress: Progress = lambda _: None
) -> RecordedBook:
    """Write a recording as a file of a kind of KINDS.

    Args:
        book: The recording.
        kind: Key of KINDS; "flac" is an archive with a file for each chapter.
        path: The file, which appears when it is complete; its suffix is that of the kind.
        target: Level of each chapter: AUDIOBOOK or PODCAST of levels.
        progress: Called with the share that is done, 0 to 1.

    Returns:
        The recording with the gains of its chapters, so that the next export need not measure them.

    Raises:
        FunAudioError: A part of the recording is missing, or the disk is full.
        Cancelled: The work was cancelled.
    """
    return KINDS[kind].write(book, path, target, progress)
