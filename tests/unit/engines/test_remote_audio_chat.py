"""Fun-Audio-Chat on a server like vLLM, which hears clips and answers in text: a fake that checks what vLLM checks."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Iterator
from typing import Any

import pytest

from funaudio_core.engines import remote
from funaudio_core.engines.llm.audio_chat_prompts import TEXT_PROMPT
from funaudio_core.engines.remote.endpoint import Endpoint
from funaudio_core.engines.spoken_chat import ASSISTANT, HEARS, SPEAKS, USER, SpokenConversation, SpokenTurn
from funaudio_core.errors import BadInput, FunAudioError
from tests.conftest import noise
from tests.remote_fake import Answer, Asked, Fake, serving

CHAT = "/v1/chat/completions"
MODEL = "FunAudioLLM/Fun-Audio-Chat-8B"
TOOLS = ({"type": "function", "function": {"name": "go", "parameters": {"type": "object", "properties": {}}}},)


def _refuse(reason: str) -> Answer:
    return Answer({"error": {"message": reason, "type": "BadRequestError", "code": 400}}, 400)


def answer_like_vllm(*pieces: str) -> Any:
    """Return a function that checks a request and streams pieces in vLLM's form."""

    def answer(asked: Asked) -> Answer:
        body = asked.body
        if body["model"] != MODEL:
            return Answer({"error": {"message": f"The model `{body['model']}` does not exist."}}, 404)
        for message in body["messages"]:
            if isinstance(message["content"], str):
                continue
            for part in message["content"]:
                if part["type"] not in ("text", "input_audio"):
                    return _refuse(f"Unknown part type: {part['type']}")
                if part["type"] == "input_audio":
                    with wave.open(io.BytesIO(base64.b64decode(part["input_audio"]["data"], validate=True))) as file:
                        assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
                    assert part["input_audio"]["format"] == "wav"
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)]
        events: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        events += [{"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}, {"choices": []}]
        sent = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
        return Answer(iter([*sent, b"data: [DONE]\n\n"]), type="text/event-stream")

    return answer


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as server:
        yield server


def converse(fake: Fake, *turns: SpokenTurn, model: str = MODEL, **options: Any) -> list[Any]:
    spec = remote.spoken_chatbot(Endpoint(fake.url, model), "")
    return list(spec.load().converse(SpokenConversation(turns, **options)))


def test_it_hears_and_writes_but_does_not_speak() -> None:
    spec = remote.spoken_chatbot(Endpoint("http://127.0.0.1:9/v1", MODEL), "")
    assert HEARS in spec.capabilities
    assert SPEAKS not in spec.capabilities
    assert (spec.name, spec.title, spec.tier) == ("remote-audio-chat", "Fun-Audio-Chat-8B", "remote")


def test_clips_and_history_are_sent_as_the_model_was_trained(fake: Fake) -> None:
    fake.answers[CHAT] = answer_like_vllm("It is ", "Monday.")
    turns = (
        SpokenTurn(USER, clips=(noise(0.5, rate=48_000),)),
        SpokenTurn(ASSISTANT, "Good morning."),
        SpokenTurn(USER, "Answer in a word.", clips=(noise(0.5),)),
    )
    pieces = converse(fake, *turns, persona="A tired pilot.", max_tokens=50)
    assert [piece.text for piece in pieces] == ["It is ", "Monday."]
    body = fake.of(CHAT)[0].body
    system, first, second, third = body["messages"]
    assert system == {"role": "system", "content": f"{TEXT_PROMPT} A tired pilot."}
    assert [part["type"] for part in first["content"]] == ["input_audio"]
    assert second == {"role": "assistant", "content": "Good morning."}
    assert [part["type"] for part in third["content"]] == ["input_audio", "text"]
    assert third["content"][1]["text"] == "Answer in a word."
    assert (body["max_tokens"], body["temperature"], body["stream"]) == (50, 0.0, True)


def test_tools_are_offered_in_the_published_prompt(fake: Fake) -> None:
    call = '<tool_call>\n{"name": "go", "arguments": {}}\n</tool_call>'
    fake.answers[CHAT] = answer_like_vllm(call)
    assert [piece.text for piece in converse(fake, SpokenTurn(USER, clips=(noise(0.5),)), tools=TOOLS)] == [call]
    assert f"<tools>\n{json.dumps(TOOLS[0])}\n</tools>" in fake.of(CHAT)[0].body["messages"][0]["content"]


def test_earliest_turns_are_left_out_when_the_clips_are_too_long(fake: Fake) -> None:
    fake.answers[CHAT] = answer_like_vllm("Yes.")
    long = SpokenTurn(USER, clips=(noise(200.0, rate=8_000),))
    first, *rest = converse(fake, long, SpokenTurn(ASSISTANT, "One."), long)
    assert first.dropped_turns == 2
    assert [piece.text for piece in rest] == ["Yes."]
    assert len(fake.of(CHAT)[0].body["messages"]) == 2
    with pytest.raises(BadInput, match="the limit of the model is 300 s"):
        converse(fake, SpokenTurn(USER, clips=(noise(301.0, rate=8_000),)))


def test_failures_are_told(fake: Fake) -> None:
    fake.answers[CHAT] = answer_like_vllm("Yes.")
    with pytest.raises(FunAudioError, match="does not exist"):
        converse(fake, SpokenTurn(USER, clips=(noise(0.5),)), model="other/model")
    with pytest.raises(BadInput, match="no question"):
        converse(fake, SpokenTurn(USER, " "))
