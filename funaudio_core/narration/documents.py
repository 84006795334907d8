"""Documents of a stored narration, and the division of its chapters into parts."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.narration import stored
from funaudio_core.narration.model import Cast, Options, Plan, PlannedChapter
from funaudio_core.narration.parts import Part, Setting, divide
from funaudio_core.narration.states import RUNNING
from funaudio_core.runtime import jobs
from funaudio_core.runtime.jobs import Job, Json
from funaudio_core.types import Audio, Voice

JOB_KIND = "narration 1"  # version of the stored format; stored jobs of another version are ignored
CLIP_PREFIX = "clip:"  # of the id of a voice that is kept with the narration
_PLAN, _CAST, _OPTIONS, _LAYOUT, _STATE, _COVER, _VOICES = (
    "plan",
    "cast",
    "options",
    "layout",
    "state",
    "cover",
    "voices",
)
_DAY_SECONDS = 24 * 3600.0
_guard = RLock()  # changes read documents, and write them anew
Layout = tuple[tuple[Part, ...], ...]  # parts of each chapter


@contextmanager
def changing() -> Iterator[None]:
    """Keep other threads from changing documents."""
    with _guard:
        yield


def create(plan: Plan, cast: Cast, options: Options, cover: bytes, state: str = RUNNING) -> Job:
    """Store a new narration. In the state PAUSED the background leaves it alone.

    Raises:
        FunAudioError: The disk is full, or the jobs take up all that they may.
    """
    titles = [{"title": chapter.title, "part": chapter.part, "lines": len(chapter.lines)} for chapter in plan.chapters]
    head = {**stored.dump(replace(plan, chapters=())), "chapters": titles}
    documents = {
        _PLAN: head,
        _CAST: stored.dump(cast),
        _OPTIONS: stored.dump(options),
        **{_lines_name(number): stored.dump(chapter) for number, chapter in enumerate(plan.chapters)},
        _LAYOUT: _dump_layout(plan_layout(plan.chapters, make_setting(plan.language, cast, options))),
        _STATE: {"state": state},
    }
    arrays = {_COVER: np.frombuffer(cover, np.uint8)} if cover else {}
    seconds = settings.read().narration_days * _DAY_SECONDS
    return jobs.create({"kind": JOB_KIND, "language": plan.language}, 0, arrays, documents, seconds)


def make_setting(language: str, cast: Cast, options: Options) -> Setting:
    """Return the setting of all parts. Raise BadInput if the engine of the cast isn't available."""
    return Setting(language, cast, options, selection.resolve(registry.SYNTHESIZERS, cast.engine))


def plan_layout(chapters: Sequence[PlannedChapter], setting: Setting) -> Layout:
    """Return the parts of each chapter."""
    return tuple(divide(chapter, setting, not number) for number, chapter in enumerate(chapters))


class NarrationStore:
    """Documents of one narration."""

    def __init__(self, job: Job) -> None:
        """Wrap a stored job."""
        self.job = job

    def head(self) -> Json:
        """Return the plan without lines: title, authors, language, speakers, and title, part and lines of chapters."""
        return _cached_document(self.job.id, _PLAN, self.job.document_version(_PLAN))

    def chapter(self, number: int) -> PlannedChapter:
        """Return the lines of a chapter. Raise BadInput if there is no such chapter."""
        if not 0 <= number < len(self.head()["chapters"]):
            raise BadInput(
                "There is no chapter {number}; the narration has {count}.",
                number=number + 1,
                count=len(self.head()["chapters"]),
            )
        name = _lines_name(number)
        return _cached_chapter(self.job.id, name, self.job.document_version(name))

    def chapters(self) -> Iterator[PlannedChapter]:
        """Yield the chapters, each when it is needed."""
        return (self.chapter(number) for number in range(len(self.head()["chapters"])))

    def cast(self) -> Cast:
        """Return the cast."""
        return stored.load_cast(_cached_document(self.job.id, _CAST, self.job.document_version(_CAST)))

    def options(self) -> Options:
        """Return the options."""
        return stored.load_options(_cached_document(self.job.id, _OPTIONS, self.job.document_version(_OPTIONS)))

    def setting(self) -> Setting:
        """Return the setting of all parts. Raise BadInput if the engine isn't available any more."""
        return make_setting(self.job.request["language"], self.cast(), self.options())

    def layout(self) -> Layout:
        """Return the parts of each chapter; made anew if a process was killed between a change and the layout."""
        version = self.job.document_version(_LAYOUT)
        names = [_CAST, _OPTIONS, *map(_lines_name, range(len(self.head()["chapters"])))]
        found = _cached_layout(self.job.id, version)
        if found is None or not _is_verified(self.job.id, version, tuple(names)):
            with changing():
                found = plan_layout(tuple(self.chapters()), self.setting())
                self.job.save_document(_LAYOUT, _dump_layout(found))
        return found

    def save(
        self,
        *,
        chapters: dict[int, PlannedChapter] | None = None,
        cast: Cast | None = None,
        options: Options | None = None,
    ) -> int:
        """Save changes and the layout that follows; delete parts that are needed no longer.

        Returns:
            The number of parts that must be made again, or whose sound will be another one than before the change.
        """
        with changing():
            before = self.layout()
            _is_verified.cache_clear()  # an error would leave the layout behind
            for number, chapter in (chapters or {}).items():
                self.job.save_document(_lines_name(number), stored.dump(chapter))
            if cast is not None:
                self.job.save_document(_CAST, stored.dump(cast))
            if options is not None:
                self.job.save_document(_OPTIONS, stored.dump(options))
            is_all = cast is not None or options is not None
            after = self._divide(before, None if is_all else set(chapters or {}))
            self.job.save_document(_LAYOUT, _dump_layout(after))
            kept = {part.digest for parts in after for part in parts}
            if gone := [digest for digest in self.job.summaries() if digest not in kept]:
                self.job.delete_parts(gone)
            return len(kept - {part.digest for parts in before for part in parts})

    def _divide(self, before: Layout, changed: set[int] | None) -> Layout:
        """Return the layout with the parts of changed chapters made anew; None for all chapters."""
        setting = self.setting()
        return tuple(
            divide(self.chapter(number), setting, not number) if changed is None or number in changed else parts
            for number, parts in enumerate(before)
        )

    def state(self) -> Json:
        """Return the document with the state."""
        return self.job.load_document(_STATE)

    def set_state(self, state: str, **values: Any) -> None:  # noqa: ANN401 (JSON)
        """Save another state; values that aren't given stay, apart from the message of a failure."""
        with changing():
            before = {name: value for name, value in self.state().items() if name != "message"}
            self.job.save_document(_STATE, {**before, "state": state, **values})

    def cover(self) -> bytes:
        """Return the picture of the cover, or b""."""
        try:
            return self.job.load_array(_COVER).tobytes()
        except BadInput:
            return b""

    def add_clip(self, voice: Voice, clip: Audio) -> str:
        """Keep a voice made from a clip, and return its id."""
        import hashlib

        name = hashlib.sha256(clip.samples.tobytes() + voice.text.encode()).hexdigest()[:16]
        with changing():
            self.job.save_array(f"voice_{name}", clip.samples)
            rows = self._clips()
            rows[name] = {"name": str(voice.name), "language": voice.language, "text": voice.text, "rate": clip.rate}
            self.job.save_document(_VOICES, rows)
        return f"{CLIP_PREFIX}{name}"

    def voice(self, id_: str, setting: Setting) -> Voice:
        """Return a voice of the cast. Raise BadInput if the engine doesn't have it any more."""
        if not id_.startswith(CLIP_PREFIX):
            return voice_catalog.get_voice(id_, setting.spec.name, setting.language)
        name = id_.removeprefix(CLIP_PREFIX)
        row = self._clips().get(name)
        if row is None:
            raise BadInput("The voice {name!r} isn't kept with this narration. Choose it again.", name=name)
        samples: NDArray[np.float32] = np.array(self.job.load_array(f"voice_{name}"))
        return Voice(row["name"], row["language"], clip=Audio(samples, row["rate"]), text=row["text"])

    def _clips(self) -> Json:
        return self.job.load_document(_VOICES) if self.job.document_version(_VOICES) else {}


def _lines_name(chapter: int) -> str:
    return f"lines_{chapter}"


def _dump_layout(layout: Layout) -> Json:
    return {"chapters": [[[part.digest, part.first, part.end] for part in parts] for parts in layout]}


@functools.lru_cache(maxsize=64)
def _cached_document(id_: str, name: str, version: int) -> Json:  # noqa: ARG001 (of the cache)
    return jobs.get(id_).load_document(name)


@functools.lru_cache(maxsize=8)
def _cached_chapter(id_: str, name: str, version: int) -> PlannedChapter:  # noqa: ARG001 (of the cache)
    return stored.load_chapter(jobs.get(id_).load_document(name))


@functools.lru_cache(maxsize=32)
def _cached_layout(id_: str, version: int) -> Layout | None:
    if not version:
        return None
    return tuple(tuple(Part(*row) for row in rows) for rows in jobs.get(id_).load_document(_LAYOUT)["chapters"])


@functools.lru_cache(maxsize=32)
def _is_verified(id_: str, version: int, names: tuple[str, ...]) -> bool:
    """Return whether the layout is newer than all that it was made from."""
    job = jobs.get(id_)
    return all(job.document_version(name) <= version for name in names)
