"""The Audio chat page through the API, with a scripted spoken chatbot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from funaudio_core.tools import sets
from tests import fakes
from tests.conftest import example, noise, write

ENGINE = "qwen2.5-coder-1.5b"
OWN_CLIP = (None, "", False)  # clip, transcript and consent of the visitor's own voice
MODELS = (ENGINE, "kokoro", "af_heart", 0, *OWN_CLIP)


@pytest.fixture(scope="module")
def client(site: str) -> Client:
    return Client(site, verbose=False)


def last_values(client: Client, *arguments: Any, api_name: str) -> list[Any]:
    """Return the last value of each output of a handler that yields updates."""
    job = client.submit(*arguments, api_name=api_name)
    job.result()
    values: list[Any] = []
    for step in job.outputs():
        values = values or [None] * len(step)
        values = [old if isinstance(new, dict) else new for old, new in zip(values, step, strict=True)]
    return values


@pytest.fixture
def request_clip(tmp_path: Path) -> Any:
    return handle_file(write(tmp_path / "request.wav", fakes.say("Set a timer twice.")))


def test_a_clip_is_answered_in_speech(client: Client, tmp_path: Path) -> None:
    clip = handle_file(write(tmp_path / "question.wav", fakes.say("Where is the moon?")))
    path, text, facts = client.predict(clip, api_name="/answer_clip")
    assert text == "You said: Where is the moon?."
    assert "Where" in fakes.heard(path)
    assert facts["heard"] == "Where is the moon?"
    assert facts["models"][0] == "Qwen2.5-Coder-1.5B-Instruct"


def test_a_question_about_a_clip_is_answered_with_evidence(client: Client) -> None:
    row = example("en", "angry")
    answer, facts = client.predict(handle_file(row.path), "Is there anger?", "yes\nno", ENGINE, api_name="/ask_clip")
    assert "Is there anger? Choose the correct option" in answer
    assert facts["choice"] in ("", "A", "B")
    assert "angry" in [segment["emotion"]["label"] for segment in facts["transcript"]["segments"]]


def test_tools_are_called_and_run(client: Client, request_clip: Any) -> None:
    text, facts = client.predict(request_clip, "weather_timer", ENGINE, True, api_name="/call_tools")
    assert [call["name"] for call in facts["calls"]] == ["set_timer", "set_timer"]
    assert [result["rings_in"] for result in facts["results"]] == ["1 minute", "1 minute"]
    assert text.startswith("You said:")


def test_no_tool_fits(client: Client, tmp_path: Path) -> None:
    clip = handle_file(write(tmp_path / "other.wav", fakes.say("Sing a song.")))
    text, facts = client.predict(clip, "home", ENGINE, True, api_name="/call_tools")
    assert (text, facts["calls"], facts["faults"]) == ("", [], [])


def test_a_broken_call_is_repaired_once(client: Client, tmp_path: Path) -> None:
    clip = handle_file(write(tmp_path / "broken.wav", fakes.say("Please break the timer.")))
    _, facts = client.predict(clip, "weather_timer", ENGINE, False, api_name="/call_tools")
    assert facts["calls"] == [{"name": "set_timer", "arguments": {"seconds": 60}}]
    assert facts["faults"] == []


def test_tools_of_the_visitor_are_checked(client: Client, request_clip: Any) -> None:
    with pytest.raises(AppError, match="this is not JSON"):
        client.predict(request_clip, '[{"name": ', ENGINE, True, api_name="/call_tools")
    own = json.dumps([{"name": "launch", "parameters": {"type": "object", "properties": {}}}])
    _, facts = client.predict(request_clip, own, ENGINE, True, api_name="/call_tools")
    assert facts["calls"] == []
    assert any("There is no tool set_timer" in fault for fault in facts["faults"])


def test_a_small_model_says_what_it_cannot_do(client: Client, request_clip: Any) -> None:
    with pytest.raises(AppError, match=r"too small.*Qwen2\.5"):
        client.predict(request_clip, "home", "smollm2-135m", True, api_name="/call_tools")
    with pytest.raises(AppError, match="too small"):
        client.predict(request_clip, "Who?", "", "smollm2-135m", api_name="/ask_clip")


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_clips_without_speech_end_in_a_sentence(client: Client, tmp_path: Path, seconds: float) -> None:
    silence = handle_file(write(tmp_path / "silence.wav", noise(max(seconds, 0.01), level=seconds / 10)))
    with pytest.raises(AppError, match=r"\w+ .*\."):
        client.predict(silence, api_name="/answer_clip")


def test_a_typed_conversation_remembers_its_turns(site: str) -> None:
    client = Client(site, verbose=False)
    first = client.predict("Hello there.", *MODELS, api_name="/on_audio_chat_text")
    second = client.predict("And again.", *MODELS, api_name="/on_audio_chat_text")
    history = second[0]
    roles = [message["role"] for message in history]
    assert roles == ["user", "assistant", "assistant", "user", "assistant", "assistant"]
    assert "Hello there" in str(first[0])
    assert "first sound after" in second[2]
    assert "answered by Qwen2.5-Coder-1.5B-Instruct, Kokoro-82M" in second[2]


def test_calls_are_shown_then_run(site: str) -> None:
    client = Client(site, verbose=False)
    tools = sets.to_json("weather_timer")
    written = last_values(
        client, None, "Set a timer twice.", tools, "weather_timer", *MODELS, api_name="/on_audio_chat_call"
    )
    status, calls, reply = written[:3]
    assert calls.count("<td>set_timer</td>") == 2
    assert "tool_call" in reply
    assert "answered by" in status
    ran = last_values(client, None, *MODELS, api_name="/on_audio_chat_run")
    assert "rings_in: 1 minute" in ran[1]
    assert "You said" in ran[3]


def test_calls_cannot_be_run_before_they_are_written(site: str) -> None:
    with pytest.raises(AppError, match="There are no calls to run"):
        Client(site, verbose=False).predict(None, *MODELS, api_name="/on_audio_chat_run")


def test_what_was_asked_stands_beside_what_the_take_measures(client: Client) -> None:
    request = "Say it slowly and in a low voice."
    status, answer, live, asked = last_values(client, None, request, "", *MODELS, api_name="/on_audio_chat_manner")
    assert "Asked: slower, lower" in asked or "Asked:" in asked
    assert asked.count("<tr>") == 6
    assert "Say it slowly" in answer
    assert live
    assert "answered by" in status


def test_two_clips_are_answered_side_by_side(client: Client) -> None:
    sad, happy = (handle_file(example("en", emotion).path) for emotion in ("sad", "happy"))
    _, first, sound, plain, second, *_ = last_values(client, sad, happy, *MODELS, api_name="/on_audio_chat_empathy")
    assert "You sound sad." in first
    assert "You sound happy." in second
    assert "You sound unknown." in plain
    assert Path(sound).exists()
