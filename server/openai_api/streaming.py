"""Work for a request: in line with the pages, step by step in threads, over when the client leaves. Knows no task."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Generic, TypeVar

import gradio as gr
from anyio import CancelScope, to_thread
from gradio.context import LocalContext
from starlette.requests import ClientDisconnect, Request

from funaudio_core.message import Message
from funaudio_core.runtime import telemetry
from server import admission
from server.openai_api.errors import QueueTimeout
from server.request import account_id, client_id

T = TypeVar("T")
TIMEOUT_SECONDS = 60.0  # seconds that a request waits in line at most; clients and proxies give up soon after
POLL_SECONDS = 0.05  # between two looks at whose turn it is


def check_rate_limit(request: Request) -> None:
    """A request of this task's, before any of its body is read. Raises what waiting.asks() raises."""
    LocalContext.request.set(gr.Request(request))  # whose request it is, for the line and for ZeroGPU
    admission.check_rate_limit(account_id())


@asynccontextmanager
async def queue_slot(request: Request, page: str) -> AsyncIterator[None]:
    """A place among those of the pages, for as long as the body lasts. page: by which name the wait for it is kept.

    The request has to be one that asks(). Raises what waiting.stands() raises, Busy after PATIENCE, ClientDisconnect
    where the client leaves the line.
    """
    with admission.queue_slot(client_id(), account_id()) as ticket:
        began = asyncio.get_running_loop().time()
        while not ticket.wait(0):
            if await request.is_disconnected():
                raise ClientDisconnect
            if asyncio.get_running_loop().time() > began + TIMEOUT_SECONDS:
                raise QueueTimeout(Message("The queue took too long. Try again in a minute."))
            await asyncio.sleep(POLL_SECONDS)
        telemetry.record(page, "wait", asyncio.get_running_loop().time() - began)
        yield


async def iterate_in_thread(items: Iterator[T]) -> AsyncGenerator[T]:
    """Items made one by one, each in a thread. Closing this closes `items` once the step under way is over."""
    end = object()
    try:
        while (item := await to_thread.run_sync(next, items, end)) is not end:
            yield item  # type: ignore[misc]
    finally:
        if hasattr(items, "close"):
            with CancelScope(shield=True):
                await to_thread.run_sync(items.close)


async def collect(items: AsyncIterator[T], request: Request) -> list[T]:
    """All items. Raises ClientDisconnect before the first step that nobody would hear of."""
    kept: list[T] = []
    while not await request.is_disconnected():
        try:
            kept.append(await anext(items))
        except StopAsyncIteration:
            return kept
    raise ClientDisconnect


class BufferedStream(Generic[T]):
    """Items that are made as fast as they can be, however slowly they are taken: a slow reader holds no place.

    first: what was made already. stack: left as soon as the last item is made. Iterate once, then aclose(). taken:
    whether all of them were.
    """

    def __init__(self, first: T, items: AsyncIterator[T], stack: AsyncExitStack) -> None:
        self.taken = False
        self._ready: asyncio.Queue[tuple[T] | None] = asyncio.Queue()
        self._ready.put_nowait((first,))
        self._making = asyncio.create_task(self._make(items, stack))
        self._making.add_done_callback(lambda _: self._ready.put_nowait(None))

    async def _make(self, items: AsyncIterator[T], stack: AsyncExitStack) -> None:
        async with stack:
            async for item in items:
                self._ready.put_nowait((item,))

    async def __aiter__(self) -> AsyncGenerator[T]:
        while (box := await self._ready.get()) is not None:
            yield box[0]
        await self._making  # raises what making them raised
        self.taken = True

    async def aclose(self) -> None:
        """End the making, if it goes on, and wait until the step under way is over."""
        self._making.cancel()
        with CancelScope(shield=True):
            await asyncio.wait([self._making])
        if not self._making.cancelled():
            self._making.exception()  # raised to the reader already, or there is none left
