"""faster-whisper's, transformers' and FunASR's servers at the other end. `make remote` runs this."""

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
from tests import checkpoints, checkpoints_qwen
from tests.conftest import example
from tests.remote_servers.running import Running, running

pytestmark = pytest.mark.remote
ASK = [ChatMessage("system", "Be brief."), ChatMessage("user", "Hello.")]
COPIES = 4  # of a clip, one behind the other: more than goes into a request
IDLE = 0.05  # seconds of processor time in a second, of a server that does nothing
# As the published one has it: where FunASR finds the files of a checkpoint.
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


def ear(server: Running, model: str, kind: str = "") -> Recognizer:
    return remote.recognizer(Endpoint(server.url, model, kind), "").load()


# faster-whisper-server with the real Whisper base


@pytest.fixture(scope="module")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = str(store.artifact_dir("whisper-base"))

    def command(port: int) -> list[str]:
        return ["faster-whisper-server", folder, "--host", "127.0.0.1", "--port", str(port)]

    with running(command, tmp_path_factory.mktemp("whisper") / "log.txt") as server:
        yield server


@pytest.mark.parametrize(("kind", "language", "told"), [("", "en", None), ("", "fr", "fr"), ("whisper", "zh", None)])
def test_whisper_hears_what_is_said(whisper: Running, kind: str, language: str, told: str | None) -> None:
    clip = example(language)
    segments = list(
        ear(whisper, "whisper-base", kind).transcribe(audio.load(clip.path), RecognitionOptions(language=told))
    )
    text = " ".join(segment.text for segment in segments)
    assert error_rate.error_rate(clip.text, text, language) <= 0.1
    assert {segment.language for segment in segments} == {language}


def test_whisper_keeps_the_times_of_a_long_clip(whisper: Running) -> None:
    clip = audio.load(example("en").path)
    whole = audio.concat([clip] * COPIES, [1.0] * (COPIES - 1))
    segments = list(ear(whisper, "whisper-base", "whisper").transcribe(whole, RecognitionOptions(language="en")))
    assert sum(segment.text.count("museum") for segment in segments) == COPIES
    assert all(a.end <= b.start + 0.05 for a, b in pairwise(segments))
    for start in (number * (clip.duration + 1.0) for number in range(COPIES)):
        assert any(abs(segment.start - start) < 1.5 for segment in segments), start


def test_whisper_translates_while_it_listens(whisper: Running) -> None:
    clip = audio.load(example("fr").path)
    hearing = RecognitionOptions(language="fr", translate_to_english=True)
    text = " ".join(segment.text for segment in ear(whisper, "whisper-base", "whisper").transcribe(clip, hearing))
    assert "market" in text.lower()


# transformers serve with a tiny random Qwen3


@pytest.fixture(scope="module")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("qwen3")
    checkpoints_qwen.files(folder)
    return folder


@pytest.fixture(scope="module")
def transformers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("transformers")

    def command(port: int) -> list[str]:
        serve = ["python", "-m", "transformers.cli.transformers", "serve", "--device", "cpu"]
        return [*serve, "--host", "127.0.0.1", "--port", str(port)]

    with running(command, home / "log.txt", environment={"HF_HUB_CACHE": str(home)}) as server:
        yield server


def writer(server: Running, model: Path) -> RemoteChatModel:
    return RemoteChatModel(Server(Endpoint(server.url, str(model)), HttpClient(server.url, "", "The model")))


def test_a_text_is_written_far_away(transformers: Running, qwen: Path) -> None:
    pieces = list(writer(transformers, qwen).generate(ASK, 24, 5))
    assert len(pieces) > 5
    text = "".join(pieces)
    assert text
    assert "Hello" not in text  # the answer alone
    assert "".join(writer(transformers, qwen).generate(ASK, 24, None)) == "".join(
        writer(transformers, qwen).generate(ASK, 24, None)
    )


def test_a_companion_and_a_model_that_strays_are_kept_apart(transformers: Running, qwen: Path) -> None:
    spec = remote.chatbot(Endpoint(transformers.url, str(qwen)), "")
    said = list(spec.load().reply(Conversation((Turn("user", "Hello, how are you?"),), "You are Mia.")))
    assert not any("<|" in str(piece) for piece in said)


def test_who_stops_reading_stops_the_writing(transformers: Running, qwen: Path) -> None:
    """Its log has no line for it, so its processor tells: 5000 tokens would keep it busy for far longer."""
    pieces = writer(transformers, qwen).generate(ASK, 5000, 5)
    next(pieces)
    assert transformers.busy(1.0) > IDLE
    pieces.close()  # type: ignore[attr-defined]
    deadline = time.monotonic() + 10.0
    while (spent := transformers.busy(1.0)) > IDLE and time.monotonic() < deadline:
        pass
    assert spent <= IDLE


def test_a_model_that_is_not_there_is_a_sentence(transformers: Running) -> None:
    with pytest.raises(FunAudioError, match=r"The model (failed|rejected)"):
        list(writer(transformers, Path("nobody/nothing")).generate(ASK, 24, 5))


# FunASR's server with a tiny random SenseVoice


@pytest.fixture(scope="module")
def funasr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    hub = tmp_path_factory.mktemp("funasr")
    checkpoints.sensevoice(hub)
    (model,) = hub.glob("*/snapshots/*")
    (model / "configuration.json").write_text(json.dumps(FUNASR_FILES), encoding="utf-8")

    def command(port: int) -> list[str]:
        shown = ["funasr-server", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
        return [*shown, "--model-path", str(model)]

    with running(command, hub / "log.txt") as server:
        yield server


def test_funasr_is_known_by_its_health_and_hears(funasr: Running) -> None:
    spec = remote.recognizer(Endpoint(funasr.url, "custom"), "")
    clip = audio.load(example("zh").path)
    segments = list(spec.load().transcribe(clip, RecognitionOptions(language="zh")))
    assert spec.refreshed is not None
    assert spec.refreshed().title == "custom (FunASR)"
    assert segments
    assert all(segment.text and "<|" not in segment.text for segment in segments)
    assert all(0.0 <= segment.start <= segment.end <= clip.duration for segment in segments)


def test_funasr_says_which_models_it_has(funasr: Running) -> None:
    clip = audio.load(example("zh").path)
    with pytest.raises(FunAudioError, match=r"rejected the request \(400\): Unknown model 'nothing'"):
        list(ear(funasr, "nothing").transcribe(clip, RecognitionOptions(language="zh")))
