"""Speakers of a transcript, on the page, through the API and in the files, with scripted engines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from openai import OpenAI

from funaudio_core import audio
from funaudio_core.types import Segment, Transcript
from tabs.recognize import transcript as transcript_view
from tabs.recognize.transcript import ShownTranscript
from tests import fakes
from tests.conftest import ANSWER_SECONDS, write

QUESTION, ANSWER = "Good morning, how are you today?", "Very well, thank you for asking."
HIGH = 12.0  # semitones of the second voice


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A question and its answer."""
    clip = audio.concat([fakes.say(QUESTION), fakes.say(ANSWER, HIGH), fakes.say(QUESTION)], 0.8)
    return write(tmp_path_factory.mktemp("talk") / "talk.wav", clip)


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same on two channels, at the same pitch and partly at the same time."""
    length = 12 * fakes.RATE
    channels = np.zeros((length, 2), np.float32)
    for channel, start, text in ((0, 0.5, QUESTION), (1, 3.0, ANSWER), (0, 7.0, QUESTION)):
        said = fakes.say(text).samples
        first = round(start * fakes.RATE)
        channels[first : first + len(said), channel] += said[: length - first]
    path = tmp_path_factory.mktemp("call") / "call.wav"
    soundfile.write(path, channels, fakes.RATE)
    return path


def recognized(site: str, path: Path, speakers: str) -> tuple[str, dict[str, Any]]:
    client = Client(site, verbose=False)
    text, facts = client.predict(handle_file(path), "en", True, "", speakers, api_name="/recognize")
    return text, facts


def test_speakers_are_named_in_the_result(site: str, talk: Path) -> None:
    text, facts = recognized(site, talk, "auto")
    assert [segment["speaker"] for segment in facts["segments"]] == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert text == f"{QUESTION} {ANSWER} {QUESTION}"


def test_without_the_option_there_are_no_speakers(site: str, talk: Path) -> None:
    _, facts = recognized(site, talk, "off")
    assert {segment["speaker"] for segment in facts["segments"]} == {""}


def test_a_number_of_speakers_is_kept_to(site: str, talk: Path) -> None:
    _, facts = recognized(site, talk, "1")
    assert {segment["speaker"] for segment in facts["segments"]} == {"Speaker 1"}
    with pytest.raises(Exception, match="isn't a number of speakers"):
        recognized(site, talk, "many")


def test_both_channels_of_a_call_are_transcribed(site: str, call: Path) -> None:
    _, facts = recognized(site, call, "off")
    heard = [(segment["speaker"], segment["text"]) for segment in facts["segments"]]
    assert heard == [("Speaker 1", QUESTION), ("Speaker 2", ANSWER), ("Speaker 1", QUESTION)]
    assert "two channels hold different speakers" in str(facts["notes"])


def test_the_api_has_diarized_json(site: str, talk: Path) -> None:
    client = OpenAI(base_url=f"{site}v1", api_key="none", max_retries=0, timeout=ANSWER_SECONDS)
    order: dict[str, Any] = {"model": "gpt-4o-transcribe-diarize", "response_format": "diarized_json"}
    with client, talk.open("rb") as file:
        found = client.audio.transcriptions.create(file=file, **order)
        assert [(s.speaker, s.text, s.type) for s in found.segments] == [
            ("A", QUESTION, "transcript.text.segment"),
            ("B", ANSWER, "transcript.text.segment"),
            ("A", QUESTION, "transcript.text.segment"),
        ]
        file.seek(0)
        events = list(client.audio.transcriptions.create(file=file, stream=True, **order))
        assert [event.speaker for event in events if event.type == "transcript.text.segment"] == ["A", "B", "A"]
        assert events[-1].type == "transcript.text.done"
        file.seek(0)
        extra = {"speakers": "2"}
        vtt = client.audio.transcriptions.create(file=file, model="whisper-1", response_format="vtt", extra_body=extra)
        assert "<v B>" in str(vtt)


def shown() -> ShownTranscript:
    segments = (Segment(0.0, 1.0, "Hi.", "en", speaker="1"), Segment(1.0, 2.0, "Oh.", "en", speaker="2"))
    return ShownTranscript(Transcript(segments, "en", 1.0, 2.0, "Test"), "", (), "clip")


def test_names_of_speakers_appear_everywhere() -> None:
    update = transcript_view.on_rename([["Speaker 1", " Ann  <b> "], ["Speaker 2", ""]], shown())
    assert "Ann &lt;b&gt;" in update["text"]
    assert "Speaker 2" in update["text"]
    assert "Ann" in update["plot"]
    assert [row[3] for row in update["table"].value["data"]] == ["Ann <b>", "Speaker 2"]
    assert "Ann <b>: Hi." in Path(update["srt"].value["path"]).read_text()
    assert "<v Ann &lt;b&gt;>Hi.</v>" in Path(update["vtt"].value["path"]).read_text()
    stored = json.loads(Path(update["json"].value["path"]).read_text())
    assert [segment["speaker"] for segment in stored["segments"]] == ["Ann <b>", "Speaker 2"]


def test_table_is_hidden_until_there_are_segments() -> None:
    assert not transcript_view.empty_update("")["table"].visible
    assert transcript_view.content_update(shown().transcript, "")["table"].visible


def test_names_keep_to_their_speakers_when_the_table_is_sorted() -> None:
    update = transcript_view.on_rename([["Speaker 2", "Bob"], ["Speaker 1", "Ann"]], shown())
    assert [row[3] for row in update["table"].value["data"]] == ["Ann", "Bob"]
    update = transcript_view.on_rename([["Speaker 2", "Bob"]], shown())
    assert [row[3] for row in update["table"].value["data"]] == ["Speaker 1", "Bob"]


def test_a_name_that_is_a_number_stays_one() -> None:
    update = transcript_view.on_rename([["Speaker 1", "2"], ["Speaker 2", "1"]], shown())
    assert [row[3] for row in update["table"].value["data"]] == ["2", "1"]


def test_a_transcript_without_speakers_has_no_table_of_names() -> None:
    plain = Transcript((Segment(0.0, 1.0, "Hi.", "en"),), "en", 1.0, 1.0, "Test")
    assert "names" not in transcript_view.final_update(plain, "", (), "clip")
    named = transcript_view.final_update(shown().transcript, "", (), "clip")
    assert named["names"].visible
    assert "2 speakers" in named["status"]
