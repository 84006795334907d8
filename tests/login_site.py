"""The app with one small page, which tells visitors as whom they are counted. Knows no test."""

from __future__ import annotations

from types import SimpleNamespace

import gradio as gr

import app
from funaudio_core import settings
from server.request import account_id


def _build() -> None:
    said = gr.Textbox()
    gr.Button().click(lambda text: text + account_id(), said, said, api_name="say")


if __name__ == "__main__":
    settings.read()
    app.TABS = (SimpleNamespace(NAME="status", build=_build),)  # type: ignore[assignment, attr-defined]
    app.launch(app.build())
