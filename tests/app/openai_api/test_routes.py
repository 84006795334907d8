"""API of the running app, called by OpenAI's client."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from openai import OpenAI

from funaudio_core import audio
from funaudio_core.engines import registry
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from funaudio_core.voices.examples import Example
from tests import fakes
from tests.conftest import example, noise, write

TEXT = "The quick brown fox jumps over the lazy dog."
PATIENCE = 180.0  # seconds that a test waits for what must happen; the machine may be busy
SENTENCE = r"[A-Za-z'].{18,}[.]$"


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{site}v1", api_key="none", max_retries=0, timeout=PATIENCE * 2) as client:
        yield client


def data_uri(path: Path) -> str:
    return f"data:audio/flac;base64,{base64.b64encode(path.read_bytes()).decode()}"


def transcript(client: OpenAI, row: Example, **fields: Any) -> Any:
    with row.path.open("rb") as file:
        return client.audio.transcriptions.create(file=file, **{"model": "whisper-1", **fields})


def spoken(client: OpenAI, text: str, **fields: Any) -> bytes:
    return client.audio.speech.create(input=text, **{"model": "tts-1", "voice": "default", **fields}).content


def loaded(content: bytes, folder: Path) -> Audio:
    path = folder / "answer"
    path.write_bytes(content)
    return audio.load(path)


def test_it_lists_its_models(client: OpenAI, site: str) -> None:
    known = {model.id: model.model_dump() for model in client.models.list()}
    assert {*registry.available(registry.RECOGNIZERS), *registry.available(registry.SYNTHESIZERS)} == set(known)
    assert known["whisper-base"]["task"] == "transcription"
    assert "af_heart" in known["kokoro"]["voices"]
    assert httpx.get(f"{site}health").json()["status"] == "ok"


def test_a_clip_is_transcribed(client: OpenAI) -> None:
    row = example("en", "happy")
    assert error_rate.error_rate(row.text, transcript(client, row).text, "en") <= 0.1
    assert error_rate.error_rate(row.text, transcript(client, row, response_format="text"), "en") <= 0.1
    row = example("es")
    named = transcript(client, row, model="whisper-base", language="es")
    assert error_rate.error_rate(row.text, named.text, "es") <= 0.25


def test_verbose_json_has_words_segments_emotions_and_events(client: OpenAI) -> None:
    row = example("en", "happy")
    both = transcript(client, row, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert both.language == "en"
    assert both.duration == pytest.approx(audio.load(row.path).duration, abs=0.01)
    assert error_rate.error_rate(row.text, " ".join(word.word for word in both.words), "en") <= 0.1
    assert all(0 <= word.start <= word.end <= both.duration for word in both.words)
    assert both.segments[0].emotion["label"] == "happy"
    assert any(event["label"] == "speech" for event in both.events)
    assert transcript(client, row, response_format="verbose_json").words is None


@pytest.mark.parametrize(("form", "opening"), [("srt", "1\n00:00:00,"), ("vtt", "WEBVTT\n\n00:00:00.")])
def test_subtitles(client: OpenAI, form: str, opening: str) -> None:
    row = example("en", "happy")
    subtitles = transcript(client, row, response_format=form)
    assert subtitles.startswith(opening)
    shown = " ".join(line for line in subtitles.splitlines() if "-->" not in line and not line.isdecimal())
    assert error_rate.error_rate(row.text, shown.removeprefix("WEBVTT"), "en") <= 0.1


def test_a_transcript_comes_as_events(client: OpenAI, tmp_path: Path) -> None:
    path = write(tmp_path / "two.wav", loaded(spoken(client, f"{TEXT} It runs away.", response_format="wav"), tmp_path))
    with path.open("rb") as file:
        events = list(client.audio.transcriptions.create(file=file, model="whisper-1", language="en", stream=True))
    assert [event.type for event in events[:-1]] == ["transcript.text.delta"] * (len(events) - 1)
    assert events[-1].type == "transcript.text.done"
    assert "".join(getattr(event, "delta", "") for event in events) == events[-1].text
    assert len(events) == 3
    assert events[-1].text == f"{TEXT} It runs away."


def test_notes_tell_what_was_mended(client: OpenAI, tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", audio.load(example("en", "happy").path)).read_bytes()
    killed = tmp_path / "killed.wav"  # its header promises twice as much
    killed.write_bytes(whole[:4] + (2 * len(whole)).to_bytes(4, "little") + whole[8:])
    for form in ("json", "verbose_json"):
        with killed.open("rb") as file:
            answer = client.audio.transcriptions.create(file=file, model="whisper-1", response_format=form)
        (note,) = answer.model_dump()["notes"]
        assert note.startswith(f"The file is unfinished: it has {len(whole):,} of {2 * len(whole) + 8:,} bytes.")
    with killed.open("rb") as file:
        *_, last = client.audio.transcriptions.create(file=file, model="whisper-1", stream=True)
    assert last.model_dump()["notes"] == [note]
    assert "notes" not in transcript(client, example("en", "happy")).model_dump()


def test_silence_is_an_empty_text(client: OpenAI, tmp_path: Path) -> None:
    path = write(tmp_path / "noise.wav", noise(2.0))
    with path.open("rb") as file:
        assert client.audio.transcriptions.create(file=file, model="whisper-1").text == ""


@pytest.mark.parametrize("form", ["wav", "mp3", "flac", "opus", "aac"])
def test_text_is_spoken_in_every_format(client: OpenAI, tmp_path: Path, form: Any) -> None:
    clip = loaded(spoken(client, TEXT, response_format=form), tmp_path)
    assert fakes.heard(clip) == TEXT
    assert fakes.FakeWatermarker().find(clip) == 1.0


def test_pcm_has_headers_with_its_format(client: OpenAI) -> None:
    order: dict[str, Any] = {"model": "kokoro", "voice": "am_michael", "input": TEXT, "response_format": "pcm"}
    with client.audio.speech.with_streaming_response.create(**order, stream_format="audio") as answer:
        content = answer.read()
        assert answer.headers["content-type"] == "audio/pcm"
        assert (answer.headers["x-channels"], answer.headers["x-bit-depth"]) == ("1", "16")
        clip = audio.from_array(int(answer.headers["x-sample-rate"]), np.frombuffer(content, "<i2"))
    assert fakes.heard(clip) == TEXT


def test_speed_instructions_and_seed_have_an_effect(client: OpenAI, tmp_path: Path) -> None:
    def seconds(**fields: Any) -> float:
        return loaded(spoken(client, TEXT, response_format="wav", **fields), tmp_path).duration

    plain = seconds()
    assert seconds(speed=2.0) < 0.75 * plain
    assert seconds(instructions="Speak very slowly.") > 1.15 * plain
    same = [spoken(client, TEXT, response_format="wav", extra_body={"seed": 5}) for _ in range(2)]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    "table", ["fox = cat\nGIF = /dʒɪf/", ["fox = cat", "GIF = /dʒɪf/"], {"fox": "cat", "GIF": "/dʒɪf/"}]
)
def test_words_are_said_as_a_table_says(client: OpenAI, tmp_path: Path, table: object) -> None:
    clip = loaded(spoken(client, TEXT, response_format="wav", extra_body={"pronunciations": table}), tmp_path)
    assert fakes.heard(clip) == TEXT.replace("fox", "cat")


@pytest.mark.parametrize("table", [7, "a line without a reading", [1], {"a": ["b"]}])
def test_a_table_that_cannot_be_read_is_refused(client: OpenAI, table: object) -> None:
    with pytest.raises(openai.BadRequestError, match="pronunciation"):
        spoken(client, TEXT, extra_body={"pronunciations": table})


def test_the_language_is_that_of_the_text_or_of_the_voice(client: OpenAI, tmp_path: Path) -> None:
    spanish = "Mañana por la mañana iremos juntos al mercado."
    for fields in ({"voice": "default"}, {"voice": "em_alex"}, {"voice": "default", "extra_body": {"language": "es"}}):
        clip = loaded(spoken(client, spanish, response_format="wav", **fields), tmp_path)
        assert fakes.heard(clip) == spanish, fields


def test_a_voice_is_imitated_with_consent(client: OpenAI, tmp_path: Path) -> None:
    row = example("en", "angry")
    body = {"ref_audio": data_uri(row.path), "ref_text": row.text, "consent": True, "seed": 5}
    assert fakes.heard(loaded(spoken(client, TEXT, response_format="wav", extra_body=body), tmp_path)) == TEXT


def test_concurrent_requests_get_their_own_results(client: OpenAI, tmp_path: Path) -> None:
    rows = [example("en", "happy"), example("es")]
    texts = {"af_heart": "Seven green boats crossed the quiet lake.", "am_michael": "Every Sunday we bake fresh bread."}
    with ThreadPoolExecutor(8) as callers:
        hearing = [callers.submit(transcript, client, row) for row in rows]
        speaking = {
            voice: callers.submit(spoken, client, text, voice=voice, response_format="wav")
            for voice, text in texts.items()
        }
        for row, job in zip(rows, hearing, strict=True):
            assert error_rate.error_rate(row.text, job.result().text, row.language) <= 0.2
        for voice, speech in speaking.items():
            assert fakes.heard(loaded(speech.result(), tmp_path)) == texts[voice]


NO_SOUND = ("x.wav", b"this is no sound\n" * 50)
HEARING_ERRORS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"file": NO_SOUND}, 400, "invalid_input", "x.wav isn't a readable audio file"),
    ({"file": ("x.wav", b"")}, 400, "invalid_input", "empty"),
    ({"file": ("../../etc/passwd", NO_SOUND[1])}, 400, "invalid_input", "^passwd isn't a readable audio file"),
    ({"model": "parrot"}, 404, "model_not_found", "Choose one of: .*whisper-base"),
    ({"language": "xx"}, 400, "invalid_input", "Unknown language code"),
    ({"timestamp_granularities": ["letter"]}, 400, "invalid_input", "timestamp_granularities"),
    ({"stream": True, "response_format": "srt"}, 400, "invalid_input", "Only these formats can be streamed"),
    ({"language": "Klingon"}, 400, "invalid_input", "Unknown language code 'Klingon'"),
]
SPEAKING_ERRORS: list[tuple[dict[str, Any], int, str, str]] = [
    ({"input": ""}, 400, "invalid_input", "no text"),
    ({"input": "😀🎉"}, 400, "invalid_input", "."),
    ({"input": "a" * 100_000}, 400, "invalid_input", "100,000 characters"),
    ({"voice": "nobody"}, 400, "invalid_input", "no voice called 'nobody'. Choose one of: af_heart"),
    ({"extra_body": {"voice": {"id": "nobody"}}}, 400, "invalid_input", "no voice called 'nobody'"),
    ({"extra_body": {"voice": {"name": "alloy"}}}, 400, "invalid_input", "voice is"),
    ({"model": "parrot"}, 404, "model_not_found", "Choose one of: kokoro"),
    ({"response_format": "wma"}, 400, "invalid_input", "'wma' isn't supported.*aac"),
    ({"stream_format": "websocket"}, 400, "invalid_input", "stream_format is 'websocket'.*audio, sse"),
    ({"speed": 4.5}, 400, "invalid_input", "speed of 4.5 isn't supported. Use 0.25 to 4"),
    ({"speed": 0.2}, 400, "invalid_input", "speed of 0.2"),
    ({"extra_body": {"speed": True}}, 400, "invalid_input", "speed is 'True'"),
    ({"instructions": "slowly " * 200}, 400, "invalid_input", "instruction is too long"),
    ({"extra_body": {"language": "ko"}}, 400, "invalid_input", "Korean"),
    ({"extra_body": {"input": "안녕하세요. 오늘은 날씨가 정말 좋습니다."}}, 400, "invalid_input", "Korean"),
    ({"extra_body": {"stream": 7}}, 400, "invalid_input", "stream is '7'"),
    ({"extra_body": {"seed": "x"}}, 400, "invalid_input", "seed is 'x'"),
    ({"extra_body": {"input": ["a"]}}, 400, "invalid_input", "input is"),
    ({"extra_body": {"ref_audio": data_uri(example("en").path)}}, 403, "consent_required", "consent: true"),
    ({"extra_body": {"ref_audio": "http://10.0.0.1/a.wav", "consent": True}}, 400, "invalid_input", "data URI"),
    ({"extra_body": {"ref_audio": "file:///etc/passwd", "consent": True}}, 400, "invalid_input", "data URI"),
    ({"extra_body": {"ref_audio": "data:audio/wav;base64,?", "consent": True}}, 400, "invalid_input",
    "isn't valid base64"),
    ({"extra_body": {"ref_audio": "data:audio/wav;base64,AAAA", "consent": True}}, 400, "invalid_input",
    "isn't a readable audio file"),
    ({"extra_body": {"ref_audio": "data:audio/wav;base64," + "A" * 14_200_000, "consent": True}}, 413, "too_large",
     "larger than 10 MB"),
    ({"extra_body": {"ref_audio": "data:audio/wav;base64," + "A" * 60_000_000, "consent": True}}, 413, "too_large",
     "larger than"),
]  # fmt: skip


def check_error(refused: openai.APIStatusError, status: int, code: str, words: str) -> None:
    body = refused.body
    assert isinstance(body, dict)
    assert (refused.status_code, body["code"]) == (status, code), body
    assert body["type"] in ("invalid_request_error", "server_error")
    message = body["message"]
    assert re.search(words, message), message
    assert re.search(SENTENCE, message), message
    assert "Traceback" not in message


@pytest.mark.parametrize(("fields", "status", "code", "words"), HEARING_ERRORS)
def test_invalid_transcription_requests(
    client: OpenAI, fields: dict[str, Any], status: int, code: str, words: str
) -> None:
    order = {"model": "whisper-1", "file": ("clip.flac", example("en").path.read_bytes()), **fields}
    with pytest.raises(openai.APIStatusError) as refused:
        list(client.audio.transcriptions.create(**order))
    check_error(refused.value, status, code, words)


@pytest.mark.parametrize(("fields", "status", "code", "words"), SPEAKING_ERRORS)
def test_invalid_speech_requests(client: OpenAI, fields: dict[str, Any], status: int, code: str, words: str) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        spoken(client, **{"text": fields.get("input", TEXT), **{k: v for k, v in fields.items() if k != "input"}})
    check_error(refused.value, status, code, words)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"input": "\\ud800 x", "response_format": "wav"}']
)
def test_an_invalid_body_gets_a_response(site: str, body: bytes) -> None:
    answer = httpx.post(f"{site}v1/audio/speech", content=body, timeout=PATIENCE)
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        assert answer.json()["error"]["code"] == "invalid_input"


def test_an_invalid_form_gets_a_message(site: str) -> None:
    address = f"{site}v1/audio/transcriptions"
    for answer in (
        httpx.post(address, content=b"x"),
        httpx.post(address, content=b"x", headers={"content-type": "multipart/form-data; boundary=y"}),
        httpx.post(address, data={"file": "a path"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["message"].endswith(".")


def test_errors_follow_accept_language(site: str) -> None:
    order = {"model": "tts-1", "voice": "default", "input": ""}
    answer = httpx.post(f"{site}v1/audio/speech", json=order, headers={"accept-language": "zh-CN,zh;q=0.9"})
    assert "文字" in answer.json()["error"]["message"] or "文本" in answer.json()["error"]["message"]


def test_the_pages_are_still_there(site: str) -> None:
    assert "<html" in httpx.get(site).text
    assert httpx.get(f"{site}gradio_api/info").status_code == 200
