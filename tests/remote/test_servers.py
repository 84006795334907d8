"""Tests with the servers of faster-whisper, transformers and FunASR. `make remote` runs them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from funaudio_core import audio
from funaudio_core.engines import remote
from funaudio_core.engines.llm import ChatMessage
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer
from funaudio_core.engines.remote.chat_completions import RemoteChatModel
from funaudio_core.engines.remote.discovery import Server
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.engines.remote.http_client import HttpClient
from funaudio_core.errors import FunAudioError
from funaudio_core.text import error_rate
from funaudio_core.types import Conversation, Turn
from funaudio_core.weights import store
from tests.checkpoints import qwen as checkpoints_qwen
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import example
from tests.remote_servers.running import RunningServer, run_server

pytestmark = pytest.mark.remote
MESSAGES = [ChatMessage("system", "Be brief."), ChatMessage("user", "Hello.")]
COPIES = 4  # of a clip, joined: longer than one request may be
IDLE_CPU_SECONDS = 0.05  # in a second, of an idle server
# Content of configuration.json, as published, with which FunASR finds the files of a checkpoint.
FUNASR_FILES = {
    "framework": "pytorch",
    "task": "auto-speech-recognition",
    "model": {"type": "funasr"},
    "file_path_metas": {
        "init_param": "model.pt",
        "config": "config.yaml",
        "tokenizer_conf": {"bpemodel": "chn_jpn_yue_eng_ko_spectok.bpe.model"},
        "frontend_conf": {"cmvn_file": "am.mvn"},
    },
}


def load_recognizer(server: RunningServer, model: str, kind: str = "") -> Recognizer:
    return remote.recognizer(Endpoint(server.url, model, kind), "").load()


# faster-whisper-server with the real Whisper base


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = str(store.artifact_dir("whisper-base"))

    def command(port: int) -> list[str]:
        return ["faster-whisper-server", folder, "--host", "127.0.0.1", "--port", str(port)]

    with run_server(command, tmp_path_factory.mktemp("whisper") / "log.txt") as server:
        yield server


@pytest.mark.parametrize(
    ("kind", "language", "requested_language"), [("", "en", None), ("", "fr", "fr"), ("whisper", "zh", None)]
)
def test_whisper_recognizes_the_examples(
    whisper: RunningServer, kind: str, language: str, requested_language: str | None
) -> None:
    clip = example(language)
    segments = list(
        load_recognizer(whisper, "whisper-base", kind).transcribe(
            audio.load(clip.path), RecognitionOptions(language=requested_language)
        )
    )
    text = " ".join(segment.text for segment in segments)
    assert error_rate.error_rate(clip.text, text, language) <= 0.1
    assert {segment.language for segment in segments} == {language}


def test_whisper_keeps_the_times_of_a_long_clip(whisper: RunningServer) -> None:
    clip = audio.load(example("en").path)
    long_clip = audio.concat([clip] * COPIES, [1.0] * (COPIES - 1))
    segments = list(
        load_recognizer(whisper, "whisper-base", "whisper").transcribe(long_clip, RecognitionOptions(language="en"))
    )
    assert sum(segment.text.count("museum") for segment in segments) == COPIES
    assert all(a.end <= b.start + 0.05 for a, b in pairwise(segments))
    for start in (number * (clip.duration + 1.0) for number in range(COPIES)):
        assert any(abs(segment.start - start) < 1.5 for segment in segments), start


def test_whisper_translates_to_english(whisper: RunningServer) -> None:
    clip = audio.load(example("fr").path)
    options = RecognitionOptions(language="fr", translate_to_english=True)
    text = " ".join(
        segment.text for segment in load_recognizer(whisper, "whisper-base", "whisper").transcribe(clip, options)
    )
    assert "market" in text.lower()


# transformers serve with a tiny random Qwen3


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen3")
    checkpoints_qwen.files(folder)
    return folder


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    home = tmp_path_factory.mktemp("transformers")

    def command(port: int) -> list[str]:
        serve = ["python", "-m", "transformers.cli.transformers", "serve", "--device", "cpu"]
        return [*serve, "--host", "127.0.0.1", "--port", str(port)]

    with run_server(command, home / "log.txt", environment={"HF_HUB_CACHE": str(home)}) as server:
        yield server


def chat_model(server: RunningServer, model: Path) -> RemoteChatModel:
    return RemoteChatModel(Server(Endpoint(server.url, str(model)), HttpClient(server.url, "", "The model")))


def test_text_is_generated_reproducibly(transformers: RunningServer, qwen: Path) -> None:
    deltas = list(chat_model(transformers, qwen).generate(MESSAGES, 24, 5))
    assert len(deltas) > 5
    text = "".join(deltas)
    assert text
    assert "Hello" not in text  # only the answer
    assert "".join(chat_model(transformers, qwen).generate(MESSAGES, 24, None)) == "".join(
        chat_model(transformers, qwen).generate(MESSAGES, 24, None)
    )


def test_reply_contains_no_special_tokens(transformers: RunningServer, qwen: Path) -> None:
    spec = remote.chatbot(Endpoint(transformers.url, str(qwen)), "")
    deltas = list(spec.load().reply(Conversation((Turn("user", "Hello, how are you?"),), "You are Mia.")))
    assert not any("<|" in str(delta) for delta in deltas)


def test_closing_the_stream_stops_the_generation(transformers: RunningServer, qwen: Path) -> None:
    """Check the server's CPU time, since its log has no line for it: 5000 tokens would take far longer."""
    deltas = chat_model(transformers, qwen).generate(MESSAGES, 5000, 5)
    next(deltas)
    assert transformers.cpu_seconds(1.0) > IDLE_CPU_SECONDS
    deltas.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 10.0
    while (cpu_seconds := transformers.cpu_seconds(1.0)) > IDLE_CPU_SECONDS and time.monotonic() < deadline:
        pass
    assert cpu_seconds <= IDLE_CPU_SECONDS


def test_unknown_model_is_a_user_error(transformers: RunningServer) -> None:
    with pytest.raises(FunAudioError, match=r"The model (failed|rejected)"):
        list(chat_model(transformers, Path("nobody/nothing")).generate(MESSAGES, 24, 5))


# FunASR's server with a tiny random SenseVoice


@pytest.fixture(scope="module")
def funasr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    hub = tmp_path_factory.mktemp("funasr")
    checkpoints.sensevoice(hub)
    (model,) = hub.glob("*/snapshots/*")
    (model / "configuration.json").write_text(json.dumps(FUNASR_FILES), encoding="utf-8")

    def command(port: int) -> list[str]:
        serve = ["funasr-server", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
        return [*serve, "--model-path", str(model)]

    with run_server(command, hub / "log.txt") as server:
        yield server


def test_funasr_is_detected_and_recognizes(funasr: RunningServer) -> None:
    spec = remote.recognizer(Endpoint(funasr.url, "custom"), "")
    clip = audio.load(example("zh").path)
    segments = list(spec.load().transcribe(clip, RecognitionOptions(language="zh")))
    assert spec.refresh is not None
    assert spec.refresh().title == "custom (FunASR)"
    assert segments
    assert all(segment.text and "<|" not in segment.text for segment in segments)
    assert all(0.0 <= segment.start <= segment.end <= clip.duration for segment in segments)


def test_funasr_rejects_an_unknown_model(funasr: RunningServer) -> None:
    clip = audio.load(example("zh").path)
    with pytest.raises(FunAudioError, match=r"rejected the request \(400\): Unknown model 'nothing'"):
        list(load_recognizer(funasr, "nothing").transcribe(clip, RecognitionOptions(language="zh")))
