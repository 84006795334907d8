"""Tests of the head of the page: the app's own preview in place of Gradio's, in the visitor's language."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from server.page import head
from server.page.head import PageHeadMiddleware
from tabs import zero_shot
from tabs.components import sharing
from tabs.components.sharing import pictures


def client(answer: Response, root_path: str = "") -> TestClient:
    """Return a client of an app with one answer."""

    async def page(_: Request) -> Response:
        return answer

    app = Starlette(
        routes=[Route("/", page), Route("/other", page)],
        middleware=[Middleware(PageHeadMiddleware, describe=sharing.describe)],
    )
    return TestClient(app, root_path=root_path, base_url="https://voices.example")


def gradio_page() -> HTMLResponse:
    """Return the page of Gradio, before its configuration is filled in."""
    import gradio

    template = Path(gradio.__file__).parent / "templates" / "frontend" / "index.html"
    return HTMLResponse(template.read_text(encoding="utf-8"))


def tags(html: str) -> dict[str, list[str]]:
    """Return the contents of the meta tags by name."""
    found: dict[str, list[str]] = {}
    for name, content in re.findall(r'<meta\s+(?:property|name)="([^"]+)"\s+content="([^"]*)"', html):
        found.setdefault(name, []).append(unescape(content))
    return found


def test_a_link_has_the_preview_of_its_demonstration() -> None:
    html = client(gradio_page()).get("/?tab=chat&demo=lonely", headers={"accept-language": "en"}).text
    found = tags(html)
    assert found["og:title"] == found["twitter:title"] == ["A sad message, answered kindly · FunAudio Suite"]
    assert found["og:description"] == [
        "Talk or type; replies match your mood and start playing while they are being written."
    ]
    assert found["og:image"] == ["https://voices.example/pictures/preview.png"]
    assert found["og:url"] == ["https://voices.example/?tab=chat&demo=lonely"]
    assert '<link rel="canonical" href="https://voices.example/?tab=chat&amp;demo=lonely" />' in html
    assert "gradio-app/gradio/main" not in html


def test_a_link_may_use_another_name_of_the_page() -> None:
    html = client(gradio_page()).get("/?page=clone", headers={"accept-language": "en"}).text
    assert tags(html)["og:url"] == [f"https://voices.example/?tab={zero_shot.NAME}"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (b"a=1&a=%C3%A9+x&b", b"a=1&a=%C3%A9+x&b"),
        (b"a=1&a=2&page=clone&demo=x", b"a=1&a=2&demo=x&tab=clone"),
        (b"page=clone&tab=chat", b"tab=chat"),
    ],
)
def test_other_parameters_of_a_link_are_kept(query: bytes, named: bytes) -> None:
    assert head._name_tab(query) == named


def test_preview_is_in_the_language_of_the_visitor_and_below_the_root() -> None:
    answer = client(gradio_page(), "/suite").get("/suite/?tab=chat", headers={"accept-language": "zh-CN"})
    assert '<html\n\tlang="zh"' in answer.text
    assert tags(answer.text)["og:title"] == ["情感对话 · FunAudio 语音工坊"]
    assert '<link rel="canonical" href="https://voices.example/suite/?tab=chat" />' in answer.text
    assert tags(answer.text)["og:image"] == ["https://voices.example/suite/pictures/preview.png"]
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("query", ["tab=<script>&demo=x", "tab=start", "tab=%22&demo=%22", ""])
def test_unknown_names_lead_to_the_first_page(query: str) -> None:
    html = client(gradio_page()).get(f"/?{query}").text
    assert tags(html)["og:title"] == ["FunAudio Suite"]
    assert tags(html)["og:url"] == ["https://voices.example/"]


def test_other_answers_stay_as_they_are() -> None:
    assert client(HTMLResponse("<script>", 404)).get("/").text == "<script>"
    assert client(Response(b"<script>", media_type="text/plain")).get("/").content == b"<script>"
    assert client(gradio_page()).get("/other").content == gradio_page().body


def test_pictures_are_what_the_command_draws(tmp_path: Path) -> None:
    pictures.write(tmp_path)
    for name, size in (("preview.png", sharing.PICTURE_PIXELS), ("icon.png", (sharing.ICON_PIXELS,) * 2)):
        stored, drawn = (Image.open(folder / name).convert("RGB") for folder in (sharing.FOLDER, tmp_path))
        assert stored.size == size
        assert np.abs(np.asarray(stored, np.int16) - np.asarray(drawn, np.int16)).mean() < 1  # decoders may differ
