"""Chat models as spoken chatbots: what they read of a clip, and the form of their answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from funaudio_core.engines import registry
from funaudio_core.engines.llm import PromptedChatbot, evidence
from funaudio_core.engines.llm.chat_model import ChatMessage, Constraint
from funaudio_core.engines.llm.spoken import NO_TOOL, OUT_OF_REACH, PromptedSpokenChatbot
from funaudio_core.engines.spoken_chat import (
    ASSISTANT,
    HEARS,
    TOOLS,
    UNDERSTANDS,
    USER,
    SpokenConversation,
    SpokenTurn,
)
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.tools import sets
from funaudio_core.types import Emotion, Segment, Span, Transcript

HEARD = Transcript(
    (
        Segment(0.0, 1.5, "I lost my keys.", "en", emotion=Emotion("sad", 0.8), speaker="1"),
        Segment(1.5, 3.0, "Again?", "en", emotion=Emotion("happy", 0.2), speaker="2"),
    ),
    "en",
    0.99,
    3.2,
    "Whisper",
    (Span("speech", 0.0, 3.0), Span("laughter", 2.5, 3.2)),
    Emotion("sad", 0.8),
)
TOOLS_OF_HOME = tuple(tool.to_openai() for tool in sets.tools_of("home"))


class ScriptedModel:
    """Chat model that replies with a text and keeps what it was asked."""

    def __init__(self, reply: str) -> None:
        self.reply = reply
        self.messages: list[ChatMessage] = []
        self.constraint: Constraint | None = None

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return sum(len(message.text) for message in messages) // 4

    def generate(
        self, messages: Sequence[ChatMessage], max_tokens: int, seed: int | None, constraint: Constraint | None = None
    ) -> Iterator[str]:
        self.messages, self.constraint = list(messages), constraint
        return iter(self.reply)


def converse(model: ScriptedModel, *turns: SpokenTurn, **others: Any) -> str:
    chatbot = PromptedSpokenChatbot(lambda: PromptedChatbot(model, "Model", frozenset({"en"})))
    return "".join(piece.text for piece in chatbot.converse(SpokenConversation(turns, **others)))


def test_notes_tell_words_speakers_emotions_and_sounds() -> None:
    assert evidence.describe(HEARD).splitlines() == [
        "Recording of 3.2 s.",
        "Number of speakers: 2.",
        "Language: English.",
        "0.0-1.5 s, speaker 1, sounds sad: I lost my keys.",
        "1.5-3.0 s, speaker 2, sounds perhaps happy: Again?",
        "Other sounds: laughter from 2.5 to 3.2 s.",
    ]
    assert "Nobody speaks." in evidence.describe(Transcript((), "", 0.0, 1.0, "Whisper"))


def test_a_question_about_a_clip_is_answered_from_the_notes() -> None:
    model = ScriptedModel("Two people.")
    assert converse(model, SpokenTurn(USER, "How many?", heard=HEARD), speak=False) == "Two people."
    assert "speaker 2" in model.messages[-1].text
    assert model.messages[-1].text.endswith("Question: How many?")
    assert model.constraint is None


def test_one_of_the_choices_is_the_answer() -> None:
    model = ScriptedModel('"(B)two"')
    question = "How many? Choose the correct option from the following options:\n(A)one\n(B)two"
    assert converse(model, SpokenTurn(USER, question, heard=HEARD), speak=False) == "(B)two"
    assert model.constraint is not None
    assert model.constraint.schema == {"enum": ["(A)one", "(B)two"]}


def test_calls_are_constrained_to_the_tools() -> None:
    call = {"name": "set_light", "arguments": {"room": "kitchen", "on": True}}
    model = ScriptedModel(json.dumps([call]))
    reply = converse(model, SpokenTurn(USER, heard=HEARD), speak=False, tools=TOOLS_OF_HOME)
    assert reply == f"<tool_call>\n{json.dumps(call)}\n</tool_call>\n"
    assert model.messages[-1].text == HEARD.text
    assert [message.text for message in model.messages[1:-1:2]] == list(OUT_OF_REACH)
    assert model.constraint is not None
    assert model.constraint.schema is not None
    names = [each["properties"]["name"]["const"] for each in model.constraint.schema["items"]["anyOf"]]
    assert names == [*(tool["function"]["name"] for tool in TOOLS_OF_HOME), NO_TOOL]


def test_no_call_is_written_if_no_tool_fits() -> None:
    model = ScriptedModel(json.dumps([{"name": NO_TOOL, "arguments": {}}]))
    assert converse(model, SpokenTurn(USER, "Sing."), speak=False, tools=TOOLS_OF_HOME) == ""


def test_calls_that_are_cut_off_are_an_error() -> None:
    with pytest.raises(FunAudioError, match="cut off"):
        converse(ScriptedModel('[{"name": "set_l'), SpokenTurn(USER, "Light!"), tools=TOOLS_OF_HOME)


def test_results_of_calls_are_told_with_the_request() -> None:
    model = ScriptedModel("It is done.")
    turns = (
        SpokenTurn(USER, "Light!"),
        SpokenTurn(ASSISTANT, "…"),
        SpokenTurn(USER, "<tool_response>on</tool_response>"),
    )
    assert converse(model, *turns) == "It is done."
    assert "Request: Light!" in model.messages[-1].text
    assert "on" in model.messages[-1].text


def test_a_reply_in_conversation_knows_emotion_and_sounds() -> None:
    model = ScriptedModel("Style: sad; softly\nOh no.")
    assert converse(model, SpokenTurn(USER, heard=HEARD)).strip() == "Oh no."
    assert model.messages[-1].text.startswith("<voice: sad> <heard: laughter>")


def test_there_must_be_a_question() -> None:
    with pytest.raises(BadInput, match="no question"):
        converse(ScriptedModel(""), SpokenTurn(ASSISTANT, "Hello."))
    with pytest.raises(BadInput, match="nothing to reply to"):
        converse(ScriptedModel(""), SpokenTurn(USER, heard=Transcript((), "", 0.0, 1.0, "Whisper")))


def test_every_chat_model_is_a_spoken_chatbot_that_says_what_it_can() -> None:
    for name, spec in registry.CHATBOTS.items():
        spoken = registry.SPOKEN_CHATBOTS[name]
        assert HEARS not in spoken.capabilities
        assert (spoken.capabilities == {TOOLS, UNDERSTANDS}) == ("delivery" in spec.capabilities)
        assert spoken.artifacts == spec.artifacts


TOOLS_OF_WEATHER = tuple(tool.to_openai() for tool in sets.tools_of("weather_timer"))


@pytest.mark.parametrize(
    ("asked", "tools", "read"),
    [
        ("Wake me in two hours.", TOOLS_OF_WEATHER, "Wake me in two hours.\n(two hours = 7200 seconds)"),
        ("一个五分钟的倒计时", TOOLS_OF_WEATHER, "一个五分钟的倒计时\n(五分钟 = 300 seconds)"),
        ("A timer of 90 seconds.", TOOLS_OF_WEATHER, "A timer of 90 seconds."),
        ("Wake me in two hours.", TOOLS_OF_HOME, "Wake me in two hours."),
    ],
)
def test_lengths_of_time_are_noted_in_the_units_of_the_tools(asked: str, tools: tuple[Any, ...], read: str) -> None:
    model = ScriptedModel("[]")
    converse(model, SpokenTurn(USER, asked), tools=tools)
    assert model.messages[-1].text == read


@pytest.mark.parametrize(
    ("asked", "written", "kept"),
    [
        ("Turn off the light.", {"room": "hall", "on": False, "brightness": 1}, {"room": "hall", "on": False}),
        ("Dim it to forty percent.", {"room": "hall", "on": True, "brightness": 40}, None),
        ("Dim it to half.", {"room": "hall", "on": True, "brightness": 50}, None),
        ("亮度调到百分之四十", {"room": "hall", "on": True, "brightness": 40}, None),
    ],
)
def test_optional_numbers_that_nobody_said_are_left_out(
    asked: str, written: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    model = ScriptedModel(json.dumps([{"name": "set_light", "arguments": written}]))
    reply = converse(model, SpokenTurn(USER, asked), tools=TOOLS_OF_HOME)
    assert json.loads(reply.split("\n")[1])["arguments"] == (kept or written)


@pytest.mark.parametrize(
    ("asked", "written", "kept"),
    [
        ("Enter the dentist.", {"title": "dentist", "day": "today", "time": "09:00"}, {"title", "day"}),
        (
            "Enter the dentist at three.",
            {"title": "dentist", "day": "today", "time": "15:00"},
            {"title", "day", "time"},
        ),
        ("明天三点去看牙医", {"title": "牙医", "day": "明天", "time": "三点"}, {"title", "day", "time"}),
    ],
)
def test_optional_texts_that_nobody_said_are_left_out(asked: str, written: dict[str, Any], kept: set[str]) -> None:
    model = ScriptedModel(json.dumps([{"name": "add_event", "arguments": written}]))
    tools = tuple(tool.to_openai() for tool in sets.tools_of("calendar"))
    reply = converse(model, SpokenTurn(USER, asked), tools=tools)
    assert set(json.loads(reply.split("\n")[1])["arguments"]) == kept
