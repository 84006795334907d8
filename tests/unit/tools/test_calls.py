"""Calls in a reply: the reference's verdicts, and what is wrong with a call in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from funaudio_core.tools import sets
from funaudio_core.tools.calls import MAX_CALLS, Call, CallDecodingError, decode_for_scoring, read_calls
from tests.conftest import ROOT

CASES = json.loads((ROOT / "tests/golden/fun_audio_chat/tool_calls.json").read_text(encoding="utf-8"))
HOME = sets.tools_of("home")


def wrap(*calls: dict[str, Any]) -> str:
    return "\n".join(f"<tool_call>\n{json.dumps(call)}\n</tool_call>" for call in calls)


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_verdicts_are_those_of_the_reference(case: dict[str, Any]) -> None:
    if case["status"] == "decoder_failed":
        with pytest.raises(CallDecodingError):
            decode_for_scoring(case["text"])
        return
    decoded = json.loads(json.dumps(decode_for_scoring(case["text"])))
    assert repr(decoded) == repr(case["calls"])  # NaN equals itself as text only


def test_calls_that_fit_are_read_in_order_with_the_words_around_them() -> None:
    on = {"name": "set_light", "arguments": {"room": "kitchen", "on": True}}
    lock = {"name": "lock_door", "arguments": {"door": "garage", "locked": False}}
    reply = read_calls(f"One moment.\n{wrap(on)} {wrap(lock)}<|im_end|>", HOME)
    assert [call.name for call in reply.calls] == ["set_light", "lock_door"]
    assert (reply.faults, reply.words) == ((), "One moment.")
    assert read_calls(reply.calls[0].to_text(), HOME).calls == reply.calls[:1]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ({"name": "fly", "arguments": {}}, "There is no tool fly. The tools are: set_light"),
        ({"name": "set_light", "arguments": {"room": "kitchen"}}, "set_light: the argument on is missing."),
        ({"name": "set_light", "arguments": {"room": "moon", "on": True}}, "room must be one of living room, bedroom"),
        ({"name": "set_light", "arguments": {"room": "hall", "on": 1}}, "on must be true or false, not 1."),
        ({"name": "set_light", "arguments": {"room": "hall", "on": True, "hue": 1}}, "set_light has no argument hue."),
        (
            {"name": "set_thermostat", "arguments": {"room": "hall", "celsius": 99}},
            "celsius must be at most 30, not 99",
        ),
        ({"name": "set_light", "arguments": ["hall"]}, "set_light: the arguments must be an object."),
        ({"tool": "set_light"}, "A call must have the form"),
    ],
)
def test_a_call_that_does_not_fit_is_told_with_its_place(call: dict[str, Any], fault: str) -> None:
    reply = read_calls(wrap(call), HOME)
    assert reply.calls == ()
    assert fault in str(reply.faults[0])


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("<tool_call>{'name': 1}</tool_call>", "A call isn't JSON"),
        ('<tool_call>{"name": "set_light", "arguments": {"on": NaN}}</tool_call>', "NaN is no JSON number"),
        ('<tool_call>{"name": "get_home_status", "arguments": {}}', "A call doesn't end with </tool_call>"),
    ],
)
def test_broken_json_is_told(written: str, fault: str) -> None:
    reply = read_calls(written, HOME)
    assert reply.calls == ()
    assert fault in str(reply.faults[0])


def test_a_refusal_has_words_and_no_calls() -> None:
    reply = read_calls("<think><tool_call>{}</tool_call></think>No tool can do that.", HOME)
    assert (reply.calls, reply.faults, reply.words) == ((), (), "No tool can do that.")


def test_a_closing_tag_within_a_text_ends_no_call() -> None:
    call = Call("play_music", {"query": "} </tool_call>"})
    assert read_calls(call.to_text(), HOME).calls == (call,)


def test_too_many_calls_are_cut_off_and_told() -> None:
    reply = read_calls(wrap(*[{"name": "get_home_status", "arguments": {}}] * (MAX_CALLS + 1)), HOME)
    assert len(reply.calls) == MAX_CALLS
    assert "the limit is 8" in str(reply.faults[0])
