"""Shows spoken by a scripted engine in the place of CosyVoice: it gets manners, feelings and event tags."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.cosyvoice.instruction import instruction_prompt
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pieces import split_script
from funaudio_core.podcast.scripts.reading import read_script
from funaudio_core.tasks import synthesis
from funaudio_core.tasks.episodes import Episode, finish_episode
from funaudio_core.tasks.podcast import HostVoice, Studio
from funaudio_core.tasks.synthesis import event_tags
from funaudio_core.types import SpeechChunk, SpeechRequest
from tests.fakes import FakeSynthesizer, FakeWatermarker

TAGGED = "Ada: [laughter] Hello, Ben! (sighs) <b>Well</b> [S3].\nBen (angry): Not today. [breath]"


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[SpeechRequest]:
    """Let a scripted engine that follows instructions and makes sounds speak; return what it is asked for."""
    spec = registry.SYNTHESIZERS["kokoro"]
    requests: list[SpeechRequest] = []

    class Instructed(FakeSynthesizer):
        def stream(self, line: SpeechRequest) -> Iterator[SpeechChunk]:
            requests.append(line)
            return super().stream(line)

    tags = frozenset({"event:laughter", "event:breath"})
    changed = replace(
        spec,
        load=lambda: Instructed(replace(spec, validate=None)),
        instruction_prompt=instruction_prompt(3),
        capabilities=frozenset({"instruct", *tags}),
        validate=None,
        artifacts=(),
    )
    monkeypatch.setitem(registry.SYNTHESIZERS, "kokoro", changed)
    load_default = selection.load_default
    marker = FakeWatermarker()
    monkeypatch.setattr(
        selection, "load_default", lambda table: marker if table is registry.WATERMARKERS else load_default(table)
    )
    return requests


def _studio(lines: tuple[ScriptLine, ...]) -> Studio:
    voices = list(voice_catalog.voices_for_language("en").values())
    return Studio(lines, "en", {"Ada": HostVoice(voices[0], "a dry professor"), "Ben": HostVoice(voices[5])})


def test_each_sentence_is_one_call_with_manner_feeling_and_tags(spoken: list[SpeechRequest]) -> None:
    studio = _studio(read_script(TAGGED, event_tags()))
    for piece in studio.show.pieces:
        studio.make(piece)
    told = [(line.voice.preset, line.text, line.style.instruction) for line in spoken]
    first, second = studio.cast["Ada"].voice.preset, studio.cast["Ben"].voice.preset
    assert told == [
        (first, "[laughter] Hello, Ben!", "a dry professor, sighs"),
        (first, "Well.", "a dry professor, sighs"),
        (second, "Not today. [breath]", "angry"),
    ]
    assert all(len(synthesis.split_request(line)) == 1 for line in spoken)
    assert "a dry professor" in instruction_prompt(3).render(spoken[0].style, "en")
    studio.close()


@pytest.mark.usefixtures("spoken")
def test_tags_are_heard_and_never_shown() -> None:
    studio = _studio(read_script(TAGGED, event_tags()))
    episode = next(step for step in finish_episode(studio) if isinstance(step, Episode))
    texts = [segment.text for chapter in episode.book.chapters for segment in chapter.segments if segment.text]
    assert texts == ["Hello, Ben!", "Well.", "Not today."]
    assert "[" not in episode.write_beside("vtt").read_text(encoding="utf-8").removeprefix("WEBVTT")
    episode.close()
    studio.close()


def test_an_engine_without_tags_gets_none() -> None:
    assert [line.text for line in read_script(TAGGED)] == ["Hello, Ben! Well.", "Not today."]
    assert "laughter" not in event_tags()


def test_a_sentence_of_nothing_but_tags_belongs_to_its_neighbour() -> None:
    lines = (ScriptLine("Ada", "[laughter] Yes. No! [breath] [laughter]"),)
    assert [piece.text for piece in split_script(lines, "en")[0]] == ["[laughter] Yes.", "No! [breath] [laughter]"]
    alone = (ScriptLine("Ada", "[breath]\nYes."),)
    assert [piece.words for piece in split_script(alone, "en")[0]] == ["Yes."]
