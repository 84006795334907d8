"""Expressive audiobooks: a book is read with a narrator and a voice for each character, and followed in the text."""

from __future__ import annotations

import gradio as gr

from funaudio_core.engines import selection
from server.events import add_endpoint
from tabs.audiobook import book_panel, cast_panel, demonstration_panel, export_panel, line_editor, narration_panel
from tabs.audiobook.endpoints import narrate, plan_audiobook
from tabs.audiobook.player import build_player
from tabs.audiobook.routes import ROUTES
from tabs.components import demonstrations, engine_picker
from tabs.components.layout import heading, status_line
from tabs.components.strings import t

__all__ = ["NAME", "ROUTES", "build", "narrate", "plan_audiobook"]
NAME = "audiobook"


def build() -> None:
    """Add the page and connect it."""
    heading(NAME, engine_picker.default_synthesizer(), *selection.check_engines())
    demos = demonstrations.build(NAME)
    sources = book_panel.build_sources()
    book = book_panel.build_book()
    with book.panel, gr.Row():
        listen = gr.Button(t("audiobook.listen"), variant="primary", elem_id="fa-listen")
        prepare = gr.Button(t("audiobook.prepare"), elem_id="fa-prepare")
    status = status_line()
    stored = demonstration_panel.build_stored()
    player = build_player()
    line, save = line_editor.build_editor()
    narration = narration_panel.build_narration(NAME, player)
    buttons = narration_panel.build_buttons(narration.panel)
    files, export = export_panel.build_exports()
    cast, cast_buttons, reference = cast_panel.build_cast()
    book_panel.wire_sources(sources, book, status)
    narration_panel.wire_narration(narration, buttons, (listen, prepare), book, status)
    demonstration_panel.wire_demonstrations(NAME, demos, (listen, prepare), stored, book, status)
    line_editor.wire_editor(line, save, narration, status)
    cast_panel.wire_cast(cast, cast_buttons, reference, narration, status)
    export_panel.wire_exports(files, export, narration, status)
    add_endpoint(plan_audiobook)
    add_endpoint(narrate)
