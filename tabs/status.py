"""The Status page: models in memory, the line, how long pages take. Knows no task and nothing about any visitor."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from server import health
from server.events import shows_errors
from server.health import Watched
from server.request import say
from tabs.components.outputs import boxed
from tabs.components.strings import add, word

NAME = "status"
REFRESH_SECONDS = 5.0  # between two looks, while the page is open
add(
    {
        "status.tab": ("Status", "状态"),
        "status.about": (
            "How this server is doing: models in memory, the line, how long the pages take. Nothing about any visitor.",
            "服务器运行状况：内存中的模型、排队情况、各页面耗时。不含任何访客信息。",
        ),
        "status.process": ("Process", "进程"),
        "status.pages": ("Pages since the start", "启动以来的各页面"),
    }
)


@shows_errors
def on_look() -> tuple[str, str]:
    """Both tables as things are now."""
    seen = health.look()
    return process(seen), pages(seen)


@shows_errors
def on_open() -> tuple[gr.Timer, str, str]:
    """Look now, and again and again from now on."""
    return gr.Timer(active=True), *on_look()


def process(seen: Watched) -> str:
    """Models, memory and the line."""
    models = [(title, _megabytes(size or None)) for title, size in seen.models]
    rows = [
        (say("Computing"), say("{count} of {most}", count=seen.running, most=seen.places)),
        (say("Waiting in line"), say("{count} of {most}", count=seen.waiting, most=seen.line)),
        (say("Memory of the process"), _megabytes(seen.memory)),
        (say("Memory on the GPU"), _megabytes(seen.device_memory)),
    ]
    return _table((say("Model in memory"), say("Size of its files")), models) + _table((), rows)


def pages(seen: Watched) -> str:
    """Medians and ends, one page a row."""
    head = (
        "",
        say("Wait"),
        say("First audio"),
        say("Real-time factor"),
        say("Whole request"),
        say("How requests ended"),
    )
    return _table(head, [_page(seen, name) for name in sorted({*seen.medians, *seen.ends})])


def _page(seen: Watched, name: str) -> tuple[str, ...]:
    figures = seen.medians.get(name, {})
    ends = [f"{how} {count}" for how, count in sorted(seen.ends.get(name, {}).items())]
    return (
        name,
        _seconds(figures.get("wait")),
        _seconds(figures.get("first_audio")),
        f"{figures['rtf']:.2f}" if "rtf" in figures else "–",
        _seconds(figures.get("seconds")),
        ", ".join(ends),
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else say("{seconds:.2f} s", seconds=value)


def _megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 1e6:,.0f} MB"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """HTML; the first cell of a row names it."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return f'<table class="fa-check">{f"<tr>{titles}</tr>" if titles else ""}{body}</table>'


def build() -> None:
    """Lay the page out and wire it. To be called within its tab: it looks only while that is open."""
    tab: Any = Context.block
    gr.Markdown(word("status.about"), elem_classes="fa-about")
    shown = [boxed("status.process"), boxed("status.pages")]
    timer = gr.Timer(REFRESH_SECONDS, active=False)
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    timer.tick(on_look, None, shown, **quiet)
    tab.select(on_open, None, [timer, *shown], **quiet)
    for other in tab.parent.children:
        if other is not tab:
            other.select(lambda: gr.Timer(active=False), None, timer, **quiet)
