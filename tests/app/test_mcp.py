"""MCP tools of the pages, called by the official client."""

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
PAGE_TOOLS = {"recognize", "clone", "cross_lingual", "instruct", "translate", "chat"}
AUDIO_CHAT_TOOLS = {"answer_clip", "ask_clip", "call_tools"}
SHOW_TOOLS = {"plan_audiobook", "narrate", "arrange_podcast", "speak_podcast"}
EVALUATION_TOOLS = {
    *("evaluate", "score_texts", "apply_condition", "listening_test_scores"),
    *("start_evaluation", "evaluation_progress", "evaluation_results", "delete_evaluation"),
}
TRAINING_TOOLS = {"train_words", "training_progress", "training_result", "delete_training"}
ADAPTER_TOOLS = {"add_adapter", "delete_adapter"}
TOOLS = PAGE_TOOLS | AUDIO_CHAT_TOOLS | SHOW_TOOLS | EVALUATION_TOOLS | TRAINING_TOOLS | ADAPTER_TOOLS


def ask(site: str, question: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Return the answer to a question that is asked in an MCP session of its own."""

    async def session() -> T:
        async with (
            streamable_http_client(f"{site}gradio_api/mcp/") as (reads, writes, _),
            ClientSession(reads, writes) as session,
        ):
            await session.initialize()
            return await question(session)

    return asyncio.run(session())


def call(site: str, tool: str, **arguments: Any) -> list[str]:
    """Call a tool and return its texts; raise RuntimeError with its error message."""

    async def watch(progress: float, total: float | None, message: str | None) -> None:
        """Ask for progress, so that each part of the answer is a text of its own."""

    answer = ask(site, lambda session: session.call_tool(tool, arguments, progress_callback=watch))
    texts = [part.text for part in answer.content if isinstance(part, types.TextContent)]
    if answer.isError:
        raise RuntimeError(" ".join(texts))
    return texts


def sound(path: Path) -> str:
    """Return a clip as agents send it that can't upload."""
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


def test_an_agent_without_progress_gets_an_answer(site: str) -> None:
    """Check the single text with all parts that Gradio 6.31 sends."""
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


def test_tools_take_a_pronunciation_table(site: str, tmp_path: Path) -> None:
    table = {"pronunciations": "fox = cat"}
    clip = {"clip": sound(example("en").path), "text": TEXT, "consent": True}
    for tool, order in (
        ("clone", clip),
        ("cross_lingual", {**clip, "language": "en"}),
        ("instruct", {"text": TEXT, "instruction": ""}),
    ):
        url, *_ = call(site, tool, **order, **table)
        assert heard(url, tmp_path) == TEXT.replace("fox", "cat")


def test_translate(site: str, tmp_path: Path) -> None:
    url, _, translation, _ = call(site, "translate", clip=sound(example("es").path), target="en", source="es")
    assert sorted(translation.split()) == sorted(example("es").text.split())
    assert heard(url, tmp_path) == translation


def test_chat(site: str, tmp_path: Path) -> None:
    url, reply, _ = call(site, "chat", text="I passed my exam today and I am so happy!")
    assert heard(url, tmp_path) == reply
    word = reply.split()[0]
    url, again, _ = call(site, "chat", text="I passed my exam today and I am so happy!", pronunciations=f"{word} = oh")
    assert again == reply
    assert heard(url, tmp_path) == reply.replace(word, "oh")


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("clone", {"text": TEXT, "consent": False}, "Tick the box"),
        ("recognize", {"language": "xx"}, "Unknown language code"),
    ],
)
def test_a_refusal_is_a_message(site: str, tool: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words) as refused:
        call(site, tool, clip=sound(example("en").path), **arguments)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize("clip", ["https://example.org/clip.wav", "/etc/passwd", "clip.wav", "file:///a.wav", ""])
def test_a_refused_clip_is_answered_with_the_data_uri(site: str, clip: str) -> None:
    """Check the way for agents, which have nothing but the message: an address and a path are refused."""
    with pytest.raises(RuntimeError, match="data:audio/wav;base64, followed by the file in base64") as refused:
        call(site, "recognize", clip=clip, language="en")
    assert "Traceback" not in str(refused.value)
    assert "passwd" not in str(refused.value)


def test_an_agent_narrates_a_text(site: str) -> None:
    text = 'The door opened. "Who is there?" asked Ada.'
    url, facts = call(site, "narrate", text=text, format="wav")[:2]
    assert "Ada" in {role["name"] for role in ast.literal_eval(facts)["cast"]}
    assert url.split()[-1].endswith(".wav")
