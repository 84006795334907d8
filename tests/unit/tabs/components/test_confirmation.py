"""A press asks, and only the answer acts."""

from __future__ import annotations

from typing import Any

import gradio as gr

from tabs.components.confirmation import build_confirmed_button


def visibility(app: gr.Blocks, button: gr.Button) -> dict[str, bool]:
    """Press a button and return the visibility that its handler gives to the components, by their kind."""
    (event,) = (each for each in app.fns.values() if (button._id, "click") in each.targets)
    assert event.fn is not None
    changes: list[Any] = event.fn()
    return {type(component).__name__: change.visible for component, change in zip(event.outputs, changes, strict=True)}


def test_a_press_asks_and_each_answer_brings_the_button_back() -> None:
    with gr.Blocks() as app:
        act = build_confirmed_button("audiobook.delete", "audiobook.delete_question")
    buttons = [block for block in app.blocks.values() if isinstance(block, gr.Button)]
    ask, keep = buttons[0], buttons[-1]
    assert act is buttons[1]
    assert visibility(app, ask) == {"Button": False, "Row": True}
    assert visibility(app, act) == visibility(app, keep) == {"Button": True, "Row": False}
