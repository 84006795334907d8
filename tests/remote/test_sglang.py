"""Tests with SGLang-Omni's server, pipeline and router around a fake stage. `make remote` runs them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from funaudio_core import audio
from funaudio_core.engines import registry, remote
from funaudio_core.engines.protocols import RecognitionOptions, Recognizer, Synthesizer
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError, Unsupported
from funaudio_core.types import SpeechRequest, Style, Voice
from tests.conftest import ROOT, example, serve
from tests.remote_servers.running import RunningServer, run_server

pytestmark = pytest.mark.remote
SERVERS_FOLDER = ROOT / "tests" / "remote_servers"
MODEL = "cosyvoice3"
LONG = "This is one long sentence without any end in sight that goes on and on for quite a while"


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, RunningServer]]:
    folder = tmp_path_factory.mktemp("sglang")
    (folder / "config.json").write_text("{}")
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                run_server(
                    lambda port: ["python", "sglang_stage.py", str(port), str(folder)],
                    folder / f"replica{number}.txt",
                    folder=SERVERS_FOLDER,
                )
            )
            for number in range(2)
        )
        yield first, second


@pytest.fixture(scope="module")
def router(
    replicas: tuple[RunningServer, RunningServer], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    workers = [replica.url.removesuffix("/v1") for replica in replicas]

    def command(port: int) -> list[str]:
        return ["sgl-omni-router-py", "--port", str(port), "--worker-urls", *workers, "--policy", "round_robin"]

    with run_server(command, tmp_path_factory.mktemp("router") / "log.txt") as server:
        yield server


def synthesizer_spec(server: RunningServer) -> EngineSpec[Synthesizer]:
    return remote.synthesizer(Endpoint(server.url, MODEL), "", tuple(registry.SYNTHESIZERS.values()))


def recognizer_spec(server: RunningServer) -> EngineSpec[Recognizer]:
    return remote.recognizer(Endpoint(server.url, "fun-asr-nano"), "", tuple(registry.RECOGNIZERS.values()))


def request(text: str, language: str = "en", instruction: str = "") -> SpeechRequest:
    clip = audio.load(example("en").path)
    return SpeechRequest(
        text, language, Voice("reference", "en", clip=clip, text="What is said."), Style(instruction=instruction)
    )


def logged_requests(server: RunningServer) -> list[dict[str, Any]]:
    """Return the requests that the stage received, in order."""
    lines = [row for row in server.output().splitlines() if row.startswith('{"event": "request"')]
    return [json.loads(row) for row in lines]


def test_server_and_capabilities_are_detected(replicas: tuple[RunningServer, RunningServer]) -> None:
    spec = synthesizer_spec(replicas[0])
    spec.load()
    assert spec.refresh is not None
    assert spec.refresh().title == "cosyvoice3 (SGLang-Omni)"
    assert {"voice-clone", "cross-lingual", "instruct"} <= spec.refresh().capabilities


def test_reference_and_instruction_are_sent_for_each_mode(replicas: tuple[RunningServer, RunningServer]) -> None:
    server = replicas[0]
    engine, before = synthesizer_spec(server).load(), len(logged_requests(server))
    sentences = [
        request("Hello there, my friend. And you?"),
        request("你好。", "zh"),
        request("Hello.", instruction="Like a robot."),
    ]
    seconds = [sum(chunk.audio.duration for chunk in engine.stream(sentence)) for sentence in sentences]
    assert [(row["text"], row["reference_text"], row["instructions"]) for row in logged_requests(server)[before:]] == [
        ("Hello there, my friend.", "What is said.", None),
        ("And you?", "What is said.", None),
        ("你好。", None, None),
        ("Hello.", None, "Like a robot."),
    ]
    # a tenth of a second per letter, and the silence between sentences
    assert seconds == pytest.approx([2.3 + 0.2 + 0.8, 0.3, 0.6], abs=0.01)


def test_speech_is_streamed(replicas: tuple[RunningServer, RunningServer]) -> None:
    chunks = list(synthesizer_spec(replicas[0]).load().stream(request(LONG)))
    assert len(chunks) > 5
    assert {chunk.audio.rate for chunk in chunks} == {24_000}
    assert [chunk.text for chunk in chunks if chunk.text] == [LONG]


def test_closing_the_stream_cancels_the_request(replicas: tuple[RunningServer, RunningServer]) -> None:
    server = replicas[0]
    chunks = synthesizer_spec(server).load().stream(request(LONG))
    next(chunks)
    id_ = logged_requests(server)[-1]["id"]
    assert f'"event": "cancelled", "id": "{id_}"' not in server.output()
    chunks.close()  # type: ignore[attr-defined]
    server.wait_for(f'"event": "cancelled", "id": "{id_}"')


def test_long_clip_is_recognized_in_windows_with_times_of_the_clip(
    replicas: tuple[RunningServer, RunningServer],
) -> None:
    clip = audio.concat([audio.load(example("en").path)] * 9, [1.5] * 8)
    before = len(logged_requests(replicas[0]))
    segments = list(recognizer_spec(replicas[0]).load().transcribe(clip, RecognitionOptions(language="en")))
    rows = logged_requests(replicas[0])[before:]
    assert len(rows) == len(segments) > 2
    assert all(row["language"] == "en" and row["seconds"] <= 30.0 for row in rows)
    assert [segment.text for segment in segments] == [f"en, {row['seconds']:.1f} s." for row in rows]
    assert segments[-1].end == pytest.approx(clip.duration, abs=0.6)
    with pytest.raises(Unsupported, match="hotwords"):
        recognizer_spec(replicas[0]).load().transcribe(clip, RecognitionOptions(language="en", hotwords=("Qwen",)))


def test_rejected_request_is_a_user_error(replicas: tuple[RunningServer, RunningServer]) -> None:
    server = replicas[0]
    engine = remote.synthesizer(Endpoint(server.url, MODEL, "generic", voices=("amy",)), "").load()
    with pytest.raises(
        FunAudioError, match=r"rejected the request \(400\): .*reference.* Change the input, or choose another model"
    ):
        list(engine.stream(SpeechRequest("Hello.", "en", Voice("amy", "en", preset="amy"))))


def test_app_speaks_with_the_remote_engine(replicas: tuple[RunningServer, RunningServer], tmp_path: Path) -> None:
    server = replicas[1]
    with serve(["app.py"], tmp_path / "app.txt", FUNAUDIO_TTS_URL=f"{server.url}#{MODEL}") as site:
        client = Client(site, verbose=False)
        clip = example("en")
        path, facts = client.predict(
            clip=handle_file(clip.path), text="Far away.", transcript=clip.text, consent=True, api_name="/clone"
        )
    assert audio.load(path).duration == pytest.approx(0.9, abs=0.01)
    assert facts["seed"] >= 0
    row = logged_requests(server)[-1]
    assert (row["text"], row["reference_text"], row["instructions"]) == ("Far away.", clip.text, None)


def test_death_of_a_replica_loses_only_its_own_request(
    router: RunningServer, replicas: tuple[RunningServer, RunningServer]
) -> None:
    engine = synthesizer_spec(router).load()
    counts = [len(logged_requests(replica)) for replica in replicas]
    chunks = engine.stream(request(LONG))
    next(chunks)
    (busy,) = [
        replica for replica, count in zip(replicas, counts, strict=True) if len(logged_requests(replica)) > count
    ]
    (other,) = [replica for replica in replicas if replica is not busy]
    busy.kill()
    with pytest.raises(FunAudioError, match="disconnected"):
        list(chunks)
    before = len(logged_requests(other))
    for number in range(4):
        assert list(engine.stream(request(f"Sentence {number}.")))
    assert len(logged_requests(other)) == before + 4
    assert httpx.get(f"{router.url}/models").is_success
