"""Files of a narration: sound books, subtitles and read-along books, with the search for the watermark in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.engines import registry, selection
from funaudio_core.errors import BadInput
from funaudio_core.narration.export.kinds import KINDS, export
from funaudio_core.narration.export.levels import AUDIOBOOK
from funaudio_core.narration.export.watermark import find_watermark
from funaudio_core.narration.narration import Narration

__all__ = ["KINDS"]
WITH_SOUND = frozenset({"m4b", "mp3", "m4a", "wav"})  # kinds in which the watermark is looked for
MARK_SHARE = 0.3  # of the work, at most


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """Finished file.

    Attributes:
        path: The file.
        chapters: Number of chapters in it.
        has_watermark: The watermark is in every 30 s of it; None for files in which it isn't looked for.
    """

    path: Path
    chapters: int
    has_watermark: bool | None


def export_path(narration: Narration, kind: str) -> Path:
    """Return the path of the file of a kind, which is deleted with the narration. Raise BadInput for another kind."""
    if kind not in KINDS:
        raise BadInput("{kind!r} isn't a format. Choose one of: {choices}.", kind=kind, choices=tuple(KINDS))
    return narration.job.file_path(f"{kind}{KINDS[kind].suffix}")


def export_narration(
    narration: Narration, kind: str, progress: Callable[[float], None] = lambda _: None
) -> ExportedFile:
    """Write the finished chapters of a narration to a file, in place of an older one of the kind.

    Args:
        narration: The narration.
        kind: Key of KINDS.
        progress: Called with the share that is done, 0 to 1.

    Raises:
        BadInput: No chapter is finished, or the kind doesn't exist.
        FunAudioError: The disk is full.
    """
    path = export_path(narration, kind)
    recording = narration.recording()
    has_sound = kind in WITH_SOUND
    written_share = 1 - MARK_SHARE if has_sound else 1.0
    export(recording, kind, path, AUDIOBOOK, lambda share: progress(written_share * share))
    if not has_sound:
        return ExportedFile(path, len(recording.chapters), None)
    watermarker = selection.load_default(registry.WATERMARKERS)
    report = find_watermark(path, watermarker, lambda share: progress(written_share + MARK_SHARE * share))
    return ExportedFile(path, len(recording.chapters), report.is_marked)
