"""Preview below a text box: how the text is read aloud, and which markup has no effect."""

from __future__ import annotations

from html import escape

import gradio as gr

from funaudio_core.text import speech_markup
from funaudio_core.text.spoken_form import spoken_form
from server.events import handler
from server.request import localize


@handler
def on_text(text: str, language: str) -> str:
    """Show how a text is read if that differs from what is written."""
    marked = speech_markup.parse(text or "")
    spoken = spoken_form(marked.said, language)
    rows = []
    if marked.dropped:
        rows.append(f'<span class="fa-warn">⚠ {escape(dropped_text(marked.dropped))}</span>')
    if spoken.split() != (text or "").split():
        rows.append(escape(localize("Read as: {text}", text=spoken)))
    return "<br>".join(rows)


def dropped_text(tags: tuple[str, ...]) -> str:
    """Return a note on SSML tags without effect."""
    return localize("These SSML tags have no effect: {tags}.", tags=tags)


def build(text: gr.Textbox, language: gr.Dropdown) -> gr.HTML:
    """Add the preview of a text."""
    preview = gr.HTML(elem_classes="fa-claim")
    gr.on(
        [text.blur, language.change],
        on_text,
        [text, language],
        preview,
        api_visibility="private",
        show_progress="hidden",
    )
    return preview
