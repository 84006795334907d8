"""SGLang-Omni's own server, pipeline and router at the other end, around a stage of ours. `make remote` runs this."""

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
from tests.remote_servers.running import Running, running

pytestmark = pytest.mark.remote
HERE = ROOT / "tests" / "remote_servers"
MODEL = "cosyvoice3"
LONG = "This is one long sentence without any end in sight that goes on and on for quite a while"


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Running]]:
    folder = tmp_path_factory.mktemp("sglang")
    (folder / "config.json").write_text("{}")
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                running(
                    lambda port: ["python", "sglang_stage.py", str(port), str(folder)],
                    folder / f"replica{number}.txt",
                    folder=HERE,
                )
            )
            for number in range(2)
        )
        yield first, second


@pytest.fixture(scope="module")
def router(replicas: tuple[Running, Running], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    workers = [replica.url.removesuffix("/v1") for replica in replicas]

    def command(port: int) -> list[str]:
        return ["sgl-omni-router-py", "--port", str(port), "--worker-urls", *workers, "--policy", "round_robin"]

    with running(command, tmp_path_factory.mktemp("router") / "log.txt") as server:
        yield server


def voice(server: Running) -> EngineSpec[Synthesizer]:
    return remote.synthesizer(Endpoint(server.url, MODEL), "", tuple(registry.SYNTHESIZERS.values()))


def ear(server: Running) -> EngineSpec[Recognizer]:
    return remote.recognizer(Endpoint(server.url, "fun-asr-nano"), "", tuple(registry.RECOGNIZERS.values()))


def line(text: str, language: str = "en", instruction: str = "") -> SpeechRequest:
    clip = audio.load(example("en").path)
    return SpeechRequest(
        text, language, Voice("reference", "en", clip=clip, text="What is said."), Style(instruction=instruction)
    )


def asked(server: Running) -> list[dict[str, Any]]:
    """What the stage was asked for, in order."""
    lines = [row for row in server.printed().splitlines() if row.startswith('{"what": "asked"')]
    return [json.loads(row) for row in lines]


def test_it_is_known_for_what_it_is(replicas: tuple[Running, Running]) -> None:
    spec = voice(replicas[0])
    spec.load()
    assert spec.refreshed is not None
    assert spec.refreshed().title == "cosyvoice3 (SGLang-Omni)"
    assert {"voice-clone", "cross-lingual", "instruct"} <= spec.refreshed().capabilities


def test_all_three_modes_arrive_as_they_are_meant(replicas: tuple[Running, Running]) -> None:
    server = replicas[0]
    engine, before = voice(server).load(), len(asked(server))
    sentences = [
        line("Hello there, my friend. And you?"),
        line("你好。", "zh"),
        line("Hello.", instruction="Like a robot."),
    ]
    seconds = [sum(piece.audio.duration for piece in engine.stream(each)) for each in sentences]
    assert [(row["text"], row["said"], row["told"]) for row in asked(server)[before:]] == [
        ("Hello there, my friend.", "What is said.", None),
        ("And you?", "What is said.", None),
        ("你好。", None, None),
        ("Hello.", None, "Like a robot."),
    ]
    # a tenth of a second a letter, and the silence between sentences
    assert seconds == pytest.approx([2.3 + 0.2 + 0.8, 0.3, 0.6], abs=0.01)


def test_speech_is_heard_while_it_is_made(replicas: tuple[Running, Running]) -> None:
    pieces = list(voice(replicas[0]).load().stream(line(LONG)))
    assert len(pieces) > 5
    assert {piece.audio.rate for piece in pieces} == {24_000}
    assert [piece.text for piece in pieces if piece.text] == [LONG]


def test_who_leaves_is_noticed_there(replicas: tuple[Running, Running]) -> None:
    server = replicas[0]
    pieces = voice(server).load().stream(line(LONG))
    next(pieces)
    name = asked(server)[-1]["id"]
    assert f'"what": "left", "id": "{name}"' not in server.printed()
    pieces.close()  # type: ignore[attr-defined]
    server.wait_for(f'"what": "left", "id": "{name}"')


def test_transcripts_come_with_times_of_the_clip(replicas: tuple[Running, Running]) -> None:
    clip = audio.concat([audio.load(example("en").path)] * 9, [1.5] * 8)
    before = len(asked(replicas[0]))
    segments = list(ear(replicas[0]).load().transcribe(clip, RecognitionOptions(language="en")))
    rows = asked(replicas[0])[before:]
    assert len(rows) == len(segments) > 2
    assert all(row["language"] == "en" and row["seconds"] <= 30.0 for row in rows)
    assert [segment.text for segment in segments] == [f"en, {row['seconds']:.1f} s." for row in rows]
    assert segments[-1].end == pytest.approx(clip.duration, abs=0.6)
    with pytest.raises(Unsupported, match="hotwords"):
        ear(replicas[0]).load().transcribe(clip, RecognitionOptions(language="en", hotwords=("Qwen",)))


def test_what_it_refuses_is_a_sentence_of_its_own(replicas: tuple[Running, Running]) -> None:
    server = replicas[0]
    presets = remote.synthesizer(Endpoint(server.url, MODEL, "generic", voices=("amy",)), "").load()
    with pytest.raises(
        FunAudioError, match=r"rejected the request \(400\): .*reference.* Change the input, or choose another model"
    ):
        list(presets.stream(SpeechRequest("Hello.", "en", Voice("amy", "en", preset="amy"))))


def test_a_visitor_of_the_app_hears_the_engine_far_away(replicas: tuple[Running, Running], tmp_path: Path) -> None:
    server = replicas[1]
    with serve(["app.py"], tmp_path / "app.txt", FUNAUDIO_TTS_URL=f"{server.url}#{MODEL}") as site:
        client = Client(site, verbose=False)
        clip = example("en")
        sound, facts = client.predict(
            clip=handle_file(clip.path), text="Far away.", transcript=clip.text, consent=True, api_name="/clone"
        )
    assert audio.load(sound).duration == pytest.approx(0.9, abs=0.01)
    assert facts["seed"] >= 0
    row = asked(server)[-1]
    assert (row["text"], row["said"], row["told"]) == ("Far away.", clip.text, None)


def test_one_of_two_replicas_dies_and_only_its_own_work_is_lost(
    router: Running, replicas: tuple[Running, Running]
) -> None:
    engine = voice(router).load()
    counts = [len(asked(replica)) for replica in replicas]
    pieces = engine.stream(line(LONG))
    next(pieces)
    (busy,) = [replica for replica, count in zip(replicas, counts, strict=True) if len(asked(replica)) > count]
    (other,) = [replica for replica in replicas if replica is not busy]
    busy.kill()
    with pytest.raises(FunAudioError, match="disconnected"):
        list(pieces)
    before = len(asked(other))
    for number in range(4):
        assert list(engine.stream(line(f"Sentence {number}.")))
    assert len(asked(other)) == before + 4
    assert httpx.get(f"{router.url}/models").is_success
