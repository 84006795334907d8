"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import logging

import gradio as gr

from funaudio_core.i18n.catalog import translate
from funaudio_core.message import Message

INTERNAL_ERROR = Message(
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text."
)
SHOWN_SECONDS = 15.0  # of an error over the page: long enough to be read, not for ever in front of the player

log = logging.getLogger(__name__)


def gradio_error(phrase: Message, language: str) -> gr.Error:
    """The error that a page shows, in "en" or "zh"."""
    return gr.Error(
        translate(phrase, language),
        duration=SHOWN_SECONDS,
        title=translate(Message("Error"), language),
        print_exception=False,
    )
