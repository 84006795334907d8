"""Tests of lines in another language than the book's: voices, requests, parts, levels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from funaudio_core.books.model import PARAGRAPH, Book, Chapter, Passage
from funaudio_core.engines import registry
from funaudio_core.narration.foreign import spoken_by
from funaudio_core.narration.model import NARRATOR, Line
from funaudio_core.narration.narration import Narration
from funaudio_core.tasks import narration as tasks
from funaudio_core.types import SpeechRequest

pytestmark = pytest.mark.usefixtures("fake_engines")
PARAGRAPHS = (
    "The ship had come in at last. “你好，我的朋友，我等了你一整天。”",
    "“I have been here for an hour,” said Anna. “The boat was late.”",
    "“Je ne sais pas où est la clef de la maison,” said Tom.",
)


def begin() -> Narration:
    book = Book("B", (), "en", (Chapter("One", tuple(Passage(PARAGRAPH, words) for words in PARAGRAPHS)),))
    plan = tasks.plan_book(book)
    return tasks.create(plan, tasks.cast_plan(plan))


def requests_of(narration: Narration) -> list[SpeechRequest]:
    found: list[SpeechRequest] = []
    while (work := narration.next_work()) is not None:
        found += work.requests
        tasks.make_next_part(narration.id)
    return found


def test_quotations_are_spoken_by_voices_of_their_language() -> None:
    narration = begin()
    requests = requests_of(narration)
    spoken = {request.text: (request.language, (request.voice.preset or "")[0]) for request in requests}
    chinese = next(words for words in spoken if "我的朋友" in words)
    french = next(words for words in spoken if "clef" in words)
    assert spoken[chinese] == ("zh", "z")
    assert spoken[french] == ("fr", "f")
    assert {of for words, of in spoken.items() if words not in (chinese, french)} <= {("en", "a"), ("en", "b")}
    assert narration.status().flags == ()


def test_voice_of_a_role_is_always_the_same_one_and_of_its_sex() -> None:
    narration, spec = begin(), registry.SYNTHESIZERS["kokoro"]
    line = Line("你好。", 0, PARAGRAPH, "Tom", language="zh")
    found = {role.name: spoken_by(line, role, "en", spec) for role in narration.cast().roles}
    assert {language for language, _ in found.values()} == {"zh"}
    for role in narration.cast().roles:
        assert found[role.name][1][:2] == f"z{role.voice[1]}"
    assert len({found[name][1] for name in (NARRATOR, "Anna", "Tom")}) == 3


def test_language_without_voices_is_left_to_the_role() -> None:
    role, spec = begin().cast().role("Tom"), registry.SYNTHESIZERS["kokoro"]
    for language in ("", "ko"):
        assert spoken_by(Line("안녕", 0, PARAGRAPH, language=language), role, "en", spec) == ("en", role.voice)
    cloning = replace(spec, capabilities=spec.capabilities | {"voice-clone"})
    line = Line("你好。", 0, PARAGRAPH, language="zh")
    assert spoken_by(line, role, "en", cloning) == ("zh", role.voice)


def test_levels_of_the_voices_of_other_languages_are_measured_apart() -> None:
    narration = begin()
    requests_of(narration)
    roles = narration.cast().roles
    known = {key.split()[0] for row in narration.job.summaries().values() for key in row["loudness"]}
    assert known & {role.voice for role in roles}
    assert {name[0] for name in known - {role.voice for role in roles}} == {"z", "f"}
