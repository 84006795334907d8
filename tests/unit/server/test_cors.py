"""Tests of cross-origin requests to the API, through a server with Gradio's own rule inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from gradio.route_utils import CustomCORSMiddleware
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from funaudio_core import settings
from server import cors

HOST = "https://speech.example.org"
CHAT, OTHER = "https://chat.example.org", "https://evil.example"
Caller = Callable[..., TestClient]


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("here", headers={"X-Seed": "1"})


@asynccontextmanager
async def wrapped(app: Starlette) -> AsyncIterator[None]:
    cors.wrap(app)
    yield


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """Yield a function that starts a server with allowed origins and returns a client of it."""
    clients = []

    def start(*origins: str, host: str = HOST) -> TestClient:
        values = replace(settings.read(), cors_origins=origins)
        monkeypatch.setattr(settings, "read", lambda: values)
        routes = [Route("/v1/models", answer), Route("/v1/audio/speech", answer, methods=["POST"]), Route("/", answer)]
        inner: Any = CustomCORSMiddleware
        app = Starlette(routes=routes, middleware=[Middleware(inner)], lifespan=wrapped)
        clients.append(TestClient(app, host).__enter__())
        return clients[-1]

    yield start
    for client in clients:
        client.__exit__()


def allowed(client: TestClient, origin: str, path: str = "/v1/models") -> str | None:
    return client.get(path, headers={"Origin": origin}).headers.get("access-control-allow-origin")


def preflight(client: TestClient, origin: str) -> Any:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-stainless-os"}
    return client.options("/v1/audio/speech", headers={"Origin": origin, **asked})


def test_no_website_is_allowed_by_default(caller: Caller) -> None:
    client = caller()
    assert allowed(client, CHAT) is None
    answer = preflight(client, CHAT)
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers
    assert client.get("/v1/models").text == "here"


def test_a_listed_website_is_allowed(caller: Caller) -> None:
    client = caller(CHAT, "http://10.0.0.2:3000")
    assert allowed(client, CHAT) == CHAT
    assert allowed(client, "http://10.0.0.2:3000") == "http://10.0.0.2:3000"
    assert allowed(client, OTHER) is None
    assert allowed(client, f"{CHAT}:8443") is None
    answer = preflight(client, CHAT)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == CHAT
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "x-stainless-os" in answer.headers["access-control-allow-headers"]
    exposed = client.get("/v1/models", headers={"Origin": CHAT}).headers["access-control-expose-headers"]
    assert {"X-Engine", "X-Seed", "X-Ignored"} <= set(exposed.split(", "))
    assert "access-control-allow-credentials" not in answer.headers


def test_any_website_is_allowed_with_an_asterisk(caller: Caller) -> None:
    client = caller("*")
    assert allowed(client, OTHER) == "*"
    assert preflight(client, OTHER).headers["access-control-allow-origin"] == "*"


def test_pages_keep_the_rule_of_gradio(caller: Caller) -> None:
    assert allowed(caller(), OTHER, "/") == OTHER


@pytest.mark.parametrize("host", ["http://localhost:7860", "http://127.0.0.1:7860"])
def test_local_websites_may_call_a_local_server(caller: Caller, host: str) -> None:
    client = caller(host=host)
    assert allowed(client, "http://localhost:3000") == "http://localhost:3000"
    assert preflight(client, "http://127.0.0.1:5173").headers["access-control-allow-origin"] == "http://127.0.0.1:5173"
    assert allowed(client, OTHER) is None
    assert allowed(client, "http://[::1") is None
    assert allowed(client, "null") is None
