"""Errors as a page shows them."""

from __future__ import annotations

import gradio as gr

from funaudio_core.i18n.catalog import translate
from funaudio_core.message import Message

INTERNAL_ERROR = Message(
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text."
)
DISPLAY_SECONDS = 15.0  # long enough to read; the error covers the player


def gradio_error(message: Message, language: str) -> gr.Error:
    """Return a message as an error of Gradio's, in "en" or "zh"."""
    return gr.Error(
        translate(message, language),
        duration=DISPLAY_SECONDS,
        title=translate(Message("Error"), language),
        print_exception=False,
    )
