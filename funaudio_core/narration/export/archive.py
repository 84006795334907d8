"""Archives with a sound file for each chapter."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from funaudio_core.narration.export.cover import jpeg_cover
from funaudio_core.narration.export.files import require_room, write_atomically
from funaudio_core.narration.export.levels import LevelTarget, Progress, set_levels
from funaudio_core.narration.export.recording import RecordedBook
from funaudio_core.narration.export.samples import ChapterSpan, chapter_spans
from funaudio_core.narration.export.sound import FORMATS, SoundFormat, SoundWriter, estimated_bytes, spans_blocks
from funaudio_core.narration.export.tags import chapter_tags, cut_text, player_titles

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')  # in names of files, on any system
_MAX_NAME_BYTES = 100
_LEVEL_SHARE = 0.1  # of the work, for the progress


def write_chapters(
    book: RecordedBook, path: Path, name: str, target: LevelTarget, progress: Progress = lambda _: None
) -> RecordedBook:
    """Write a ZIP archive with one file for each chapter, for editing, and the cover.

    Args:
        book: The recording.
        path: The archive, which appears when it is complete.
        name: Format of the files, a key of FORMATS.
        target: Level of each chapter.
        progress: Called with the share that is done.

    Returns:
        The recording with the gains of its chapters.

    Raises:
        FunAudioError: A part of the recording is missing, or the disk is full.
        Cancelled: The work was cancelled.
    """
    form, num_samples = FORMATS[name], chapter_spans(book)[-1].end
    require_archive_room(book, path.parent, form)
    book = set_levels(book, target, lambda share: progress(_LEVEL_SHARE * share))
    spans = chapter_spans(book)
    with write_atomically(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("cover.jpg", jpeg_cover(book))
        for number, (span, title) in enumerate(zip(spans, player_titles(spans), strict=True), 1):
            safe = cut_text(" ".join(_UNSAFE.sub(" ", title).split()), _MAX_NAME_BYTES).strip(" .")
            file = f"{number:0{len(str(len(spans)))}d} {safe}{form.suffix}"
            tags = chapter_tags(book, title, number, len(spans))
            add_sound(archive, file, book, span, form, target, tags)
            progress(_LEVEL_SHARE + (1 - _LEVEL_SHARE) * span.end / num_samples)
    return book


def require_archive_room(book: RecordedBook, folder: Path, form: SoundFormat) -> None:
    """Raise FunAudioError if a disk has no room for an archive, and for the file of its longest chapter beside it."""
    spans = chapter_spans(book)
    longest = max(span.end - span.start for span in spans)
    require_room(folder, estimated_bytes(spans[-1].end + longest, book.rate, form))


def add_sound(
    archive: zipfile.ZipFile,
    name: str,
    book: RecordedBook,
    span: ChapterSpan,
    form: SoundFormat,
    target: LevelTarget,
    tags: dict[str, str],
) -> None:
    """Add the sound of a chapter to an archive as the file `name`, by way of a file beside the archive."""
    path = Path(archive.filename or "").with_suffix(".sound")
    try:
        with SoundWriter(path, form, book.rate) as writer:
            writer.set_tags(tags, book.language)
            for block in spans_blocks(book, [span], target, form.loss_db):
                writer.write(block)
        archive.write(path, name, zipfile.ZIP_STORED)
    finally:
        path.unlink(missing_ok=True)
