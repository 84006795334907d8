"""Calls of tools in a model's reply, `<tool_call>{"name": …, "arguments": {…}}</tool_call>`.

Two readers: read_calls() tells each fault, for pages; decode_for_scoring() gives the verdicts of Fun-Audio-Chat's own
evaluation, its oddities included, so that published numbers can be compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from funaudio_core.message import Message
from funaudio_core.tools.schema import MAX_QUOTED_CHARACTERS, Tool, find_argument_faults

MAX_CALLS = 8  # of one reply
OPEN, CLOSE = "<tool_call>", "</tool_call>"
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|$)", re.DOTALL)
_SPECIAL = re.compile(r"<\|[^|<>]*\|>")
_SCORED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """Call of a tool."""

    name: str
    arguments: Mapping[str, Any]

    def to_text(self) -> str:
        """Return the call as the model writes it."""
        call = {"name": self.name, "arguments": dict(self.arguments)}
        return f"{OPEN}\n{json.dumps(call, ensure_ascii=False)}\n{CLOSE}"


@dataclass(frozen=True, slots=True)
class CallReply:
    """Reply of a model that was offered tools.

    Attributes:
        calls: Calls that fit the tools, in order.
        faults: What is wrong with the others, in words.
        words: Text around the calls; all of a reply without any.
    """

    calls: tuple[Call, ...]
    faults: tuple[Message, ...]
    words: str


class CallDecodingError(ValueError):
    """A reply that the reference decoder can't decode at all."""


def read_calls(reply: str, tools: Sequence[Tool]) -> CallReply:
    """Return the calls of a reply, checked against the tools, with all faults.

    Calls within `<think>` don't count.
    """
    offered = {tool.name: tool for tool in tools}
    calls: list[Call] = []
    faults: list[Message] = []
    words: list[str] = []
    rest = _SPECIAL.sub("", _THOUGHTS.sub("", reply))
    while OPEN in rest:
        before, _, rest = rest.partition(OPEN)
        words.append(before)
        written, rest = _read_json(rest)
        if isinstance(written, Message):
            faults.append(written)
            continue
        call, problems = _check(written, offered)
        faults += problems
        if call is not None:
            calls.append(call)
    words.append(rest)
    if len(calls) > MAX_CALLS:
        faults.append(Message("The reply has {count} calls; the limit is {most}.", count=len(calls), most=MAX_CALLS))
    return CallReply(tuple(calls[:MAX_CALLS]), tuple(faults), " ".join(" ".join(words).split()))


def _read_json(rest: str) -> tuple[Any, str]:
    """Return the JSON behind an opening tag, or a Message with its fault, and what follows the closing tag."""
    body = rest.lstrip()
    try:
        value, end = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(body)
    except ValueError as error:
        fault = Message(
            "A call isn't JSON ({reason}): {written}", reason=_reason(error), written=_shorten(body.split(CLOSE)[0])
        )
        return fault, body.partition(CLOSE)[2]
    inside, closed, after = body[end:].partition(CLOSE)
    if not closed or inside.strip():
        return Message("A call doesn't end with {tag}: {written}", tag=CLOSE, written=_shorten(body)), after
    return value, after


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _reason(error: ValueError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _check(written: Any, offered: Mapping[str, Tool]) -> tuple[Call | None, tuple[Message, ...]]:  # noqa: ANN401 (JSON)
    """Return the call if it can be run, else its faults."""
    if not isinstance(written, dict) or not isinstance(written.get("name"), str) or "arguments" not in written:
        form = '{"name": …, "arguments": {…}}'
        shown = _shorten(json.dumps(written, ensure_ascii=False))
        return None, (Message("A call must have the form {form}, not {written}.", form=form, written=shown),)
    name, arguments = written["name"], written["arguments"]
    if isinstance(arguments, list) and len(arguments) == 1:
        arguments = arguments[0]
    if not isinstance(arguments, dict):
        return None, (Message("{tool}: the arguments must be an object.", tool=_shorten(name)),)
    if name not in offered:
        return None, (
            Message("There is no tool {name}. The tools are: {choices}.", name=_shorten(name), choices=tuple(offered)),
        )
    faults = find_argument_faults(offered[name], arguments)
    return (None if faults else Call(name, arguments)), faults


def _shorten(written: str) -> str:
    written = " ".join(written.split())
    return written if len(written) <= MAX_QUOTED_CHARACTERS else written[:MAX_QUOTED_CHARACTERS] + "…"


def decode_for_scoring(reply: str) -> list[dict[Any, Any]]:
    r"""Return the calls of a reply as {name: arguments}, as Fun-Audio-Chat's evaluation decodes them.

    A call whose JSON is broken is skipped; an escaped line break becomes a space, so that "\\n" breaks the JSON; a
    closing tag behind a brace ends a call even within a text; calls within `<think>` count.

    Raises:
        CallDecodingError: A call lacks its name or its arguments, or these are no object: the whole reply fails.
    """
    decoded = []
    for written in _SCORED.findall(reply):
        try:
            call = json.loads(written.strip().replace("\\n", " "))
        except ValueError:
            continue
        if "name" not in call or "arguments" not in call:
            raise CallDecodingError(f"a call has no name or no arguments: {written}")
        name, arguments = call["name"], call["arguments"]
        if isinstance(arguments, list) and len(arguments) == 1:
            arguments = arguments[0]
        if not isinstance(arguments, dict):
            raise CallDecodingError(f"the arguments are no object: {written}")
        decoded.append({name: arguments})
    return decoded
