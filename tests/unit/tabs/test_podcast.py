"""Tests of the Podcast page without a browser: its table, its shows, its transcript."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from funaudio_core.engines import registry, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.pipelines import synthesize
from funaudio_core.podcast.model import ScriptLine
from funaudio_core.podcast.show import Position
from funaudio_core.podcast.source import paste_source
from funaudio_core.tasks import synthesis
from funaudio_core.tasks.podcast import HostVoice, Studio
from tabs.podcast.making import read_table, table_rows
from tabs.podcast.stage import Row, read_message, transcript_html
from tabs.podcast.studios import LiveShow, ShowStore
from tests import fakes

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


def test_a_batch_ends_at_an_interruption(live: LiveShow) -> None:
    steps = live.advance(live.epoch, batch_seconds=100)
    next(steps)
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
