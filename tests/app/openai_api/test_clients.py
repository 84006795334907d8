"""API of the running app, called as OpenAI's client, Open WebUI, LiteLLM and Home Assistant's bridges call it.

The bodies are those that the sources of these programs send: routers/audio.py of Open WebUI; llms/openai of LiteLLM
1.110; openai_conversation of Home Assistant; its community bridges einToast/openai_stt_ha, sfortis/openai_tts and
roryeckel/wyoming_openai.
"""

from __future__ import annotations

import base64
import io
import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import soundfile
from openai import OpenAI

from funaudio_core import audio
from funaudio_core.audio import encode
from funaudio_core.engines.kokoro.voices import VOICES
from funaudio_core.text import error_rate
from funaudio_core.types import Audio
from server.openai_api.names import OPENAI_VOICES
from tests import fakes
from tests.conftest import ROOT, example

TEXT = "The quick brown fox jumps over the lazy dog."
SPANISH = "Mañana por la mañana iremos juntos al mercado."
PATIENCE = 180.0  # seconds that a test waits for what must happen; the machine may be busy


@pytest.fixture(scope="module")
def client(site: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{site}v1", api_key="none", max_retries=0, timeout=PATIENCE * 2) as client:
        yield client


@pytest.fixture(scope="module")
def web(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{site}v1", timeout=PATIENCE, headers={"Authorization": "Bearer none"}) as web:
        yield web


def decoded(content: bytes, folder: Path) -> Audio:
    path = folder / "answer"
    path.write_bytes(content)
    return audio.load(path)


def spoken(client: OpenAI, text: str = TEXT, **fields: Any) -> Any:
    """Return the answer to a speech request, with its headers."""
    order = {"model": "tts-1", "voice": "alloy", "input": text, **fields}
    return client.audio.speech.with_raw_response.create(**order)


def transcribed(client: OpenAI, **fields: Any) -> Any:
    row = example("en", "happy")
    order = {"model": "whisper-1", "file": ("clip.flac", row.path.read_bytes()), **fields}
    answer = client.audio.transcriptions.with_raw_response.create(**order)
    assert error_rate.error_rate(row.text, answer.parse().text, "en") <= 0.1
    return answer


# voices


@pytest.mark.parametrize("name", OPENAI_VOICES)
def test_each_voice_of_openai_speaks(client: OpenAI, tmp_path: Path, name: str) -> None:
    answer = spoken(client, voice=name, response_format="wav")
    assert answer.headers["x-voice"] == OPENAI_VOICES[name].preset
    assert answer.headers["x-engine"] == "kokoro"
    assert fakes.heard(decoded(answer.content, tmp_path)) == TEXT


@pytest.mark.parametrize(("name", "preset"), [("alloy", "ef_dora"), ("echo", "em_alex"), ("nova", "ef_dora")])
def test_a_voice_of_openai_speaks_the_language_of_the_text(
    client: OpenAI, tmp_path: Path, name: str, preset: str
) -> None:
    for extra in ({}, {"language": "es-MX"}):
        answer = spoken(client, SPANISH, voice=name, response_format="wav", extra_body=extra)
        assert answer.headers["x-voice"] == preset
        assert fakes.heard(decoded(answer.content, tmp_path)) == SPANISH


@pytest.mark.parametrize(
    ("voice", "preset"),
    [
        ("AF_HEART", "af_heart"),
        ("Bm_Fable", "bm_fable"),
        ("Alloy", "af_alloy"),
        ({"id": "alloy"}, "af_alloy"),
        ({"id": "AM_Michael"}, "am_michael"),
        ("default", "af_heart"),
        ("", "af_heart"),
    ],
)
def test_voices_are_found_in_any_case_and_by_id(client: OpenAI, voice: Any, preset: str) -> None:
    assert spoken(client, voice=voice).headers["x-voice"] == preset


def test_the_documented_table_has_every_voice() -> None:
    page = (ROOT / "docs/api.md").read_text()
    presets = {voice.preset: voice for voice in VOICES}
    for name, voice in OPENAI_VOICES.items():
        assert presets[voice.preset].sex == voice.sex
        assert f"| `{name}` | {voice.sex} | `{voice.preset}` |" in page


def test_voices_are_listed(web: httpx.Client) -> None:
    known = {voice["id"]: voice for voice in web.get("/audio/voices").json()["voices"]}
    assert {voice.preset for voice in VOICES} | set(OPENAI_VOICES) == set(known)
    assert known["bf_emma"]["name"] == "Emma (British, female)"
    assert (known["ef_dora"]["language"], known["em_alex"]["sex"]) == ("es", "male")
    spanish = web.get("/audio/voices", params={"model": "tts-1", "language": "es-ES"}).json()["voices"]
    assert {voice["id"] for voice in spanish} - set(OPENAI_VOICES) == {"ef_dora", "em_alex", "em_santa"}
    chinese = web.get("/audio/voices", headers={"accept-language": "zh"}).json()["voices"]
    assert "女" in next(voice["name"] for voice in chinese if voice["id"] == "bf_emma")
    assert web.get("/audio/voices", params={"model": "parrot"}).json()["error"]["code"] == "model_not_found"


# models


@pytest.mark.parametrize("model", ["tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15", "openai/tts-1"])
def test_models_of_openai_select_the_default_voice_engine(client: OpenAI, model: str) -> None:
    assert spoken(client, model=model).headers["x-engine"] == "kokoro"


@pytest.mark.parametrize("model", ["hexgrad/Kokoro-82M", "Kokoro", "speaches-ai/Kokoro-82M-v1.0-ONNX", "kokoro-v1.0"])
def test_other_names_of_a_voice_engine_select_it(client: OpenAI, model: str) -> None:
    assert spoken(client, model=model).headers["x-engine"] == "kokoro"


@pytest.mark.parametrize(
    "model",
    [
        *("gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe", "whisper-large-v3", "whisper"),
        *("openai/whisper-base", "Systran/faster-whisper-base", "Systran/faster-distil-whisper-large-v3", "WHISPER-1"),
    ],
)
def test_names_of_recognizers(client: OpenAI, model: str) -> None:
    assert transcribed(client, model=model, language="en").headers["x-engine"] == "whisper-base"


@pytest.mark.parametrize(
    ("name", "engine", "task"),
    [
        ("whisper-1", "whisper-base", "transcription"),
        ("gpt-4o-transcribe", "whisper-base", "transcription"),
        ("whisper-base", "whisper-base", "transcription"),
        ("openai/whisper-base", "whisper-base", "transcription"),
        ("tts-1", "kokoro", "speech"),
        ("gpt-4o-mini-tts", "kokoro", "speech"),
        ("kokoro", "kokoro", "speech"),
        ("hexgrad/Kokoro-82M", "kokoro", "speech"),
    ],
)
def test_a_model_can_be_retrieved(client: OpenAI, name: str, engine: str, task: str) -> None:
    model = client.models.retrieve(name).model_dump()
    assert (model["id"], model["object"], model["engine"], model["task"]) == (name, "model", engine, task)


def test_an_unknown_model_is_not_found(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"Choose one of: .*whisper-base.*kokoro") as refused:
        client.models.retrieve("parrot")
    assert refused.value.code == "model_not_found"


def test_the_models_for_speech_are_listed_alone(web: httpx.Client) -> None:
    assert [model["id"] for model in web.get("/audio/models").json()["models"]] == ["kokoro", "hibari"]


# languages


@pytest.mark.parametrize("tag", ["en-US", "en_US", "EN", "English", "eng", "en-us-x-private", "English (UK)", "英文"])
def test_language_tags_of_a_clip(client: OpenAI, tag: str) -> None:
    answer = transcribed(client, language=tag, response_format="verbose_json")
    assert answer.parse().language == "en"


@pytest.mark.parametrize(
    ("tag", "preset"),
    [
        *(("es-MX", "ef_dora"), ("spa", "ef_dora"), ("Castilian", "ef_dora"), ("español", "ef_dora")),
        *(("pt-BR", "pf_dora"), ("zh-CN", "zf_xiaobei"), ("cmn", "zf_xiaobei"), ("chi", "zf_xiaobei")),
    ],
)
def test_language_tags_of_a_text(client: OpenAI, tag: str, preset: str) -> None:
    answer = spoken(client, "Hola 1 2 3.", voice="default", extra_body={"language": tag})
    assert answer.headers["x-voice"] == preset


def test_several_languages_are_candidates(web: httpx.Client) -> None:
    form = {"model": "gpt-transcribe", "languages[]": ["en", "es-ES"], "response_format": "verbose_json"}
    row = example("es")
    answer = web.post("/audio/transcriptions", data=form, files={"file": ("a.flac", row.path.read_bytes())})
    assert answer.json()["language"] == "es"


# prompts and translations


def test_a_prompt_and_keywords_are_accepted(client: OpenAI) -> None:
    answer = transcribed(client, prompt="A conversation about Zanzibar.", extra_body={"keywords": ["Zanzibar", "Oslo"]})
    assert "x-ignored" not in answer.headers


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # OpenAI shuts its own endpoint down in 2027
@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe", "whisper-base"])
def test_a_clip_is_translated_into_english(client: OpenAI, model: str) -> None:
    row = example("es")
    file = ("clip.flac", row.path.read_bytes())
    expected = fakes.reverse(row.text)  # the fake translation
    assert client.audio.translations.create(model=model, file=file).text == expected
    assert client.audio.translations.create(model=model, file=file, response_format="text") == expected
    verbose = client.audio.translations.create(
        model=model, file=file, response_format="verbose_json", prompt="A library.", temperature=0
    )
    assert (verbose.language, verbose.text) == ("english", expected)
    assert verbose.model_dump()["task"] == "translate"
    assert verbose.segments is not None
    assert verbose.segments[0].text == expected
    assert client.audio.translations.create(model=model, file=file, response_format="srt").startswith("1\n00:00:0")


def test_a_translation_needs_a_file(web: httpx.Client) -> None:
    answer = web.post("/audio/translations", data={"model": "whisper-1"})
    assert answer.status_code == 400
    assert "form field file" in answer.json()["error"]["message"]


# formats and streams


@pytest.mark.parametrize("form", encode.FORMATS)
@pytest.mark.parametrize("extra", [{"stream": True}, {"stream_format": "audio"}])
def test_every_format_can_be_streamed(client: OpenAI, tmp_path: Path, form: Any, extra: dict[str, Any]) -> None:
    text = f"{TEXT} It runs away."
    order: dict[str, Any] = {"model": "tts-1", "voice": "nova", "input": text, "response_format": form}
    with client.audio.speech.with_streaming_response.create(**order, extra_body=extra) as answer:
        content = b"".join(answer.iter_bytes())
        assert answer.headers["content-type"] == encode.FORMATS[form].media_type
        assert "content-length" not in answer.headers
        rate = int(answer.headers.get("x-sample-rate", 0))
    clip = decoded(content, tmp_path) if form != "pcm" else audio.from_array(rate, np.frombuffer(content, "<i2"))
    assert fakes.heard(clip) == text
    assert fakes.FakeWatermarker().find(clip) == 1.0


@pytest.mark.parametrize("form", ["wav", "flac"])
def test_a_file_that_is_not_streamed_states_its_length(client: OpenAI, form: Any) -> None:
    content = spoken(client, response_format=form).content
    assert soundfile.info(io.BytesIO(content)).duration > 2


@pytest.mark.parametrize("form", ["mp3", "wav", "pcm"])
def test_speech_comes_as_events(web: httpx.Client, tmp_path: Path, form: str) -> None:
    text = f"{TEXT} It runs away."
    order = {"model": "gpt-4o-mini-tts", "voice": "coral", "input": text, "response_format": form}
    with web.stream("POST", "/audio/speech", json={**order, "stream_format": "sse"}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        rate = int(answer.headers.get("x-sample-rate", 0))
        lines = [line for line in answer.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    *deltas, done = events
    assert len(deltas) >= 2
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    content = b"".join(base64.b64decode(event["audio"]) for event in deltas)
    clip = decoded(content, tmp_path) if form != "pcm" else audio.from_array(rate, np.frombuffer(content, "<i2"))
    assert fakes.heard(clip) == text
    usage = done["usage"]
    assert done["type"] == "speech.audio.done"
    assert usage["input_tokens"] == len(text)
    assert usage["output_tokens"] == pytest.approx(20 * clip.duration, abs=3)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize(("speed", "engine_speed"), [(0.25, 0.5), (4.0, 2.0)])
def test_speeds_beyond_those_of_the_engine(client: OpenAI, tmp_path: Path, speed: float, engine_speed: float) -> None:
    slow, fast = (
        decoded(spoken(client, speed=value, response_format="wav").content, tmp_path) for value in (speed, engine_speed)
    )
    assert slow.duration / fast.duration == pytest.approx(engine_speed / speed, rel=0.03)
    assert fakes.FakeWatermarker().find(slow) == 1.0


# errors


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "words"),
    [
        ("GET", "/nothing", 404, "unknown_url", "There is no GET /v1/nothing. This server has: .*/v1/audio/speech"),
        ("POST", "/chat/completions", 404, "unknown_url", "There is no POST /v1/chat/completions"),
        ("PUT", "/audio", 404, "unknown_url", "There is no PUT"),
        ("GET", "/audio/speech", 405, "method_not_supported", "/v1/audio/speech doesn't accept GET. Use POST"),
        ("DELETE", "/models", 405, "method_not_supported", "Use GET"),
        ("DELETE", "/models/whisper-1", 405, "method_not_supported", "Use GET"),
        ("POST", "/audio/voices", 405, "method_not_supported", "Use GET"),
        ("OPTIONS", "/audio/speech", 405, "method_not_supported", "Use POST"),
    ],
)
def test_wrong_paths_and_methods_get_an_error_object(
    web: httpx.Client, method: str, path: str, status: int, code: str, words: str
) -> None:
    answer = web.request(method, path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (status, code, "invalid_request_error")
    assert re.search(words, error["message"]), error["message"]
    assert ("allow" in answer.headers) == (status == 405)
    assert answer.headers["x-request-id"]


def test_a_large_body_gets_an_error_object_as_well(web: httpx.Client) -> None:
    answer = web.post("/nothing", content=b"x" * 6_000_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url")


def test_the_root_of_the_api_gets_an_error_object(site: str) -> None:
    assert httpx.get(f"{site}v1").json()["error"]["code"] == "unknown_url"
    assert httpx.get(f"{site}v1/").json()["error"]["code"] == "unknown_url"


def test_a_slash_too_many_is_redirected(web: httpx.Client) -> None:
    answer = web.post("/audio/speech/", json={"input": "Hi.", "voice": "alloy"}, follow_redirects=True)
    assert answer.status_code == 200
    assert [step.status_code for step in answer.history] == [307]
    assert web.get("/models/").json() == web.get("/models").json()
    assert web.head("/models").status_code == 200


# programs


def test_open_webui(web: httpx.Client, tmp_path: Path) -> None:
    """Check what its server sends and what it reads from the answers."""
    assert [model["id"] for model in web.get("/audio/models").json()["models"]]
    assert {voice["id"]: voice["name"] for voice in web.get("/audio/voices").json()["voices"]}["alloy"]
    answer = web.post("/audio/speech", json={"input": TEXT, "voice": "alloy", "model": "tts-1"})
    assert fakes.heard(decoded(answer.content, tmp_path)) == TEXT
    row = example("en", "happy")
    for form in ({"model": "whisper-1"}, {"model": "whisper-1", "language": "en"}):
        files = {"file": ("9b2f6e0a.wav", row.path.read_bytes())}
        heard = web.post("/audio/transcriptions", data=form, files=files).json()["text"]
        assert error_rate.error_rate(row.text, heard, "en") <= 0.1


def test_litellm(client: OpenAI, tmp_path: Path) -> None:
    """Check what it sends by OpenAI's client: verbose_json, since it charges by the duration."""
    answer = transcribed(
        client, response_format="verbose_json", temperature=0, timestamp_granularities=["segment"], prompt="Jobs."
    )
    assert answer.parse().duration == pytest.approx(audio.load(example("en", "happy").path).duration, abs=0.01)
    body = spoken(client, model="tts-1-hd", voice="shimmer", speed=1.0, response_format="opus")
    assert fakes.heard(decoded(body.content, tmp_path)) == TEXT


def test_home_assistant(client: OpenAI, tmp_path: Path) -> None:
    """Check the requests of its integration openai_conversation."""
    prompt = "The following conversation is a smart home user talking to a home assistant about the living room lights."
    answer = transcribed(client, model="gpt-4o-mini-transcribe", response_format="json", language="en", prompt=prompt)
    assert answer.headers["x-engine"] == "whisper-base"
    order: dict[str, Any] = {"model": "gpt-4o-mini-tts", "voice": "marin", "input": TEXT, "speed": 1.0}
    for form in ("mp3", "opus", "aac", "flac", "wav"):
        with client.audio.speech.with_streaming_response.create(
            **order, instructions="None", response_format=form
        ) as response:
            content = b"".join(response.iter_bytes())
        assert fakes.heard(decoded(content, tmp_path)) == TEXT, form


def test_bridges_of_home_assistant(client: OpenAI, web: httpx.Client, tmp_path: Path) -> None:
    """Check the requests of openai_stt_ha (a form of texts), of openai_tts (JSON), and of wyoming_openai."""
    row, sound = example("en", "happy"), io.BytesIO()
    clip = audio.load(row.path)
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(clip.rate)
        file.writeframes(clip.pcm16().tobytes())
    files: dict[str, Any] = {
        "file": ("whisper_audio.wav", sound.getvalue(), "audio/wav"),
        "model": (None, "gpt-4o-mini-transcribe"),
        "language": (None, "en-US"),
        "prompt": (None, ""),
        "temperature": (None, "0"),
        "response_format": (None, "json"),
    }
    heard = web.post("/audio/transcriptions", files=files).json()["text"]
    assert error_rate.error_rate(row.text, heard, "en") <= 0.1
    order = {"model": "tts-1", "input": TEXT, "voice": "shimmer", "response_format": "mp3", "speed": "1.25"}
    answer = web.post("/audio/speech", json=order, headers={"User-Agent": "HomeAssistant-OpenAI-TTS"})
    assert answer.headers["content-type"] == "audio/mpeg"
    assert fakes.heard(decoded(answer.content, tmp_path)) == TEXT
    with client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="alloy", input=TEXT, response_format="pcm", speed=1.0, instructions=""
    ) as response:
        pcm = b"".join(response.iter_bytes(2048))
    assert fakes.heard(audio.from_array(24_000, np.frombuffer(pcm, "<i2"))) == TEXT
    events = client.audio.transcriptions.create(
        file=("a.wav", sound.getvalue()), model="gpt-4o-transcribe", language="en", stream=True
    )
    *_, last = events
    assert last.type == "transcript.text.done"
