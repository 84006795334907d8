"""The app in a folder of a site: a front forwards /suite/ without its prefix, as nginx does with a proxy_pass to /."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from tests.browser.visitor import open_app, upload
from tests.conftest import ANSWER_SECONDS, example, free_port, serve

PREFIX = "/suite"
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
OWN_HEADERS = {"host", "connection", "transfer-encoding", "content-length"}  # of each connection


def front(target: str) -> Starlette:
    """Return the front of an app at a target address."""
    client = httpx.AsyncClient(base_url=target, timeout=ANSWER_SECONDS)

    async def forward(request: Request) -> StreamingResponse:
        headers = [(name, value) for name, value in request.headers.items() if name not in OWN_HEADERS]
        host = request.headers["host"]
        headers += [("host", host), ("x-forwarded-host", host), ("x-forwarded-proto", "http")]
        path = request.url.path.removeprefix(PREFIX)
        url = httpx.URL(path, query=request.url.query.encode())
        sent = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(sent, stream=True)

        async def body() -> AsyncIterator[bytes]:
            try:
                async for piece in answer.aiter_raw():
                    yield piece
            finally:
                await answer.aclose()

        kept = {name: value for name, value in answer.headers.items() if name not in OWN_HEADERS}
        return StreamingResponse(body(), answer.status_code, kept)

    return Starlette(routes=[Route(PREFIX + "/{path:path}", forward, methods=METHODS)])


@pytest.fixture(scope="module")
def folder_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the folder in which the app with scripted engines appears."""
    log = tmp_path_factory.mktemp("folder") / "log.txt"
    with serve(["-m", "tests.fakes"], log, GRADIO_ROOT_PATH=PREFIX) as address:
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(front(address), port=port, log_level="error"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}{PREFIX}/"
        server.should_exit = True
        thread.join(ANSWER_SECONDS)


def test_pages_work_in_a_folder_of_a_site(browser: Any, folder_site: str, tmp_path: Path) -> None:
    with open_app(browser, folder_site) as visitor:
        play = visitor.page.locator(".fa-play").first
        assert httpx.get(f"{folder_site}{play.get_attribute('data-file')}", timeout=ANSWER_SECONDS).status_code == 200
        panel = visitor.open_tab("Recognize")
        upload(panel, example("en").path)
        panel.get_by_role("button", name="Recognize", exact=True).click()
        visitor.wait(panel, ".fa-status", "transcribed by")
        assert visitor.download(panel, "SRT", tmp_path).read_text().startswith("1\n")
        color = visitor.page.locator(".fa-badge").first.evaluate("(badge) => getComputedStyle(badge).backgroundColor")
        assert color == "rgb(47, 127, 116)"  # of the style sheet


def test_api_works_in_a_folder_of_a_site(folder_site: str) -> None:
    models = httpx.get(f"{folder_site}v1/models", timeout=ANSWER_SECONDS).json()["data"]
    assert models
    with example("en").path.open("rb") as clip:
        answer = httpx.post(f"{folder_site}v1/audio/transcriptions", files={"file": clip}, timeout=ANSWER_SECONDS)
    assert answer.json()["text"]
