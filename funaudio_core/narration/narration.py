"""Narration that is kept on disk: its plan, cast and options, and the parts that are finished."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from funaudio_core.errors import BadInput
from funaudio_core.message import Message
from funaudio_core.narration import documents, sound
from funaudio_core.narration.documents import NarrationStore
from funaudio_core.narration.editing import change_line, change_role
from funaudio_core.narration.export.recording import RecordedBook, RecordedChapter, RecordedSegment
from funaudio_core.narration.making import Studio, make_part
from funaudio_core.narration.model import (
    Cast,
    ChapterSound,
    Line,
    Options,
    Plan,
    PlannedChapter,
    Role,
    Speaker,
    Status,
)
from funaudio_core.narration.parts import Part, line_requests, voices_of
from funaudio_core.narration.progress import describe_progress
from funaudio_core.narration.states import FAILED, FINISHED, PAUSED, RUNNING
from funaudio_core.runtime.background import wake_workers
from funaudio_core.runtime.jobs import Job
from funaudio_core.text.pronunciations import Pronunciation
from funaudio_core.types import Pcm16, SpeechRequest, Voice


@dataclass(frozen=True, eq=False, slots=True)
class PartWork:
    """Part that is to be made.

    Attributes:
        chapter: Number of its chapter.
        part: The part.
        lines: Its lines.
        roles: The role of each line.
        requests: A request for each line.
        names: Words that a recognizer may spell in another way; None if the part isn't to be heard again.
        is_awaited: No part is finished yet, so a listener waits for this one.
    """

    chapter: int
    part: Part
    lines: tuple[Line, ...]
    roles: tuple[Role, ...]
    requests: tuple[SpeechRequest, ...]
    names: frozenset[str] | None
    is_awaited: bool


class Narration:
    """Stored narration. All changes are on disk when a method returns; objects of the same id are interchangeable.

    Each method raises BadInput if the narration was deleted.

    Attributes:
        job: The stored job.
    """

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job
        self._store = NarrationStore(job)

    @property
    def id(self) -> str:
        """Return the random id, which opens the narration to anyone who has it."""
        return self.job.id

    def plan(self) -> Plan:
        """Return the plan with the listener's changes."""
        head = self._store.head()
        speakers = tuple(
            Speaker(row["name"], row["sex"], tuple(row["aliases"]), row["lines"], tuple(row["chapters"]))
            for row in head["speakers"]
        )
        return Plan(head["title"], tuple(head["authors"]), head["language"], tuple(self._store.chapters()), speakers)

    @property
    def title(self) -> str:
        """Return the title of the book."""
        return str(self._store.head()["title"])

    def planned_chapter(self, number: int) -> PlannedChapter:
        """Return the lines of a chapter, with the listener's changes."""
        return self._store.chapter(number)

    def cast(self) -> Cast:
        """Return the cast."""
        return self._store.cast()

    def voice(self, id_: str) -> Voice:
        """Return a voice of the engine, or of a clip kept with the narration. Raise BadInput if there is none."""
        return self._store.voice(id_, self._store.setting())

    def options(self) -> Options:
        """Return the options."""
        return self._store.options()

    def status(self) -> Status:
        """Return the progress; it costs milliseconds, so a page may ask every second."""
        return describe_progress(self._store)

    def pause(self) -> None:
        """Make no further parts until resume()."""
        self._store.set_state(PAUSED)

    def resume(self, first_chapter: int | None = None) -> None:
        """Go on. first_chapter: Number of the chapter to make first; None for the order of the book."""
        self._store.set_state(RUNNING, first_chapter=first_chapter or 0)
        wake_workers()

    def fail(self, message: Message) -> None:
        """Stop with a reason, until resume()."""
        self._store.set_state(FAILED, message={"template": message.template, "values": _plain(message.values)})

    @property
    def state(self) -> str:
        """Return RUNNING, PAUSED, FINISHED or FAILED of narration.states."""
        return str(self._store.state()["state"])

    def change_line(self, chapter: int, line: int, **changes: Any) -> int:  # noqa: ANN401 (values of a Line)
        """Change a line, and return how many parts must be made again.

        Args:
            chapter: Number of the chapter, from 0.
            line: Number of the line in the chapter, from 0.
            changes: New values of speaker, emotion, is_whispered, level, manner or said.

        Raises:
            BadInput: There is no such line, emotion or speaker, or the text can't be spoken.
        """
        with documents.changing():
            planned = change_line(self._store.chapter(chapter), line, changes, self.cast())
            return self._changed(self._store.save(chapters={chapter: planned}))

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
        with documents.changing():
            if isinstance(voice, str):
                id_, label = voice, str(self._store.voice(voice, self._store.setting()).name)
            elif voice.clip is None:
                id_, label = voice.preset or "", str(voice.name)
            else:
                id_, label = self._store.add_clip(voice, voice.clip), str(voice.name)
            return self._changed(self._store.save(cast=change_role(self.cast(), name, id_, label, pitch, rate)))

    def merge_roles(self, name: str, into: str) -> int:
        """Let the role `into` speak the lines of another one, and return how many parts must be made again."""
        with documents.changing():
            return self._changed(self._store.save(cast=self.cast().merge(name, into)))

    def set_cast(self, cast: Cast) -> int:
        """Replace the whole cast, such as one from a file, and return how many parts must be made again.

        Raises:
            BadInput: A voice isn't available.
        """
        with documents.changing():
            setting = documents.make_setting(self.job.request["language"], cast, self.options())
            for role in cast.roles:
                self._store.voice(role.voice, setting)
            return self._changed(self._store.save(cast=cast))

    def set_pronunciations(self, table: Sequence[Pronunciation]) -> int:
        """Replace the pronunciation table, and return how many parts must be made again."""
        return self.set_options(replace(self.options(), pronunciations=tuple(table)))

    def set_options(self, options: Options) -> int:
        """Replace the options, and return how many parts must be made again."""
        with documents.changing():
            return self._changed(self._store.save(options=options))

    def chapter(self, number: int) -> ChapterSound:
        """Return what is finished of a chapter, from its beginning up to the first missing line."""
        planned, parts, is_finished = self._finished(number)
        segments = list(self._segments(planned, parts))
        version = hashlib.sha256(" ".join(part.digest for part in parts).encode()).hexdigest()[:16]
        return sound.describe_chapter(
            planned.title, planned.lines, segments, self._rate(), is_finished=is_finished, version=version
        )

    def read(self, number: int, start: int, end: int) -> Pcm16:
        """Return samples `start` to `end` of the sound of chapter(), with pauses and levels, int16 (end - start,)."""
        planned, parts, _ = self._finished(number)
        summaries, options = self.job.summaries(), self.options()
        near, first = sound.overlapping_parts(planned, parts, summaries, options, (start, end))
        return sound.read_sound(self._segments(planned, near), self._rate(), start - first, end - first)

    def recording(self, *, cover: bytes = b"") -> RecordedBook:
        """Return the finished chapters for the exports.

        Args:
            cover: Picture of the cover in place of the book's own.

        Raises:
            BadInput: No chapter is finished.
        """
        chapters = []
        for number in range(len(self._store.layout())):
            planned, parts, is_finished = self._finished(number)
            if is_finished:
                segments = sound.LazySegments(partial(self._read_chapter, number, parts), len(planned.lines))
                chapters.append(RecordedChapter(planned.title, segments, planned.part))
        if not chapters:
            raise BadInput("No chapter is finished yet. Wait for the first one.")
        head, options = self._store.head(), self.options()
        return RecordedBook(
            head["title"],
            self._rate(),
            tuple(chapters),
            tuple(head["authors"]),
            {role.name: role.voice_name for role in self.cast().roles},
            head["language"],
            options.date,
            cover or self._store.cover(),
            options.description,
            options.series,
            options.series_position,
        )

    def next_work(self) -> PartWork | None:
        """Return the next part that is to be made; None if all are finished. The state becomes FINISHED then."""
        with documents.changing():
            layout, state = self._store.layout(), self._store.state()
            first = state.get("first_chapter", 0)
            order = [*range(first, len(layout)), *range(min(first, len(layout)))]
            done = self.job.summaries()
            missing = ((number, part) for number in order for part in layout[number] if part.digest not in done)
            found = next(missing, None)
            if found is None:
                if state["state"] == RUNNING:
                    self._store.set_state(FINISHED)
                return None
            return self._work(*found, is_awaited=not done and state["state"] == RUNNING)

    def make(self, work: PartWork, studio: Studio) -> None:
        """Make a part and save it, unless it was changed meanwhile.

        Raises:
            Cancelled: The work was cancelled.
            FunAudioError: The disk is full.
        """
        of = work.lines, work.roles, work.requests
        for record, samples, summary in make_part(*of, studio, work.names, is_awaited=work.is_awaited):
            with documents.changing():
                if any(part.digest == work.part.digest for part in self._store.layout()[work.chapter]):
                    self.job.save_part(record, {sound.SOUND: samples}, work.part.digest, summary)

    def touch(self) -> None:
        """Start the lifetime of the narration anew."""
        self.job.touch()

    def delete(self) -> None:
        """Delete the narration with all its sound."""
        self.job.delete()

    def _changed(self, count: int) -> int:
        """Return the number of parts to make again; a finished narration goes on with them."""
        if count and self.state == FINISHED:
            self._store.set_state(RUNNING)
            wake_workers()
        return count

    def _work(self, number: int, part: Part, *, is_awaited: bool) -> PartWork:
        planned, setting = self._store.chapter(number), self._store.setting()
        roles = tuple(setting.cast.role(line.speaker) for line in planned.lines[part.first : part.end])
        voices = {id_: self._store.voice(id_, setting) for id_ in voices_of(planned.lines, part, setting)}
        requests = tuple(line_requests(planned.lines, part, setting, voices))
        names = None
        if setting.options.is_checked:
            rows = setting.cast.roles
            said = (entry.word for entry in setting.options.pronunciations)
            names = frozenset((*said, *(name for role in rows for name in (role.name, *role.aliases) if name)))
        return PartWork(number, part, planned.lines[part.first : part.end], roles, requests, names, is_awaited)

    def _finished(self, number: int) -> tuple[PlannedChapter, tuple[Part, ...], bool]:
        """Return a chapter, its parts up to the first that is missing, and whether none is missing."""
        planned = self._store.chapter(number)
        parts = self._store.layout()[number]
        done = self.job.summaries()
        missing = next((index for index, part in enumerate(parts) if part.digest not in done), len(parts))
        return planned, parts[:missing], missing == len(parts)

    def _read_chapter(self, number: int, parts: tuple[Part, ...]) -> Iterator[RecordedSegment]:
        return self._segments(self._store.chapter(number), parts)

    def _segments(self, planned: PlannedChapter, parts: Sequence[Part]) -> Iterator[RecordedSegment]:
        gains = sound.measure_gains(self.job.summaries())
        return sound.read_segments(self.job, planned, parts, self.cast().role, self.options(), gains)

    def _rate(self) -> int:
        """Return the sample rate of the parts in Hz."""
        return next((int(summary["rate"]) for summary in self.job.summaries().values()), 24_000)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a message as JSON."""
    return {name: value if isinstance(value, int | float | str) else str(value) for name, value in values.items()}
