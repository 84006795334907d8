"""Tests of the Podcast page without a browser: its table, its shows, its transcript."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funaudio_core import audio
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.pipelines import synthesize
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.show import Position
from funaudio_core.podcast.source import paste_source
from funaudio_core.tasks import synthesis
from funaudio_core.tasks.episodes import NO_MUSIC
from funaudio_core.tasks.podcast import HostVoice, Studio
from funaudio_core.types import Audio, SpeechChunk, SpeechRequest
from tabs.components.reference_voice import ReferenceInput
from tabs.podcast.live import FILES, on_files, on_stop
from tabs.podcast.making import on_make, read_table, stored_source, table_rows
from tabs.podcast.requests import PlayRequest, SourceRequest
from tabs.podcast.stage import Row, read_message, transcript_html
from tabs.podcast.stored import SAMPLES, find_stored
from tabs.podcast.studios import STORE, LiveShow, ShowStore
from tests import fakes, scripted_writer
from tests.unit.podcast.test_authoring import _talk

LINES = (
    ScriptLine("Ada", "Hello and welcome."),
    ScriptLine("Ben", "Fires were lit first. Rain put them out.", "softly", "Fires", (1, 2)),
    ScriptLine("Ada", "Then came the lens of Fresnel.", "", "The lens"),
)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveShow]:
    engine, watermarker = fakes.FakeSynthesizer(registry.SYNTHESIZERS["kokoro"]), fakes.FakeWatermarker()
    monkeypatch.setattr(synthesis, "speak", lambda request, _engine="": synthesize.speak(request, engine, watermarker))
    voices = list(voice_catalog.voices_for_language("en").values())
    source = paste_source("Fires were lit first. Rain put them out.")
    cast = {"Ada": HostVoice(voices[0]), "Ben": HostVoice(voices[1])}
    studio = Studio(LINES, "en", cast, source=source)
    yield LiveShow(studio)
    studio.close()


def test_the_table_is_read_back_and_can_be_edited() -> None:
    rows = table_rows(LINES)
    assert read_table(rows) == LINES
    rows[1][1] = "Fires were first."
    rows.append(["", "And then radio.", "", "", ""])
    rows.append(["", "", "", "", ""])
    edited = read_table(rows)
    assert edited[1].text == "Fires were first."
    assert edited[2].text == "Then came the lens of Fresnel. And then radio."
    with pytest.raises(BadInput, match="no lines"):
        read_table([["", "", "", "", ""]])
    with pytest.raises(BadInput, match="Line 1 has nothing to speak"):
        read_table([["Ada", "…", "", "", ""]])


def test_the_files_are_those_of_the_show_that_was_played(live: LiveShow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "load_default", lambda _table: fakes.FakeWatermarker())
    list(live.advance(live.epoch, batch_seconds=100))
    shown = STORE.add(live.studio)
    request = PlayRequest(table_rows(LINES), "", "", "en", "", ReferenceInput(None, "", False), *[""] * 12)
    updates = list(on_files(request, shown.id, NO_MUSIC))
    STORE.delete(shown.id)
    assert [update["status"] for update in updates if "looking for the watermark" in update.get("status", "")]
    last = updates[-1]
    assert re.fullmatch(r"\d s, -1[567]\.\d LUFS\. The watermark was found in every 30 s of it\.", last["status"])
    files = {name: Path(last[name].value["path"]) for name in FILES}
    assert [path.name for path in files.values()] == [f"Podcast.{name}" for name in FILES]
    assert "<v Ben>Fires were lit first." in files["vtt"].read_text(encoding="utf-8")
    assert audio.load(files["mp3"]).duration == pytest.approx(audio.load(files["m4a"]).duration, abs=0.2)


def test_a_stop_keeps_what_was_heard(live: LiveShow) -> None:
    shown = STORE.add(live.studio)
    list(shown.advance(shown.epoch, batch_seconds=100))
    message = {"show": shown.id, "at": {"id": 2, "seconds": 100}}
    assert "Fires were lit first" in on_stop(json.dumps(message))["transcript"]
    assert [row.id for row in shown.rows] == [1, 2]
    on_stop(json.dumps({**message, "at": None}))  # its player has nothing left
    assert [row.id for row in shown.rows] == [1, 2]
    shown.studio.show.go_on()
    list(shown.advance(shown.epoch, batch_seconds=100))
    spoken = [row.text for row in shown.rows]
    assert spoken == list(dict.fromkeys(spoken))
    assert len(shown.studio.show.episode()) == len(shown.studio.show.pieces)
    STORE.delete(shown.id)


def test_a_second_question_before_the_reply_keeps_the_transcript(live: LiveShow) -> None:
    list(live.advance(live.epoch, batch_seconds=100))
    live.interrupt(Position(3, 0.1))
    live.add_listener("What did the rain do?")
    live.interrupt(None)
    live.add_listener("And who was Fresnel?")
    assert [row.id for row in live.rows] == [1, 2, 3, 0, 0]
    assert live.recent_texts(100) == [row.text for row in live.rows[:3]]


def test_a_batch_ends_at_an_interruption(live: LiveShow) -> None:
    steps = live.advance(live.epoch, batch_seconds=100)
    while len(live.rows) < 2:
        next(steps)
    assert live.interrupt(Position(2, 0.1)) == 1
    assert list(steps) == []
    assert [row.id for row in live.rows] == [1, 2]  # the second began to sound
    live.studio.show.go_on()
    values = [value for value, _ in live.advance(live.epoch, batch_seconds=100)]
    assert [row.id for row in live.rows] == [1, 2, 3, 4, 5]
    assert [row.text for row in live.rows][1:3] == ["Fires were lit first."] * 2
    assert values[-1].startswith(f"{live.id}x1+")
    assert live.play_state == "ended"


def test_a_sentence_sounds_while_its_rest_is_made(live: LiveShow, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def speak(_request: SpeechRequest, _engine: str = "") -> Iterator[SpeechChunk]:
        for words in ("Hello and", "welcome."):
            made.append(words)
            silence = Audio(np.zeros(fakes.RATE // 2, np.float32), fakes.RATE)
            yield SpeechChunk(audio.concat([fakes.say(words), silence]), words)

    monkeypatch.setattr(synthesis, "speak", speak)
    steps = live.advance(live.epoch, batch_seconds=1.0)
    value, is_new = next(steps)
    assert (made, is_new) == (["Hello and"], True)
    assert [row.text for row in live.rows] == ["Hello and welcome."]
    assert not live.studio.is_made(live.studio.show.pieces[0])
    *_, (whole, _) = steps
    assert whole.startswith(value)
    kept = live.studio.load(live.studio.make(live.studio.show.pieces[0]))
    assert fakes.heard(kept) == "Hello and welcome."
    played = np.concatenate([np.frombuffer(b64decode(part.split(":")[-1]), np.int16) for part in _pieces(whole)])
    assert np.abs(played[: len(kept.samples)] - kept.pcm16()).max() <= np.abs(kept.pcm16()[: fakes.RATE // 200]).max()
    entry = live.studio.show._schedule[0]
    assert entry.speech_seconds == pytest.approx(kept.duration)
    assert len(played) == pytest.approx(entry.seconds * fakes.RATE, abs=2)


def _pieces(value: str) -> list[str]:
    """Return the pieces of the value of a player."""
    return [part for part in value.split("|", 2)[2].split(".") if part]


def test_two_requests_never_make_the_same_sentences(live: LiveShow) -> None:
    first = live.advance(live.epoch, batch_seconds=100)
    next(first)
    assert list(live.advance(live.epoch, batch_seconds=100)) == []
    list(first)
    assert [row.id for row in live.rows] == [1, 2, 3, 4]
    steps = live.advance(live.epoch)
    assert list(steps) == []  # nothing is left, and nobody is in the way


def test_acknowledgements_are_made_beforehand(live: LiveShow) -> None:
    list(live.prepare(live.epoch))
    utterance = live.studio.hosts.understand("Ben, who lit the fires?")
    acknowledgement = live.studio.hosts.acknowledge(utterance, live.studio.is_made)
    assert acknowledgement is not None
    assert acknowledgement.speaker == "Ben"
    assert live.studio.is_made(acknowledgement)
    live.studio.show.change_rate(0.8)
    assert live.studio.hosts.acknowledge(utterance, live.studio.is_made) is None


def test_the_transcript_escapes_and_cites(live: LiveShow) -> None:
    rows = [Row(1, "<Ada>", "Fires & rain.", "script", "A <b>", (1, 9)), Row(0, "", "<script>", "listener")]
    page = transcript_html(rows, {}, live.id, 2, "playing", live.studio.source, "You")
    assert "<script>" not in page
    assert "<b>" not in page
    assert 'title="Fires were lit first.">[1]</sup>' in page
    assert "[9]" not in page
    assert 'data-piece="1"' in page
    assert 'data-epoch="2"' in page


def test_damaged_messages_are_ignored() -> None:
    assert read_message("{") == read_message("[1]") == read_message(None) == {}
    assert read_message(json.dumps({"show": "x"})) == {"show": "x"}


def test_a_deleted_show_is_gone_with_its_sound(live: LiveShow, tmp_path: Path) -> None:
    store = ShowStore()
    kept = store.add(live.studio)
    list(kept.advance(0, batch_seconds=1))
    assert store.find(kept.id) is kept
    store.delete(kept.id)
    assert store.find(kept.id) is None
    with pytest.raises(ValueError, match="closed"):
        live.studio.tape.read(0, 1)


def _request(**changes: Any) -> SourceRequest:
    names = {f"name_{number}": "" for number in range(1, 5)} | {f"manner_{number}": "" for number in range(1, 5)}
    values = {"text": "", "file": None, "kind": "arrange", "topic": "", "minutes": 1.0, "form": "conversation"}
    return SourceRequest(**{**values, "count": 2, "engine": "", "writer": "", **names, **changes})


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        ("a show about the history of tea", "How tea came to the world"),
        ("Lighthouses", "How lighthouses guide ships"),
        ("茶的历史", "茶怎样走向世界"),
        ("灯塔", "灯塔如何为船只指路"),
        ("the history of cars", ""),
        ("tea and computers", ""),
        ("足球", ""),
        ("the history", ""),
    ],
)
def test_a_topic_finds_a_stored_text(topic: str, title: str) -> None:
    found = find_stored(topic)
    assert (found.title if found else "") == title


def test_without_a_text_a_stored_one_is_taken_and_named() -> None:
    *_, last = on_make(_request(topic="the history of tea"))
    assert "arranged from the stored text “How tea came to the world”, as you gave none" in last["script_status"]
    assert last["title"] == "How tea came to the world"
    with pytest.raises(BadInput, match=r"take a stored text: .*How lighthouses guide ships.*tea"):
        stored_source("the history of cars")


def test_a_show_that_a_model_writes_is_marked_as_unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted_writer.install(monkeypatch, _talk)
    *_, last = on_make(_request(topic="the history of tea", writer=scripted_writer.NAME))
    assert "written by Scripted writer. Nothing was checked against a source" in last["script_status"]
    assert last["source"] == ""
    rows = last["table"]["data"]
    assert any("language model" in row[1] for row in rows)


def test_chosen_names_and_manners_are_those_of_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    model = scripted_writer.install(monkeypatch, scripted_writer.always({}))
    text = (SAMPLES / "tea_en.md").read_text(encoding="utf-8")
    request = _request(text=text, writer=scripted_writer.NAME, name_1="Mia", manner_1="cheerful", manner_2="dry")
    *_, last = on_make(request)
    assert {row[0] for row in last["table"]["data"]} == {"Mia", "Ben"}
    assert "Mia (cheerful), Ben (dry)" in model.asked[0][0].text
    assert "linked by Scripted writer. 0 of its 0 links are used" in last["script_status"]
