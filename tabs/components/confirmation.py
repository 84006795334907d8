"""Buttons for actions that can't be undone: a first press asks, a second one acts."""

from __future__ import annotations

import gradio as gr

from server.updates import Update, connect
from tabs.components.strings import add_strings, t

add_strings({"confirmation.keep": ("Keep it", "保留")})


def build_confirmed_button(action: str, question: str) -> gr.Button:
    """Add a button that shows a question with two answers.

    Args:
        action: String of the button and of the answer that acts.
        question: String of the question.

    Returns:
        The answer that acts.
    """
    ask = gr.Button(t(action), size="sm", variant="stop")
    with gr.Row(visible=False, elem_classes="fa-confirmation") as answers:
        gr.Markdown(t(question))
        act = gr.Button(t(action), size="sm", variant="stop")
        keep = gr.Button(t("confirmation.keep"), size="sm")
    outputs = {"ask": ask, "answers": answers}

    def show_question(*, is_asked: bool) -> Update:
        return Update(ask=gr.Button(visible=not is_asked), answers=gr.Row(visible=is_asked))

    for button, is_asked in ((ask, True), (act, False), (keep, False)):
        connect(button.click, lambda is_asked=is_asked: show_question(is_asked=is_asked), [], outputs, queue=False)
    return act
