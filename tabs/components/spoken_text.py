"""Below a text box: how the text is read aloud, and the visitor's pronunciation table."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from funaudio_core.errors import BadInput
from funaudio_core.text import speech_markup
from funaudio_core.text.pronunciations import apply_pronunciations, format_table, parse_table
from funaudio_core.text.spoken_form import spoken_form
from server.events import handler
from server.request import localize
from server.updates import Update, connect
from tabs.components.outputs import disabled_download, enabled_download, write_file
from tabs.components.strings import add_strings, t

MAX_TABLE_BYTES = 1_000_000
MAX_PREVIEW_CHARACTERS = 1000  # 2,500 numbers in a Chinese text took 10 s
add_strings(
    {
        "spoken.table": ("Pronunciations", "读音表"),
        "spoken.how": (
            "One per line: word = how it is said, or word = /IPA/",
            "每行一条：词 = 读法，或 词 = /国际音标/",
        ),
        "spoken.import": ("Import a table (CSV, TSV or text)", "导入读音表（CSV、TSV 或文本）"),
        "spoken.export": ("Export as CSV", "导出为 CSV"),
    }
)


@dataclass(frozen=True, slots=True)
class SpokenText:
    """Components below a text box.

    Attributes:
        preview: How the text is read.
        pronunciations: The table, one word a line.
        export: Offers the table as a file.
    """

    preview: gr.HTML
    pronunciations: gr.Textbox
    export: gr.DownloadButton


def apply_table(text: str, table: str | None, language: str) -> str:
    """Return a text with the pronunciations of a visitor's table. Raise BadInput for a table that can't be read."""
    return apply_pronunciations(text or "", parse_table(table or ""), language)


@handler
def on_text(text: str, language: str, table: str) -> str:
    """Show how a text, or the beginning of a long one, is read if that differs from what is written."""
    beginning = (text or "")[:MAX_PREVIEW_CHARACTERS]
    marked = speech_markup.parse(apply_table(beginning, table, language))
    spoken = spoken_form(marked.said, language)
    rows = []
    if marked.dropped:
        note = localize("These SSML tags have no effect: {tags}.", tags=marked.dropped)
        rows.append(f'<span class="fa-warn">⚠ {escape(note)}</span>')
    if spoken.split() != beginning.split():
        rest = "…" if beginning != (text or "") else ""
        rows.append(escape(localize("Read as: {text}", text=spoken + rest)))
    return "<br>".join(rows)


@handler
def on_table(text: str, language: str, table: str) -> Update:
    """Show how a text is read with a changed table, and offer the table as a file."""
    entries = parse_table(table or "")
    export = (
        enabled_download(write_file(format_table(entries), "pronunciations.csv")) if entries else disabled_download()
    )
    return Update(preview=on_text(text, language, table), export=export)


@handler
def on_import(file: str | None, text: str, language: str, table: str) -> Update:
    """Add the words of a file to the table."""
    if file is None:
        return Update(pronunciations=table)
    path = Path(file)
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise BadInput("The file is larger than 1 MB. Import a table with one word per line.")
    try:
        added = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("The file isn't text in UTF-8. Save the table as CSV in UTF-8.") from None
    merged = format_table(parse_table(f"{table or ''}\n{added}"))
    return Update(pronunciations=merged, **on_table(text, language, merged))


def build_table() -> gr.Textbox:
    """Add the box of a pronunciation table."""
    return gr.Textbox("", label=t("spoken.table"), info=t("spoken.how"), lines=3)


def build(text: gr.Textbox, language: gr.Dropdown) -> SpokenText:
    """Add the preview of a text and the pronunciation table."""
    preview = gr.HTML(elem_classes="fa-note")
    with gr.Accordion(t("spoken.table"), open=False):
        table = build_table()
        with gr.Row():
            upload = gr.File(label=t("spoken.import"), file_types=[".csv", ".tsv", ".txt"], type="filepath")
            export = gr.DownloadButton(t("spoken.export"), interactive=False)
    given: list[Any] = [text, language, table]
    gr.on([text.blur, language.change], on_text, given, preview, api_visibility="private", show_progress="hidden")
    connect(table.blur, on_table, given, {"preview": preview, "export": export})
    followers = {"pronunciations": table, "preview": preview, "export": export}
    connect(upload.upload, on_import, [upload, *given], followers)
    return SpokenText(preview, table, export)
