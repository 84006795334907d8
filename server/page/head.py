"""Head of the page for those who don't run its scripts: title, description, preview of a link, language.

Gradio writes its own picture and its own name into the page, and sets the title with a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from gradio.route_utils import get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from funaudio_core.i18n.catalog import preferred_language

FOREIGN_TAGS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
LANGUAGE = re.compile(rb'(<html\s[^>]*?lang=")[^"]*')
STORAGE_SCRIPT = (Path(__file__).parent / "storage.js").read_text(encoding="utf-8")
FIRST_SCRIPT = b"<script"  # the tags to replace come before it; the page's configuration is in it


@dataclass(frozen=True, slots=True)
class Preview:
    """Preview of a link.

    Attributes:
        title: Title.
        description: One sentence.
        page: Page that the link opens; "" for the first one.
        demonstration: Demonstration that it opens; "" for none.
        picture: Path of the picture below the root of the app.
        picture_text: Description of the picture.
        picture_size: Width and height in pixels.
        icon: Path of the icon below the root of the app.
    """

    title: str
    description: str
    page: str
    demonstration: str
    picture: str
    picture_text: str
    picture_size: tuple[int, int]
    icon: str


def link_query(page: str, demonstration: str) -> str:
    """Return the query of a link to a page, "" for the first one, and to a demonstration, if there is one."""
    parameters = {name: value for name, value in (("tab", page), ("demo", demonstration)) if value}
    return f"?{urlencode(parameters)}" if parameters else ""


def _name_tab(query: bytes) -> bytes:
    """Return a query with `tab` in place of `page`, by which Gradio would look for a page of its own and fail."""
    values = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    names = {name for name, _ in values}
    if "page" not in names:
        return query
    kept = [(name, value) for name, value in values if name != "page"]
    tab = [] if "tab" in names else [("tab", value) for name, value in values if name == "page"][-1:]
    return urlencode([*kept, *tab]).encode()


def head_html(preview: Preview, root: str) -> str:
    """Return the tags of a preview. root: Address of the app without a slash at its end."""
    title, description = escape(preview.title), escape(preview.description)
    address = escape(f"{root}/{link_query(preview.page, preview.demonstration)}")
    width, height = preview.picture_size
    properties = {
        "og:type": "website",
        "og:site_name": "FunAudio Suite",
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": escape(f"{root}/{preview.picture}"),
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": escape(preview.picture_text),
    }
    names = {
        "description": description,
        "twitter:card": "summary_large_image",
        "twitter:title": title,
        "twitter:description": description,
        "twitter:image": properties["og:image"],
    }
    tags = [f"<title>{title}</title>", f'<link rel="canonical" href="{address}" />']
    tags.append(f'<link rel="icon" type="image/png" href="{escape(preview.icon)}" />')
    tags += [f'<meta property="{name}" content="{value}" />' for name, value in properties.items()]
    tags += [f'<meta name="{name}" content="{value}" />' for name, value in names.items()]
    tags.append(f"<script>{{{STORAGE_SCRIPT}}}</script>")  # before any script of Gradio's
    return "\n".join(tags)


class PageHeadMiddleware:
    """ASGI middleware that replaces the head of the page."""

    def __init__(self, app: ASGIApp, describe: Callable[[str, str, str], Preview]) -> None:
        """Wrap an app.

        Args:
            app: The app.
            describe: Returns the preview for a page, a demonstration and a language, as they are in the request.
        """
        self._app = app
        self._describe = describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if (
            scope["type"] != "http"
            or scope["path"].removeprefix(scope.get("root_path", "")) != "/"
            or scope["method"] != "GET"
        ):
            await self._app(scope, receive, send)
            return
        scope = {**scope, "query_string": _name_tab(scope["query_string"])}
        start: Message = {}
        body = bytearray()

        async def send_changed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    whole = self._change(Request(scope), start, bytes(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, send_changed)

    def _change(self, request: Request, start: Message, body: bytes) -> bytes:
        """Return the page with its own head; anything else, such as an error, as it is."""
        is_page = Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")
        if not is_page or start["status"] != 200 or FIRST_SCRIPT not in body:
            return body
        language = preferred_language(request.headers.get("accept-language", ""))
        asked = request.query_params
        preview = self._describe(asked.get("tab", ""), asked.get("demo", ""), language)
        root = get_root_url(request, "/", getattr(request.app, "root_path", "") or request.scope.get("root_path"))
        before, after = body.split(FIRST_SCRIPT, 1)
        before = LANGUAGE.sub(rb"\g<1>" + language.encode(), FOREIGN_TAGS.sub(b"", before), count=1)
        changed = before + head_html(preview, root).encode() + b"\n" + FIRST_SCRIPT + after
        headers = MutableHeaders(raw=start["headers"])
        headers["content-length"] = str(len(changed))
        headers.add_vary_header("Accept-Language")
        return changed
