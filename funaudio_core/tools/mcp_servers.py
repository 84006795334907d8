"""Tools of MCP servers that the owner of the app configures: their schemas, and calls of them.

A server gets the arguments of a call and nothing else: no clip, no words of the visitor, no other call. Each request
has a connection of its own, a time limit and a size limit.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from funaudio_core import settings
from funaudio_core.errors import BadInput, FunAudioError
from funaudio_core.message import Message
from funaudio_core.tools.calls import Call
from funaudio_core.tools.schema import MAX_TOOLS, Tool, find_argument_faults, find_tools

if TYPE_CHECKING:
    import anyio
    import httpx
    from mcp import ClientSession

log = logging.getLogger(__name__)
T = TypeVar("T")
PREFIX = "mcp:"  # of a server among the sets of tools
LIST_SECONDS, CALL_SECONDS = 10.0, 30.0
TOOLS_TTL_SECONDS = 300.0
MAX_RESPONSE_BYTES = 2_000_000
MAX_RESULT_CHARACTERS, MAX_DESCRIPTION_CHARACTERS = 4000, 300  # that a model gets to read
MAX_REASON_CHARACTERS = 200
_NOTES = ("$schema", "format", "examples", "pattern", "readOnly")  # of schemas; the server checks what they mean


@dataclass(frozen=True, slots=True)
class Offer:
    """Tools of a server.

    Attributes:
        tools: Those that can be called.
        faults: Why the others are left out, in words.
    """

    tools: tuple[Tool, ...]
    faults: tuple[Message, ...] = ()


_offers: dict[str, tuple[float, Offer]] = {}  # by address, with the time of the listing
_lock = threading.Lock()


def names() -> tuple[str, ...]:
    """Return the servers, as sets of tools are named."""
    return tuple(f"{PREFIX}{name}" for name, _ in settings.read().mcp_tools)


def is_server(name: str) -> bool:
    """Return whether a set of tools is that of a server."""
    return name.startswith(PREFIX)


def title(name: str) -> str:
    """Return a server's name as its owner wrote it."""
    return name.removeprefix(PREFIX)


def offer_of(name: str) -> Offer:
    """Return the tools of a server, listed at most TOOLS_TTL_SECONDS ago.

    Args:
        name: One of names().

    Raises:
        BadInput: There is no such server.
        FunAudioError: It can't be reached, or doesn't answer as it should.
    """
    address = _address(name)
    with _lock:
        at, known = _offers.get(address, (0.0, None))
    if known is not None and time.monotonic() - at < TOOLS_TTL_SECONDS:
        return known

    async def list_tools(session: ClientSession) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        while len(found) <= MAX_TOOLS:
            page = await session.list_tools(cursor)
            found += page.tools
            cursor = page.nextCursor
            if cursor is None:
                break
        return found

    offer = _read_offer(_ask(name, LIST_SECONDS, list_tools))
    with _lock:
        _offers[address] = time.monotonic(), offer
    return offer


def run(name: str, call: Call) -> dict[str, Any]:
    """Call a tool of a server.

    Args:
        name: One of names().
        call: The call.

    Returns:
        The result for the model; its key "error" says why a call failed.
    """
    try:
        tool = next((tool for tool in offer_of(name).tools if tool.name == call.name), None)
        if tool is None:
            return {"error": f"{call.name} is not among the tools of {title(name)}, so it was not run"}
        if faults := find_argument_faults(tool, call.arguments):
            return {"error": " ".join(map(str, faults))}

        async def call_tool(session: ClientSession) -> Any:  # noqa: ANN401 (a type of mcp)
            return await session.call_tool(call.name, dict(call.arguments))

        return _read_result(_ask(name, CALL_SECONDS, call_tool))
    except FunAudioError as error:
        return {"error": str(error)}


def _address(name: str) -> str:
    servers = dict(settings.read().mcp_tools)
    if title(name) not in servers:
        raise BadInput("There are no tools called {name!r}. Choose a set from the list.", name=name)
    return servers[title(name)]


def _read_offer(listed: list[Any]) -> Offer:
    """Return the tools of a listing; those whose schemas aren't supported are left out."""
    tools, faults = list[Tool](), list[Message]()
    for each in listed[:MAX_TOOLS]:
        row = {
            "name": each.name,
            "description": " ".join((each.description or each.title or "").split())[:MAX_DESCRIPTION_CHARACTERS],
            "parameters": {"type": "object", **_simplify(each.inputSchema)},
        }
        found, problems = find_tools(json.dumps(row, ensure_ascii=False))
        tools += found
        faults += problems[:1]
    if len(listed) > MAX_TOOLS:
        faults.append(Message("The server has more than {most} tools; the others are left out.", most=MAX_TOOLS))
    return Offer(tuple(tools), tuple(faults))


def _simplify(schema: Any) -> Any:  # noqa: ANN401 (JSON)
    """Return a schema without notes, and with "anyOf: X or null" as X, as frameworks write optional arguments."""
    if not isinstance(schema, Mapping):
        return schema
    simple = {key: value for key, value in schema.items() if key not in _NOTES}
    options = [each for each in simple.get("anyOf", ()) if each != {"type": "null"}]
    if len(options) == 1 and isinstance(options[0], Mapping):
        del simple["anyOf"]
        simple = {**_simplify(options[0]), **simple}
        if simple.get("default", "") is None:
            del simple["default"]
    if isinstance(simple.get("properties"), Mapping):
        simple["properties"] = {name: _simplify(inner) for name, inner in simple["properties"].items()}
    if "items" in simple:
        simple["items"] = _simplify(simple["items"])
    return simple


def _read_result(result: Any) -> dict[str, Any]:  # noqa: ANN401 (a type of mcp)
    """Return the texts of a result, cut to what a model reads; other content is counted."""
    texts = [part.text for part in result.content if part.type == "text"]
    written = "\n".join(texts) or ("" if result.structuredContent is None else json.dumps(result.structuredContent))
    is_cut = len(written) > MAX_RESULT_CHARACTERS
    read: dict[str, Any] = {"error" if result.isError else "result": written[:MAX_RESULT_CHARACTERS] or "done"}
    if is_cut:
        read["note"] = f"cut after {MAX_RESULT_CHARACTERS} characters"
    if others := len(result.content) - len(texts):
        read["left_out"] = f"{others} parts that are no text"
    return read


def _ask(name: str, seconds: float, use: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Return what `use` returns for a session with a server.

    Raises:
        FunAudioError: The server fails, is too slow, or sends too much.
    """
    import anyio

    try:
        return anyio.run(_use_session, name, seconds, use)
    except FunAudioError:
        raise
    except Exception as error:  # also groups of errors, from anyio
        log.info("the MCP server %s failed: %r", name, error)
        raise FunAudioError(
            "The tools of {name} can't be used ({reason}). Try again later, or choose another set of tools.",
            name=title(name),
            reason=_reason(error),
        ) from error


def _reason(error: BaseException) -> str:
    """Return the first error of a group, without the address."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    import httpx
    from mcp import McpError

    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error)[:MAX_REASON_CHARACTERS] if isinstance(error, McpError) else type(error).__name__


async def _use_session(name: str, seconds: float, use: Callable[[ClientSession], Awaitable[T]]) -> T:
    """Open a session, use it, and close it."""
    import anyio
    import httpx
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    failure = Message(
        "{name} hasn't answered for {seconds:.0f} s. Try again later, or choose another set of tools.",
        name=title(name),
        seconds=seconds,
    )
    with anyio.move_on_after(seconds) as scope:
        transport = _limited_transport(scope)
        async with (
            httpx.AsyncClient(
                transport=transport, timeout=httpx.Timeout(seconds), headers={"Accept-Encoding": "identity"}
            ) as client,
            streamable_http_client(_address(name), http_client=client) as (received, sent, _),
            ClientSession(received, sent) as session,
        ):
            await session.initialize()
            return await use(session)
    if transport.is_exceeded:
        failure = Message(
            "{name} sent more than {most} MB. Choose another set of tools.",
            name=title(name),
            most=MAX_RESPONSE_BYTES // 1_000_000,
        )
    raise FunAudioError(failure)


def _limited_transport(scope: anyio.CancelScope) -> Any:  # noqa: ANN401 (classes of httpx, which is imported late)
    """Return a transport that cancels a scope once more than MAX_RESPONSE_BYTES have come in."""
    import httpx

    class LimitedStream(httpx.AsyncByteStream):
        def __init__(self, stream: httpx.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._stream:
                transport.left -= len(chunk)
                if transport.left < 0:
                    transport.is_exceeded = True
                    scope.cancel()
                    return
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    class LimitedTransport(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.left, self.is_exceeded = MAX_RESPONSE_BYTES, False
            self._transport = httpx.AsyncHTTPTransport()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self._transport.handle_async_request(request)
            if response.headers.get("content-encoding", "identity") != "identity":
                raise httpx.DecodingError("the answer is compressed", request=request)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = LimitedStream(response.stream)
            return response

        async def aclose(self) -> None:
            await self._transport.aclose()

    transport = LimitedTransport()
    return transport
