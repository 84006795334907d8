"""Narration in memory in place of the stored one: each line is a tone, and a part is one line.

`python -m tests.fake_narration` serves the app with it and the scripted engines of tests/fakes.py.
"""

from __future__ import annotations

import itertools
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from funaudio_core.errors import BadInput
from funaudio_core.narration import states
from funaudio_core.narration.model import (
    NARRATOR,
    UNKNOWN,
    Cast,
    ChapterSound,
    ChapterStatus,
    Options,
    Plan,
    PlannedChapter,
    Role,
    SpokenLine,
    Status,
)
from funaudio_core.tasks import narration as tasks
from funaudio_core.types import Pcm16, SpeechRequest, Voice, Word
from tests.fakes import RATE

WORD_SECONDS, PAUSE_SECONDS = 0.25, 0.3


class FakeNarration:
    """Narration of tones that implements narration.Narration."""

    kept: ClassVar[dict[str, FakeNarration]] = {}

    def __init__(self, plan: Plan, cast: Cast, options: Options) -> None:
        self.id = secrets.token_hex(16)
        self._plan, self._cast, self._options = plan, cast, options
        self.state = states.RUNNING
        self.made: set[tuple[int, int]] = set()
        self.kept[self.id] = self

    def plan(self) -> Plan:
        return self._plan

    def planned_chapter(self, number: int) -> PlannedChapter:
        if number >= len(self._plan.chapters):
            raise BadInput("The narration has no such chapter.")
        return self._plan.chapters[number]

    def cast(self) -> Cast:
        return self._cast

    def options(self) -> Options:
        return self._options

    def status(self) -> Status:
        chapters = tuple(
            ChapterStatus(n, each.title, sum(c == n for c, _ in self.made), len(each.lines), self._seconds(n))
            for n, each in enumerate(self._plan.chapters)
        )
        total = sum(len(each.lines) for each in self._plan.chapters)
        seconds = sum(each.seconds for each in chapters)
        return Status(self.state, chapters, len(self.made), total, seconds, seconds, 1.0)

    def _seconds(self, number: int) -> float:
        sound = self.chapter(number)
        return sound.num_samples / sound.rate

    def pause(self) -> None:
        self.state = states.PAUSED

    def resume(self, first_chapter: int | None = None) -> None:
        self.state = states.RUNNING

    def change_line(self, chapter: int, line: int, **changes: Any) -> int:
        old = self._plan.chapters[chapter]
        lines = list(old.lines)
        lines[line] = replace(lines[line], **changes, changed=tuple(changes))
        chapters = list(self._plan.chapters)
        chapters[chapter] = replace(old, lines=tuple(lines))
        self._plan = replace(self._plan, chapters=tuple(chapters))
        self.made.discard((chapter, line))
        return 1

    def change_voice(self, name: str, voice: str | Voice, pitch: float = 0.0, rate: float = 1.0) -> int:
        role = self._cast.role(name)
        given = voice if isinstance(voice, str) else voice.name
        self._cast = self._cast.replace_role(replace(role, voice=str(given), pitch=pitch, rate=rate, is_changed=True))
        gone = {place for place in self.made if self._role(place) == name}
        self.made -= gone
        return len(gone)

    def _role(self, place: tuple[int, int]) -> str:
        return self._cast.role(self._plan.chapters[place[0]].lines[place[1]].speaker).name

    def merge_roles(self, name: str, into: str) -> int:
        self._cast = self._cast.merge(name, into)
        return 0

    def set_pronunciations(self, table: Sequence[Any]) -> int:
        return 0

    def chapter(self, number: int) -> ChapterSound:
        planned = self.planned_chapter(number)
        lines, at = [], 0.0
        for place, line in enumerate(planned.lines):
            if (number, place) not in self.made:
                break
            words = [Word(word, at + n * WORD_SECONDS, at + (n + 1) * WORD_SECONDS) for n, word in _numbered(line.text)]
            end = at + len(words) * WORD_SECONDS
            lines.append(SpokenLine(place, line, at, end, tuple(words)))
            at = end + PAUSE_SECONDS
        return ChapterSound(
            planned.title, tuple(lines), RATE, round(at * RATE), len(lines) == len(planned.lines), str(len(self.made))
        )

    def read(self, number: int, start: int, end: int) -> Pcm16:
        tone = 3000 * np.sin(2 * np.pi * 220 * np.arange(start, end) / RATE)
        pcm: Pcm16 = tone.astype(np.int16)
        return pcm

    def delete(self) -> None:
        del self.kept[self.id]


def _numbered(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.split()))


def _cast_plan(plan: Plan, engine: str = "", previous: Cast | None = None) -> Cast:
    voices = itertools.cycle(("af_bella", "am_michael", "bf_emma", "am_puck"))
    known = {role.name: role for role in previous.roles} if previous else {}
    roles = [Role(NARRATOR, "af_heart", "Heart"), Role(UNKNOWN, "am_adam", "Adam")]
    for row, voice in zip(plan.speakers, voices, strict=False):
        role = Role(row.name, voice, voice, row.sex, row.aliases, row.lines)
        roles.append(known.get(row.name, role))
    return Cast(engine or "kokoro", plan.language, tuple(roles))


def _create(plan: Plan, cast: Cast, options: Options | None = None, cover: bytes = b"") -> FakeNarration:
    return FakeNarration(plan, cast, options or Options())


def _open(id_: str) -> FakeNarration:
    if id_ not in FakeNarration.kept:
        raise BadInput("The narration doesn't exist any more. Begin it again.")
    return FakeNarration.kept[id_]


def _make_next_part(id_: str) -> bool:
    narration = _open(id_)
    places = [(n, k) for n, each in enumerate(narration.plan().chapters) for k in range(len(each.lines))]
    left = [place for place in places if place not in narration.made]
    if left and narration.state == states.RUNNING:
        narration.made.add(left[0])
        narration.state = states.FINISHED if len(left) == 1 else states.RUNNING
        return True
    return False


def _audition(role: Role, cast: Cast, words: str = "") -> SpeechRequest:
    return SpeechRequest(words or "This is how I sound.", cast.language, Voice(role.voice, cast.language, role.voice))


def _work(seconds: float) -> None:
    while True:
        for id_ in list(FakeNarration.kept):
            tasks.make_next_part(id_)
        time.sleep(seconds)


def install(patch: Any = setattr, *, in_background: bool = True) -> None:
    """Replace the tasks. patch: Function like setattr, such as pytest's monkeypatch.setattr."""
    functions: dict[str, Any] = {
        "cast_plan": _cast_plan,
        "create": _create,
        "open_narration": _open,
        "make_next_part": _make_next_part,
        "audition": _audition,
        "can_run_in_background": lambda: in_background,
    }
    for name, function in functions.items():
        patch(tasks, name, function)


if __name__ == "__main__":
    from tests import fakes

    fakes.install()
    install()
    threading.Thread(target=_work, args=(0.5,), daemon=True).start()
    import app

    sys.exit(app.main())  # type: ignore[func-returns-value]
