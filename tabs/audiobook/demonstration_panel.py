"""Demonstrations of the page: chapters of our own stories, stored with their sound."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import gradio as gr

from server.updates import Outputs, Update, connect
from tabs.audiobook import library
from tabs.audiobook.book_panel import BookControls, show_book
from tabs.components import demonstrations
from tabs.components.demonstrations import Demonstration
from tabs.components.strings import t


@dataclass(frozen=True, slots=True)
class StoredSound(Outputs):
    """Player of a demonstration, and its text."""

    stored: gr.Audio
    passage: gr.HTML


def show_demonstration(demonstration: Demonstration) -> Update:
    """Return the update that plays a stored chapter, and shows the story that it comes from."""
    return Update(
        **{
            **show_book(library.sample(demonstration.inputs["language"])),
            "status": demonstrations.stored_text(demonstration),
            "stored": gr.Audio(value=str(demonstration.result), visible=True, autoplay=True),
            "passage": passage_html(demonstration),
        }
    )


def hide_demonstration() -> Update:
    """Return the update that hides the player and the text."""
    return Update(stored=gr.Audio(value=None, visible=False), passage="")


def passage_html(demonstration: Demonstration) -> str:
    """Return the text of a demonstration in paragraphs."""
    paragraphs = demonstration.inputs["text"].split("\n\n")
    return f'<div class="fa-stored">{"".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)}</div>'


def build_stored() -> StoredSound:
    """Add the player, invisible until a demonstration is chosen."""
    stored = gr.Audio(label=t("audiobook.stored"), interactive=False, type="filepath", visible=False)
    return StoredSound(stored, gr.HTML())


def wire_demonstrations(
    page: str,
    buttons: dict[str, gr.Button],
    starts: tuple[gr.Button, gr.Button],
    stored: StoredSound,
    book: BookControls,
    status: gr.HTML,
) -> None:
    """Connect the buttons.

    Args:
        page: Name of the page.
        buttons: The demonstrations by name.
        starts: Buttons that begin a narration, which silences a demonstration.
        stored: Its player.
        book: The book that it is of.
        status: The status line.
    """
    for start in starts:
        connect(start.click, hide_demonstration, None, stored, show_progress="hidden")
    demonstrations.wire(page, buttons, show_demonstration, stored, book, {"status": status})
