"""Tools of MCP servers, with a small real server: what is offered, what is sent, limits and failures."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from mcp.server.fastmcp import FastMCP, Image

from funaudio_core import env_parsers, settings
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.tools import mcp_servers
from funaudio_core.tools.calls import Call

NAME = "mcp:garden"
received: list[dict[str, Any]] = []
released = threading.Event()


def _make_server() -> FastMCP:
    server = FastMCP("garden", stateless_http=True)

    @server.tool()
    def water(plant: str, liters: float = 1.0, note: str | None = None) -> str:
        """Water a plant."""
        received.append({"plant": plant, "liters": liters, "note": note})
        return f"{plant}: {liters} l"

    @server.tool()
    def fail() -> str:
        """Fail."""
        raise ValueError("the hose is broken")

    @server.tool(description="Recite " + "everything " * 100)
    def recite(characters: int) -> str:
        return "a" * characters

    @server.tool()
    async def wait() -> str:
        """Wait until the test ends."""
        import anyio

        while not released.is_set():
            await anyio.sleep(0.02)
        return "late"

    @server.tool(structured_output=False)
    def photograph() -> list[Any]:
        """Return words and a picture."""
        return ["a rose", Image(data=b"\x89PNG", format="png")]

    @server.tool()
    def compare(first: int | str) -> str:
        """Take a type that is not supported here."""
        return str(first)

    return server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_make_server().streamable_http_app(), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
    released.set()
    server.should_exit = True
    thread.join()


@pytest.fixture
def _configured(address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    _configure(monkeypatch, f"garden={address}")
    yield
    settings.read.cache_clear()


def _configure(monkeypatch: pytest.MonkeyPatch, servers: str) -> None:
    monkeypatch.setenv("FUNAUDIO_MCP_TOOLS", servers)
    settings.read.cache_clear()
    mcp_servers._offers.clear()


@pytest.mark.usefixtures("_configured")
def test_tools_are_offered_with_schemas_that_the_editor_takes() -> None:
    assert mcp_servers.names() == (NAME,)
    offer = mcp_servers.offer_of(NAME)
    tools = {tool.name: tool for tool in offer.tools}
    assert set(tools) == {"water", "fail", "recite", "wait", "photograph"}
    properties = tools["water"].parameters["properties"]
    assert {name: schema["type"] for name, schema in properties.items()} == {
        "plant": "string",
        "liters": "number",
        "note": "string",
    }
    assert tools["water"].parameters["required"] == ["plant"]
    assert len(tools["recite"].description) <= mcp_servers.MAX_DESCRIPTION_CHARACTERS
    (fault,) = offer.faults
    assert "compare" in str(fault)


@pytest.mark.usefixtures("_configured")
def test_a_call_sends_its_arguments_and_nothing_else() -> None:
    received.clear()
    assert mcp_servers.run(NAME, Call("water", {"plant": "fern", "liters": 2.5})) == {"result": "fern: 2.5 l"}
    assert received == [{"plant": "fern", "liters": 2.5, "note": None}]


@pytest.mark.usefixtures("_configured")
def test_calls_that_the_server_does_not_offer_are_not_sent() -> None:
    received.clear()
    assert "is not among the tools of garden" in mcp_servers.run(NAME, Call("compare", {"first": 1}))["error"]
    assert "plant must be text" in mcp_servers.run(NAME, Call("water", {"plant": 3}))["error"]
    assert received == []


@pytest.mark.usefixtures("_configured")
def test_results_are_cut_and_other_content_is_counted() -> None:
    result = mcp_servers.run(NAME, Call("recite", {"characters": 10_000}))
    assert len(result["result"]) == mcp_servers.MAX_RESULT_CHARACTERS
    assert "cut" in result["note"]
    assert mcp_servers.run(NAME, Call("photograph", {})) == {
        "result": "a rose",
        "left_out": "1 parts that are no text",
    }
    assert "the hose is broken" in mcp_servers.run(NAME, Call("fail", {}))["error"]


@pytest.mark.usefixtures("_configured")
def test_a_server_that_sends_too_much_is_cut_off() -> None:
    result = mcp_servers.run(NAME, Call("recite", {"characters": mcp_servers.MAX_RESPONSE_BYTES + 1}))
    assert result == {"error": "garden sent more than 2 MB. Choose another set of tools."}


@pytest.mark.usefixtures("_configured")
def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    mcp_servers.offer_of(NAME)
    monkeypatch.setattr(mcp_servers, "CALL_SECONDS", 0.5)
    assert "hasn't answered" in mcp_servers.run(NAME, Call("wait", {}))["error"]


def test_failures_are_told_in_words(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _configure(monkeypatch, f"gone=http://127.0.0.1:9/mcp,other={address}/nowhere")
    with pytest.raises(FunAudioError, match=r"The tools of gone can't be used \(ConnectError\)"):
        mcp_servers.offer_of("mcp:gone")
    with pytest.raises(FunAudioError, match=r"The tools of other can't be used \(HTTP 404\)|The tools of other"):
        mcp_servers.offer_of("mcp:other")
    with pytest.raises(BadInput, match="no tools called"):
        mcp_servers.offer_of("mcp:unknown")
    settings.read.cache_clear()


def test_a_list_is_kept_for_a_while(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _configure(monkeypatch, f"garden={address}")
    first = mcp_servers.offer_of(NAME)
    assert mcp_servers.offer_of(NAME) is first
    monkeypatch.setattr(mcp_servers, "TOOLS_TTL_SECONDS", 0.0)
    assert mcp_servers.offer_of(NAME) is not first
    settings.read.cache_clear()


@pytest.mark.parametrize(
    "written", ["garden", "a b=http://x/", "garden=ftp://x/", "g=http://user:pass@x/", "g=http://x/,g=http://y/"]
)
def test_bad_settings_are_refused(written: str) -> None:
    with pytest.raises(BadInput):
        env_parsers.addresses("FUNAUDIO_MCP_TOOLS", written)
    assert env_parsers.addresses("FUNAUDIO_MCP_TOOLS", "g=http://x:8/mcp") == (("g", "http://x:8/mcp"),)
