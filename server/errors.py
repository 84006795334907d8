"""What a visit leaves behind, and its end: files and memory go when the page is closed. Knows no single page."""

from __future__ import annotations

import logging

import gradio as gr

from funaudio_core.i18n.catalog import said
from funaudio_core.message import Phrase

APOLOGY = Phrase(
    "Something went wrong on our side; the details are in the log. Please try again, or try another clip or text."
)
SHOWN_SECONDS = 15.0  # of an error over the page: long enough to be read, not for ever in front of the player

log = logging.getLogger(__name__)


def sentence(phrase: Phrase, language: str) -> gr.Error:
    """The error that a page shows, in "en" or "zh"."""
    return gr.Error(
        said(phrase, language), duration=SHOWN_SECONDS, title=said(Phrase("Error"), language), print_exception=False
    )
