"""Calls of tools: written by the model, repaired once if broken, run in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from funaudio_core.engines.spoken_chat import USER, SpokenTurn
from funaudio_core.message import join_messages
from funaudio_core.tools import mcp_servers, sandbox
from funaudio_core.tools.calls import Call, CallReply, read_calls
from funaudio_core.tools.schema import Tool
from tabs.audio_chat.controls import Models
from tabs.audio_chat.exchange import assistant_turn, conversation_of, follow

MAX_TOKENS = 400  # of the calls
REPAIR = "These calls can't be run: {faults} Write the calls again."


@dataclass(frozen=True, slots=True)
class Attempt:
    """Calls as far as they are written.

    Attributes:
        written: As the model wrote them.
        reply: Calls and faults in it.
        timing: Times in words.
        is_repaired: They replace broken ones.
    """

    written: str
    reply: CallReply
    timing: str
    is_repaired: bool = False


def write_calls(turns: tuple[SpokenTurn, ...], tools: Sequence[Tool], models: Models) -> Iterator[Attempt]:
    """Yield the growing calls for a request; the last one is final. If they have faults, the model writes them again.

    Args:
        turns: The request.
        tools: Tools that may be called.
        models: The models.
    """
    attempt = None
    for attempt in _write(turns, tools, models, is_repaired=False):
        yield attempt
    if attempt is None or not attempt.reply.faults:
        return
    complaint = REPAIR.format(faults=join_messages(attempt.reply.faults))
    again = (*turns, assistant_turn(attempt.written), SpokenTurn(USER, complaint))
    yield from _write(again, tools, models, is_repaired=True)


def _write(
    turns: tuple[SpokenTurn, ...], tools: Sequence[Tool], models: Models, *, is_repaired: bool
) -> Iterator[Attempt]:
    offered = tuple(tool.to_openai() for tool in tools)
    conversation = conversation_of(models, *turns, speak=False, tools=offered, max_tokens=MAX_TOKENS)
    written = ""
    for answer, _ in follow(conversation, models):
        if answer.text != written:
            written = answer.text
            yield Attempt(written, CallReply((), (), ""), answer.timing(), is_repaired)
    yield Attempt(written, read_calls(written, tools), answer.timing(), is_repaired)


def run_calls(
    calls: Sequence[Call], state: sandbox.SandboxState, source: str = ""
) -> tuple[sandbox.SandboxState, list[dict[str, Any]]]:
    """Return the new state of the tools and the result of each call. source: Set that the tools come from."""
    if mcp_servers.is_server(source):
        return state, [mcp_servers.run(source, call) for call in calls]
    results = []
    for call in calls:
        state, result = sandbox.run(call, state)
        results.append(result)
    return state, results


def response_text(calls: Sequence[Call], results: Sequence[dict[str, Any]]) -> str:
    """Return the results as the model gets them, in Qwen3's convention."""
    return "\n".join(
        f"<tool_response>\n{json.dumps({'name': call.name, **result}, ensure_ascii=False)}\n</tool_response>"
        for call, result in zip(calls, results, strict=True)
    )
