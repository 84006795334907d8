"""Narration that is kept on disk: its plan, cast and options, and the parts that are finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from funaudio_core.narration.export.recording import RecordedBook
from funaudio_core.narration.model import Cast, ChapterSound, Options, Plan, PlannedChapter, Status
from funaudio_core.runtime.jobs import Job
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Pcm16, Voice


class Narration:
    """Stored narration. All changes are on disk when a method returns; objects of the same id are interchangeable.

    Each method raises BadInput if the narration was deleted.

    Attributes:
        job: The stored job.
    """

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job

    @property
    def id(self) -> str:
        """Return the random id, which opens the narration to anyone who has it."""
        return self.job.id

    def plan(self) -> Plan:
        """Return the plan with the listener's changes."""
        raise NotImplementedError

    def planned_chapter(self, number: int) -> PlannedChapter:
        """Return the lines of a chapter, with the listener's changes."""
        raise NotImplementedError

    def cast(self) -> Cast:
        """Return the cast."""
        raise NotImplementedError

    def options(self) -> Options:
        """Return the options."""
        raise NotImplementedError

    def status(self) -> Status:
        """Return the progress; it costs milliseconds, so a page may ask every second."""
        raise NotImplementedError

    def pause(self) -> None:
        """Make no further parts until resume()."""
        raise NotImplementedError

    def resume(self, first_chapter: int | None = None) -> None:
        """Go on. first_chapter: Number of the chapter to make first; None for the order of the book."""
        raise NotImplementedError

    def change_line(self, chapter: int, line: int, **changes: Any) -> int:  # noqa: ANN401 (values of a Line)
        """Change a line, and return how many parts must be made again.

        Args:
            chapter: Number of the chapter, from 0.
            line: Number of the line in the chapter, from 0.
            changes: New values of speaker, emotion, is_whispered, level, manner or said.

        Raises:
            BadInput: There is no such line, emotion or speaker, or the text can't be spoken.
        """
        raise NotImplementedError

    def change_voice(self, name: str, voice: str | Voice, pitch: float = 0.0, rate: float = 1.0) -> int:
        """Give a role another voice, and return how many parts must be made again.

        Args:
            name: Name of the role; NARRATOR for the narrator.
            voice: Id of a voice of the engine, or a voice made from a clip, with the speaker's consent.
            pitch: Shift in semitones.
            rate: Factor on the speaking rate.

        Raises:
            BadInput: There is no such role or voice.
        """
        raise NotImplementedError

    def merge_roles(self, name: str, into: str) -> int:
        """Let the role `into` speak the lines of another one, and return how many parts must be made again."""
        raise NotImplementedError

    def set_pronunciations(self, table: Sequence[Pronunciation]) -> int:
        """Replace the pronunciation table, and return how many parts must be made again."""
        raise NotImplementedError

    def chapter(self, number: int) -> ChapterSound:
        """Return what is finished of a chapter, from its beginning up to the first missing line."""
        raise NotImplementedError

    def read(self, number: int, start: int, end: int) -> Pcm16:
        """Return samples `start` to `end` of the sound of chapter(), with pauses and levels, int16 (end - start,)."""
        raise NotImplementedError

    def recording(self, *, cover: bytes = b"") -> RecordedBook:
        """Return the finished chapters for the exports.

        Args:
            cover: Picture of the cover in place of the book's own.

        Raises:
            BadInput: No chapter is finished.
        """
        raise NotImplementedError

    def delete(self) -> None:
        """Delete the narration with all its sound."""
        self.job.delete()
