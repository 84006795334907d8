"""Stored demonstrations of the Audio chat page, shown as the abilities show their answers."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import gradio as gr

from funaudio_core import audio
from funaudio_core.engines.spoken_chat import ASSISTANT, USER
from funaudio_core.text import instructions
from funaudio_core.tools import sets
from funaudio_core.tools.calls import Call, CallReply
from server.updates import Update
from tabs.audio_chat.calling import Order, calls_html
from tabs.audio_chat.manner import asked_html
from tabs.audio_chat.questions import Talk, message
from tabs.audio_chat.understanding import answer_html, evidence_html
from tabs.components import demonstrations
from tabs.components.demonstrations import Demonstration
from tabs.components.drawings import timeline
from tabs.components.outputs import playable
from tabs.components.player import Playback

SIDES = {"sad": "first", "happy": "second"}  # where an empathy demonstration is shown


def _status(demonstration: Demonstration) -> str:
    return demonstrations.stored_text(demonstration)


def _play(demonstration: Demonstration) -> str:
    assert demonstration.result is not None
    return Playback().add(audio.load(demonstration.result))


def _show_question(demonstration: Demonstration) -> Update:
    """Show a question and its answer in place of the conversation, which then can go on."""
    heard, reply = demonstration.facts["heard"], demonstration.texts["reply"]
    turns = ((USER, heard, "", None), (ASSISTANT, reply, "", None))
    clip = demonstrations.clip_value(demonstration)
    messages = ({"role": USER, "content": {"path": clip}}, message(USER, heard), message(ASSISTANT, reply))
    return Talk(turns, messages).show(live=_play(demonstration), status=_status(demonstration), text="")


def _show_understanding(demonstration: Demonstration) -> Update:
    assert demonstration.clip is not None
    inputs, facts = demonstration.inputs, demonstration.facts
    choices = inputs.get("choices", "")
    heard = timeline.from_dict(facts["transcript"])
    return Update(
        clip=demonstrations.clip_value(demonstration),
        question=inputs["question"],
        choices=choices,
        answer=answer_html(demonstration.texts["reply"], choices, is_complete=True),
        heard=evidence_html(heard, audio.load(demonstration.clip)),
        status=_status(demonstration),
    )


def _show_calling(demonstration: Demonstration) -> Update:
    calls = tuple(Call(call["name"], call["arguments"]) for call in demonstration.facts["calls"])
    name = demonstration.inputs["tools"]
    return Update(
        clip=demonstrations.clip_value(demonstration),
        text="",
        tool_set=name,
        tools=sets.to_json(name),
        calls=calls_html(CallReply(calls, (), ""), demonstration.facts.get("results")),
        reply=f"<pre>{escape(chr(10).join(call.to_text() for call in calls))}</pre>",
        answer=f"<p>{escape(demonstration.texts['reply'])}</p>",
        order=Order(),
        execute=gr.Button(interactive=False),
        status=_status(demonstration),
    )


def _show_manner(demonstration: Demonstration) -> Update:
    assert demonstration.result is not None
    take = audio.load(demonstration.result)
    wanted = instructions.interpret(demonstration.facts["heard"])
    return Update(
        clip=demonstrations.clip_value(demonstration),
        text="",
        persona=demonstration.inputs["persona"],
        answer=f"<p>{escape(demonstration.texts['reply'])}</p>",
        asked=asked_html(wanted, take, None, None),
        live=_play(demonstration),
        status=_status(demonstration),
    )


def _show_empathy(demonstration: Demonstration) -> Update:
    assert demonstration.result is not None
    side = SIDES[demonstration.name]
    clip = demonstrations.clip_value(demonstration)
    values: dict[str, Any] = {
        f"{side}": clip,
        f"{side}_with": f"<p>{escape(demonstration.texts['reply'])}</p>",
        f"{side}_sound": playable(audio.load(demonstration.result)),
    }
    return Update(status=_status(demonstration), **values)


SHOW: dict[str, Callable[[Demonstration], Update]] = {
    "questions": _show_question,
    "understanding": _show_understanding,
    "calling": _show_calling,
    "manner": _show_manner,
    "empathy": _show_empathy,
}
