"""The app with one small page that shows the account of its user."""

from __future__ import annotations

from types import SimpleNamespace

import app  # before gradio, which reads GRADIO_TEMP_DIR when it is imported
from funaudio_core import settings
from server.request import account_id


def _build() -> None:
    import gradio as gr

    text = gr.Textbox()
    gr.Button().click(lambda words: words + account_id(), text, text, api_name="say")


if __name__ == "__main__":
    settings.read()
    app.TABS = (SimpleNamespace(NAME="status", build=_build),)  # type: ignore[assignment, attr-defined]
    app.launch(app.build())
