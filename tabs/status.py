"""The Status page: models in memory, the line, how long pages take. Knows no task and nothing about any visitor."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from server import health
from server.events import handler
from server.health import ServerStatus
from server.request import localize
from tabs.components.outputs import labelled_html
from tabs.components.strings import add_strings, t

NAME = "status"
REFRESH_SECONDS = 5.0  # between two looks, while the page is open
add_strings(
    {
        "status.tab": ("Status", "状态"),
        "status.about": (
            "Server status: loaded models, queue and response times. Contains no visitor data.",
            "服务器状态：已加载的模型、排队情况和响应时间。不含任何访客信息。",
        ),
        "status.process": ("Process", "进程"),
        "status.pages": ("Pages since startup", "启动以来的各页面"),
    }
)


@handler
def on_look() -> tuple[str, str]:
    """Both tables as things are now."""
    seen = health.server_status()
    return process(seen), pages(seen)


@handler
def on_open() -> tuple[gr.Timer, str, str]:
    """Look now, and again and again from now on."""
    return gr.Timer(active=True), *on_look()


def process(seen: ServerStatus) -> str:
    """Models, memory and the line."""
    models = [(title, _megabytes(size or None)) for title, size in seen.models]
    rows = [
        (localize("Running"), localize("{count} of {most}", count=seen.active, most=seen.capacity)),
        (localize("In queue"), localize("{count} of {most}", count=seen.queued, most=seen.queue_size)),
        (localize("Process memory"), _megabytes(seen.memory_bytes)),
        (localize("GPU memory"), _megabytes(seen.gpu_memory_bytes)),
    ]
    return _table((localize("Loaded model"), localize("File size")), models) + _table((), rows)


def pages(seen: ServerStatus) -> str:
    """Medians and ends, one page a row."""
    head = (
        "",
        localize("Queue time"),
        localize("First audio"),
        localize("Real-time factor"),
        localize("Total time"),
        localize("Outcomes"),
    )
    return _table(head, [_page(seen, name) for name in sorted({*seen.latency_medians, *seen.outcomes})])


def _page(seen: ServerStatus, name: str) -> tuple[str, ...]:
    figures = seen.latency_medians.get(name, {})
    ends = [f"{how} {count}" for how, count in sorted(seen.outcomes.get(name, {}).items())]
    return (
        name,
        _seconds(figures.get("wait")),
        _seconds(figures.get("first_audio")),
        f"{figures['rtf']:.2f}" if "rtf" in figures else "–",
        _seconds(figures.get("seconds")),
        ", ".join(ends),
    )


def _seconds(value: float | None) -> str:
    return "–" if value is None else localize("{seconds:.2f} s", seconds=value)


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
    gr.Markdown(t("status.about"), elem_classes="fa-about")
    shown = [labelled_html("status.process"), labelled_html("status.pages")]
    timer = gr.Timer(REFRESH_SECONDS, active=False)
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    timer.tick(on_look, None, shown, **quiet)
    tab.select(on_open, None, [timer, *shown], **quiet)
    for other in tab.parent.children:
        if other is not tab:
            other.select(lambda: gr.Timer(active=False), None, timer, **quiet)
