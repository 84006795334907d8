"""Every page as a tool for agents, asked by the official MCP client."""

from __future__ import annotations

import ast
import asyncio
import base64
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from mcp import ClientSession, types
from mcp.client.streamable_http import streamable_http_client

from funaudio_core.text import error_rate
from tests import fakes
from tests.conftest import example

T = TypeVar("T")
TEXT = "The quick brown fox jumps over the lazy dog."
TOOLS = {"recognize", "clone", "cross_lingual", "instruct", "translate", "chat"}


def ask(site: str, question: Callable[[ClientSession], Awaitable[T]]) -> T:
    """What an agent learns in a session of its own."""

    async def session() -> T:
        async with (
            streamable_http_client(f"{site}gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            return await question(session)

    return asyncio.run(session())


def call(site: str, tool: str, **arguments: Any) -> list[str]:
    """What the tool says, as texts. Raises RuntimeError with its sentence where it refuses."""

    async def watch(progress: float, total: float | None, message: str | None) -> None:
        """Whoever watches the progress gets every part of the answer by itself."""

    answer = ask(site, lambda session: session.call_tool(tool, arguments, progress_callback=watch))
    texts = [part.text for part in answer.content if isinstance(part, types.TextContent)]
    if answer.isError:
        raise RuntimeError(" ".join(texts))
    return texts


def sound(path: Path) -> str:
    """A clip as agents send it that can't upload."""
    return f"data:audio/flac;base64,{base64.b64encode(path.read_bytes()).decode()}"


def heard(url: str, folder: Path) -> str:
    path = folder / "answer.wav"
    path.write_bytes(httpx.get(url).content)
    return fakes.heard(path)


def test_every_page_is_a_tool_that_explains_itself(site: str) -> None:
    tools = {tool.name: tool for tool in ask(site, lambda session: session.list_tools()).tools}
    assert set(tools) == TOOLS
    for name, tool in tools.items():
        assert len(tool.description or "") > 40
        for parameter, schema in tool.inputSchema["properties"].items():
            assert len(schema.get("description", "")) > 10, (name, parameter)
            assert schema.get("type"), (name, parameter)


def test_recognize(site: str) -> None:
    row = example("en", "happy")
    text, facts = call(site, "recognize", clip=sound(row.path), language="en")
    assert error_rate.error_rate(row.text, text, "en") <= 0.1
    assert ast.literal_eval(facts)["emotion"]["label"] == "happy"


def test_an_agent_that_asks_for_no_progress_is_answered_too(site: str) -> None:
    """By Gradio 6.31 in one text that holds all parts."""
    row = example("en", "happy")
    order = {"clip": sound(row.path), "language": "en"}
    answer = ask(site, lambda session: session.call_tool("recognize", order))
    assert not answer.isError
    assert "happy" in str(answer.content[0])


def test_clone(site: str, tmp_path: Path) -> None:
    row = example("en", "angry")
    url, facts = call(site, "clone", clip=sound(row.path), text=TEXT, transcript=row.text, seed=5, consent=True)
    assert heard(url, tmp_path) == TEXT
    assert ast.literal_eval(facts)["seed"] == 5


def test_cross_lingual(site: str, tmp_path: Path) -> None:
    text = "Mañana por la mañana iremos juntos al mercado."
    url, _ = call(site, "cross_lingual", clip=sound(example("en").path), text=text, language="es", consent=True)
    assert heard(url, tmp_path) == text


def test_instruct(site: str, tmp_path: Path) -> None:
    url, facts = call(site, "instruct", text=TEXT, instruction="very slowly", seed=5)
    assert heard(url, tmp_path) == TEXT
    assert "slow" in facts


def test_translate(site: str, tmp_path: Path) -> None:
    url, _, translation, _ = call(site, "translate", clip=sound(example("es").path), target="en", source="es")
    assert sorted(translation.split()) == sorted(example("es").text.split())
    assert heard(url, tmp_path) == translation


def test_chat(site: str, tmp_path: Path) -> None:
    url, reply, _ = call(site, "chat", text="I passed my exam today and I am so happy!")
    assert heard(url, tmp_path) == reply


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("clone", {"text": TEXT, "consent": False}, "Tick the box"),
        ("recognize", {"language": "xx"}, "Unknown language code"),
    ],
)
def test_a_refusal_is_a_sentence(site: str, tool: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words) as refused:
        call(site, tool, clip=sound(example("en").path), **arguments)
    assert "Traceback" not in str(refused.value)
