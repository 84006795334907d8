"""Files of the narration: finished chapters can be taken away while others are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import gradio as gr

from funaudio_core.narration.narration import Narration
from funaudio_core.runtime.progress import iterate_progress
from funaudio_core.tasks import narration as tasks
from funaudio_core.tasks import narration_export as exports
from server.events import QUEUE_OPTIONS, handler, queued_handler
from server.request import localize
from server.updates import Outputs, Update, connect
from tabs.audiobook.narration_panel import NarrationControls
from tabs.components.outputs import safe_name, watermark_text
from tabs.components.strings import t

MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class ExportControls(Outputs):
    """Components of the panel. files: Links to the files that were made."""

    accordion: gr.Accordion
    kind: gr.Dropdown
    files: gr.HTML


@handler
def on_narration(narration_id: str) -> Update:
    """Show the files of another narration."""
    if not narration_id:
        return Update(accordion=gr.Accordion(visible=False))
    return Update(accordion=gr.Accordion(visible=True), files=files_html(tasks.open_narration(narration_id)))


@queued_handler()
def on_export(narration_id: str, kind: str) -> Iterator[Update]:
    """Write the finished chapters to a file, and look for the watermark in it."""
    narration = tasks.open_narration(narration_id)
    steps = iterate_progress(lambda progress: exports.export_narration(narration, kind, progress))
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            made: exports.ExportedFile = end.value
            break
        yield Update(status=localize("Writing the file: {share:.0%}…", share=share))
    total = len(narration.status().chapters)
    told = localize("The file is made: {count} of {total} chapters.", count=made.chapters, total=total)
    mark = "" if made.has_watermark is None else watermark_text(made.has_watermark)
    yield Update(status=f"{told} {mark}".strip(), files=files_html(narration))


def files_html(narration: Narration) -> str:
    """Return links to the files that were made, or ""."""
    items = []
    for kind in exports.KINDS:
        path = exports.export_path(narration, kind)
        if path.exists():
            size = path.stat().st_size / MEGABYTE
            name = escape(f"{safe_name(narration.title, 'audiobook')}{path.suffix}")
            link = f'<a href="narrations/{narration.id}/files/{kind}" download="{name}">{name}</a>'
            items.append(f"<li>{link} ({kind.upper()}, {size:.1f} MB)</li>")
    return f'<ul class="fa-files">{"".join(items)}</ul>' if items else ""


def build_exports() -> tuple[ExportControls, gr.Button]:
    """Add the panel; return it with its button."""
    with gr.Accordion(t("audiobook.export"), open=False, visible=False) as accordion:
        choices = [(str(t(f"audiobook.export.{kind}")), kind) for kind in exports.KINDS]
        kind = gr.Dropdown(choices, value="m4b", label=t("audiobook.export.kind"))
        run = gr.Button(t("audiobook.export.run"))
        files = gr.HTML()
    return ExportControls(accordion, kind, files), run


def wire_exports(controls: ExportControls, run: gr.Button, narration: NarrationControls, status: gr.HTML) -> None:
    """Connect the panel."""
    shown = narration.narration
    connect(shown.change, on_narration, shown, controls, show_progress="hidden")
    outputs = {"status": status, "files": controls.files}
    connect(run.click, on_export, [shown, controls.kind], outputs, show_progress="hidden", **QUEUE_OPTIONS)
