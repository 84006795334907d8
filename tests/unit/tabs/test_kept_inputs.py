"""Values that the browser stores: what fits an input is put back, anything else is ignored."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from tabs.components.kept_inputs import MAX_CHARACTERS, restored_values

SKIP = gr.skip()


@pytest.fixture
def inputs() -> list[Any]:
    with gr.Blocks():
        choices = [("English", "en"), ("中文", "zh")]
        return [
            gr.Textbox("example"),
            gr.Slider(0.5, 2.0, 1.0),
            gr.Number(-1),
            gr.Checkbox(True),
            gr.Dropdown(choices, value="en"),
            gr.Dropdown(choices, value=[], multiselect=True),
        ]


@pytest.mark.parametrize(
    "values", [["my text", 1.5, 42, False, "zh", ["zh", "en"]], ["", 2, 0, True, "en", []]], ids=["some", "others"]
)
def test_values_that_fit_are_put_back(inputs: list[Any], values: list[Any]) -> None:
    assert restored_values(json.dumps(values), inputs) == values


def test_values_that_do_not_fit_are_ignored(inputs: list[Any]) -> None:
    forged = [{"path": "/etc/passwd"}, 9.0, "many", 1, "xx", ["zh", "xx"]]
    assert restored_values(json.dumps(forged), inputs) == [SKIP] * 6
    assert restored_values(json.dumps([None, None, True, "yes", None, "en"]), inputs) == [*[SKIP] * 5, "en"]


@pytest.mark.parametrize("text", ["", "{", "{}", '["one value"]', "null", "[" * 100_000, " " * MAX_CHARACTERS + "[]"])
def test_storage_of_another_version_is_ignored(inputs: list[Any], text: str) -> None:
    assert restored_values(text, inputs) == [SKIP] * 6
