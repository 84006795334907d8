"""The Status page: models in memory, the queue and response times."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import gradio as gr

from server import health
from server.events import handler
from server.health import ServerStatus
from server.request import language, localize
from tabs.components.outputs import labelled_html
from tabs.components.strings import STRINGS, add_strings, string_in, t

NAME = "status"
# Refreshes the tables when the page is opened, and every five seconds until another one is.
REFRESH_JS = """
const page = element.closest('[role=tabpanel]'), REFRESH_MILLISECONDS = 5000, CHECK_MILLISECONDS = 200;
let refreshed = -Infinity;
const check = () => {
  if (!page.offsetParent) refreshed = -Infinity;
  else if (performance.now() - refreshed >= REFRESH_MILLISECONDS) {
    refreshed = performance.now();
    trigger('tick');
  }
};
setInterval(check, CHECK_MILLISECONDS);
check();
"""
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
    """Return the table of medians and outcomes by page; "" before the first request."""
    head = (
        "",
        localize("Queue time"),
        localize("First audio"),
        localize("Real-time factor"),
        localize("Total time"),
        localize("Outcomes"),
    )
    rows = [_page(status, name) for name in sorted({*status.latency_medians, *status.outcomes})]
    return _table(head, rows) if rows else ""


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
    """Add the page and connect it."""
    gr.Markdown(t("status.about"), elem_classes="fa-about")
    shown = [labelled_html("status.process"), labelled_html("status.pages")]
    clock = gr.HTML(js_on_load=REFRESH_JS)
    clock.tick(on_refresh, None, shown, queue=False, show_progress="hidden", api_visibility="private")
