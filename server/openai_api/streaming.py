"""Work for an API request: rate limit, queue slot, iteration in threads and streaming."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, Generic, TypeVar

import gradio as gr
from anyio import CancelScope, to_thread
from gradio.context import LocalContext
from starlette.requests import ClientDisconnect, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from funaudio_core.message import Message
from funaudio_core.runtime import telemetry
from server import admission
from server.openai_api.errors import QueueTimeout
from server.request import account_id, client_id

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0  # in the queue; clients and proxies give up soon after
POLL_SECONDS = 0.05


def check_rate_limit(request: Request) -> None:
    """Count a request against its account's limits, before its body is read.

    Raises:
        RateLimited: If the account has used up its requests or computing time.
    """
    LocalContext.request.set(gr.Request(request))  # the queue and ZeroGPU read it
    admission.check_rate_limit(account_id())


@asynccontextmanager
async def queue_slot(request: Request, page: str) -> AsyncIterator[None]:
    """Wait in the queue of the pages and hold a slot while the body runs; call check_rate_limit() before.

    Args:
        request: Request that waits.
        page: Name of the wait in the statistics.

    Raises:
        QueueFull: If the queue has no room.
        QueueTimeout: If the wait exceeds TIMEOUT_SECONDS.
        ClientDisconnect: If the client leaves while it waits.
    """
    with admission.queue_slot(client_id(), account_id()) as ticket:
        start = asyncio.get_running_loop().time()
        while not ticket.wait(0):
            if await request.is_disconnected():
                raise ClientDisconnect
            if asyncio.get_running_loop().time() > start + TIMEOUT_SECONDS:
                raise QueueTimeout(Message("The queue took too long. Try again in a minute."))
            await asyncio.sleep(POLL_SECONDS)
        telemetry.record(page, "wait", asyncio.get_running_loop().time() - start)
        yield


async def iterate_in_thread(items: Iterator[T]) -> AsyncGenerator[T]:
    """Yield items, each computed in a thread; closing this closes `items` after the current step."""
    end = object()
    try:
        while (item := await to_thread.run_sync(next, items, end)) is not end:
            yield item  # type: ignore[misc]
    finally:
        if hasattr(items, "close"):
            with CancelScope(shield=True):
                await to_thread.run_sync(items.close)


async def collect(items: AsyncIterator[T], request: Request) -> list[T]:
    """Return all items.

    Raises:
        ClientDisconnect: If the client has left, before the next item is computed.
    """
    collected: list[T] = []
    while not await request.is_disconnected():
        try:
            collected.append(await anext(items))
        except StopAsyncIteration:
            return collected
    raise ClientDisconnect


class BufferedStream(Generic[T]):
    """Items computed at full speed, however slowly they are read, so that a slow client holds no slot.

    Iterate over it once, then call aclose().

    Attributes:
        is_exhausted: True once all items were read.
    """

    def __init__(self, first: T, items: AsyncIterator[T], stack: AsyncExitStack) -> None:
        """Start to compute items.

        Args:
            first: First item, computed already.
            items: Other items.
            stack: Closed after the last item, which frees the slot.
        """
        self.is_exhausted = False
        self._ready: asyncio.Queue[tuple[T] | None] = asyncio.Queue()
        self._ready.put_nowait((first,))
        self._producer = asyncio.create_task(self._produce(items, stack))
        self._producer.add_done_callback(lambda _: self._ready.put_nowait(None))

    async def _produce(self, items: AsyncIterator[T], stack: AsyncExitStack) -> None:
        async with stack:
            async for item in items:
                self._ready.put_nowait((item,))

    async def __aiter__(self) -> AsyncGenerator[T]:
        """Yield the items; raise the error that ended their computation."""
        while (box := await self._ready.get()) is not None:
            yield box[0]
        await self._producer
        self.is_exhausted = True

    async def aclose(self) -> None:
        """Stop the computation and wait for the end of its current step."""
        self._producer.cancel()
        with CancelScope(shield=True):
            await asyncio.wait([self._producer])
        if not self._producer.cancelled():
            self._producer.exception()  # mark it as retrieved: the reader has got it or has left


class BufferedResponse(StreamingResponse):
    """Response streamed from a BufferedStream, which is stopped if the client leaves."""

    def __init__(self, stream: BufferedStream[Any], content: AsyncIterator[bytes], **kwargs: Any) -> None:
        """Create a response; `content` is the encoded stream."""
        super().__init__(content, **kwargs)
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; raise ClientDisconnect if the client leaves before its end."""
        async with aclosing(self._stream):
            await super().__call__(scope, receive, send)
        if not self._stream.is_exhausted:
            raise ClientDisconnect


def event(kind: str, **values: Any) -> bytes:
    """Return a server-sent event of OpenAI."""
    return f"data: {json.dumps({'type': kind, **values}, ensure_ascii=False)}\n\n".encode()
