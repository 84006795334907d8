"""Tests of a show in the making with scripted engines: what is spoken, kept, mixed and written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.pipelines import synthesize
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.pieces import ANSWER
from funaudio_core.podcast.show import Position
from funaudio_core.tasks import synthesis
from funaudio_core.tasks.episodes import Episode, finish_episode
from funaudio_core.tasks.podcast import HostVoice, Studio
from tests import fakes

LINES = (
    ScriptLine("Ada", "Hello and welcome."),
    ScriptLine("Ben", "Fires were lit first. Rain put them out.", section="Fires"),
    ScriptLine("Ada", "Then came the lens of Fresnel.", "softly", "The lens"),
)


@pytest.fixture(autouse=True)
def fake_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fake voice speak and the fake watermarker mark."""
    engine, watermarker = fakes.FakeSynthesizer(registry.SYNTHESIZERS["kokoro"]), fakes.FakeWatermarker()
    monkeypatch.setattr(synthesis, "speak", lambda request, _engine="": synthesize.speak(request, engine, watermarker))
    monkeypatch.setattr(selection, "load_default", lambda _table: watermarker)


@pytest.fixture
def studio() -> Iterator[Studio]:
    voices = list(voice_catalog.voices_for_language("en").values())
    made = Studio(LINES, "en", {"Ada": HostVoice(voices[0], "calm"), "Ben": HostVoice(voices[5])}, title="Lights")
    yield made
    made.close()


def _episode(studio: Studio, style: str = "none") -> Episode:
    steps = list(finish_episode(studio, style))
    episode = steps.pop()
    assert isinstance(episode, Episode)
    assert steps == sorted(steps)  # type: ignore[type-var]  # shares
    return episode


def test_each_sentence_is_spoken_once_in_its_voice(studio: Studio) -> None:
    first = studio.show.pieces[0]
    recording = studio.make(first)
    assert studio.make(first) is recording
    assert fakes.heard(studio.load(recording)) == "Hello and welcome."
    studio.show.change_rate(0.85)
    assert not studio.is_made(first)


def test_the_episode_holds_the_question_and_its_answer(studio: Studio, tmp_path: Path) -> None:
    show = studio.show
    for _ in range(3):
        piece = show.peek()
        assert piece is not None
        recording = studio.make(piece)
        entry = show.hand_out(recording.length / studio.tape.rate)
    show.interrupt(Position(entry.id, 0.2))
    studio.hosts.react(studio.hosts.understand("What did the rain do?"))
    episode = _episode(studio, "calm")
    titles = [chapter.title for chapter in episode.book.chapters]
    assert titles == ["Lights", "Fires", "Question: What did the rain do?", "Fires", "The lens"]
    texts = [segment.text for chapter in episode.book.chapters for segment in chapter.segments if segment.text]
    assert texts[3] == "Rain put them out."  # the answer, after its opening
    assert texts[4:6] == [texts[4], "Rain put them out."]  # a bridge, and the sentence that was cut, once
    assert abs(episode.report.loudness + 16) <= 1
    for name in ("mp3", "m4a", "wav"):
        path = episode.write(name, tmp_path / f"show.{name}")
        with av.open(str(path)) as container:
            assert container.duration == pytest.approx(episode.seconds * 1e6, abs=2e5)
            if name != "wav":
                assert [mark["metadata"]["title"] for mark in container.chapters()] == titles
    vtt = episode.write("vtt", tmp_path / "show.vtt").read_text(encoding="utf-8")
    assert "<v Ben>Fires were lit first." in vtt
    assert "Rain" in episode.write("srt", tmp_path / "show.srt").read_text(encoding="utf-8")
    assert json.loads(episode.write("json", tmp_path / "show.json").read_text(encoding="utf-8"))
    with pytest.raises(BadInput):
        episode.write("ogg", tmp_path / "show.ogg")
    episode.close()
    assert not episode.folder.exists()


def test_an_episode_can_be_made_without_playing(studio: Studio) -> None:
    episode = _episode(studio)
    assert [chapter.title for chapter in episode.book.chapters] == ["Lights", "Fires", "The lens"]
    assert episode.book.genre == "Podcast"
    episode.close()
    assert not any(heard.piece and heard.piece.kind == ANSWER for heard in studio.show.episode())


def test_what_cannot_be_spoken_is_refused_before_the_first_sentence() -> None:
    voice = next(iter(voice_catalog.voices_for_language("en").values()))
    with pytest.raises(BadInput, match="Ben has no voice"):
        Studio(LINES, "en", {"Ada": HostVoice(voice)})
    with pytest.raises(BadInput, match="music"):
        next(finish_episode(Studio(LINES[:1], "en", {"Ada": HostVoice(voice)}), "jazz"))
