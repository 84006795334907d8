"""Handlers that share an event: each gets its own inputs, fills its own outputs, and can't break the others."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from tabs.components.page.page_load import SharedEvent


def build(*results: Any) -> tuple[gr.Blocks, list[str]]:
    """Return an app whose opening runs a handler for each result, and the inputs that the handlers got."""
    event, got = SharedEvent(), list[str]()
    with gr.Blocks() as app:
        for number, result in enumerate(results):
            box, outputs = gr.Textbox(str(number)), [gr.Textbox(), gr.Textbox()]

            def on_event(text: str, result: Any = result) -> Any:
                got.append(text)
                if isinstance(result, Exception):
                    raise result
                return result

            event.add(on_event, box, outputs)
        event.attach(app, app.load)
    return app, got


def run(app: gr.Blocks, *values: str) -> list[Any]:
    (event,) = app.fns.values()
    assert event.fn is not None
    found = event.fn(*values)
    assert len(found) == len(event.outputs)
    return list(found)


def test_inputs_and_outputs_stay_with_their_handlers() -> None:
    app, got = build(["a", "b"], ("c", "d"))
    assert run(app, "first", "second") == ["a", "b", "c", "d"]
    assert got == ["first", "second"]


def test_single_output_gets_its_value_and_not_a_list() -> None:
    event = SharedEvent()
    with gr.Blocks() as app:
        event.add(lambda: "opened", None, gr.Textbox())
        event.attach(app, app.load)
        event.attach(app, app.load)  # nothing was added since
    (attached,) = app.fns.values()
    assert attached.fn is not None
    assert attached.fn() == "opened"


@pytest.mark.parametrize("result", [gr.skip(), RuntimeError("a defect of ours")])
def test_handler_without_values_leaves_its_outputs_and_those_of_others(result: Any) -> None:
    app, _ = build(result, ["c", "d"])
    assert run(app, "first", "second") == [gr.skip(), gr.skip(), "c", "d"]
