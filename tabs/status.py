"""The Status page: models in memory, the queue and response times."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

import gradio as gr
from gradio.context import Context

from server import health
from server.events import handler
from server.health import ServerStatus
from server.request import language, localize
from server.updates import Update, connect
from tabs.components.outputs import labelled_html
from tabs.components.strings import STRINGS, add_strings, string_in, t

NAME = "status"
REFRESH_SECONDS = 5.0
add_strings(
    {
        "status.tab": ("Status", "状态"),
        "status.about": (
            "Server status: loaded models, queue and response times. Contains no visitor data.",
            "服务器状态：已加载的模型、排队情况和响应时间。不含任何访客信息。",
        ),
        "status.reference_voice": ("Reference check", "参考音频检查"),
        "status.process": ("Process", "进程"),
        "status.pages": ("Pages since startup", "启动以来的各页面"),
    }
)


@handler
def on_refresh() -> tuple[str, str]:
    """Show both tables."""
    status = health.server_status()
    return process_html(status), pages_html(status)


@handler
def on_open() -> Update:
    """Show both tables and refresh them while the page is open."""
    process, pages = on_refresh()
    return Update(timer=gr.Timer(active=True), process=process, pages=pages)


def process_html(status: ServerStatus) -> str:
    """Return the table of models, memory and the queue."""
    models = [(title, _megabytes(size or None)) for title, size in status.models]
    rows = [
        (localize("Running"), localize("{count} of {most}", count=status.active, most=status.capacity)),
        (localize("In queue"), localize("{count} of {most}", count=status.queued, most=status.queue_size)),
        (localize("Process memory"), _megabytes(status.memory_bytes)),
        (localize("GPU memory"), _megabytes(status.gpu_memory_bytes)),
    ]
    return _table((localize("Loaded model"), localize("File size")), models) + _table((), rows)


def pages_html(status: ServerStatus) -> str:
    """Return the table of medians and outcomes by page."""
    head = (
        "",
        localize("Queue time"),
        localize("First audio"),
        localize("Real-time factor"),
        localize("Total time"),
        localize("Outcomes"),
    )
    return _table(head, [_page(status, name) for name in sorted({*status.latency_medians, *status.outcomes})])


def _page(status: ServerStatus, name: str) -> tuple[str, ...]:
    figures = status.latency_medians.get(name, {})
    ends = [f"{how} {count}" for how, count in sorted(status.outcomes.get(name, {}).items())]
    return (
        _title(name),
        _seconds(figures.get("wait")),
        _seconds(figures.get("first_audio")),
        f"{figures['rtf']:.2f}" if "rtf" in figures else "–",
        _seconds(figures.get("seconds")),
        ", ".join(ends),
    )


def _title(page: str) -> str:
    """Return the title of a page; endpoints are shown by their name."""
    key = next((key for key in (f"{page}.tab", f"status.{page}") if key in STRINGS), None)
    return string_in(key, language()) if key else page


def _seconds(value: float | None) -> str:
    return "–" if value is None else localize("{seconds:.2f} s", seconds=value)


def _megabytes(size: int | None) -> str:
    return "–" if size is None else f"{size / 1e6:,.0f} MB"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table as HTML; the first cell of a row is its header."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join(
        f"<tr><th>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return f'<table class="fa-check">{f"<tr>{titles}</tr>" if titles else ""}{body}</table>'


def build() -> None:
    """Add the page and connect it. Call it within the page's tab: it is refreshed only while that is open."""
    tab: Any = Context.block
    gr.Markdown(t("status.about"), elem_classes="fa-about")
    shown = [labelled_html("status.process"), labelled_html("status.pages")]
    timer = gr.Timer(REFRESH_SECONDS, active=False)
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    timer.tick(on_refresh, None, shown, **quiet)
    connect(tab.select, on_open, None, {"timer": timer, "process": shown[0], "pages": shown[1]}, **quiet)
    for other in tab.parent.children:
        if other is not tab:
            other.select(lambda: gr.Timer(active=False), None, timer, **quiet)
