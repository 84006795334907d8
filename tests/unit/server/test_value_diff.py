"""Edits that the steps of a generator handler send to the browser."""

from __future__ import annotations

import copy
from typing import Any

import gradio as gr
import pytest

from server import blocks
from server.blocks import WholeValueBlocks

SKIP = gr.skip()
Change = list[Any]  # [action, path, new content]


def changed(value: Any, change: Change) -> Any:
    """Apply an edit within a value, as Gradio's client does, and return the value."""
    action, path, new = change
    if not path:
        return value + new if action == "append" else new
    inside = value
    for key in path[:-1]:
        inside = inside[key]
    if action == "delete":
        del inside[path[-1]]
    else:
        inside[path[-1]] = new
    return value


STEPS: list[list[Any]] = [
    ["Wor", {"interactive": True, "value": "a.wav", "__type__": "update"}, ["one"], None],
    ["Working", dict(SKIP), ["one", "two"], {"visible": False, "__type__": "update"}],
    ["Working", {"interactive": False, "__type__": "update"}, [], {"visible": True, "__type__": "update"}],
    ["", dict(SKIP), ["three"], None],
]


class Steps:
    """Blocks with four outputs that send one step after the other."""

    def __init__(self) -> None:
        with WholeValueBlocks() as self.blocks:
            outputs = [gr.Textbox() for _ in range(4)]
            gr.Button().click(lambda: None, None, outputs)
        (self.handler,) = self.blocks.fns.values()

    def send(self, values: list[Any], final: bool = False, simple: bool = False, session: str | None = "me") -> Any:
        return self.blocks.handle_streaming_diffs(self.handler, copy.deepcopy(values), session, "run", final, simple)


def test_values_of_a_step_stay_when_later_steps_arrive_before_it_is_shown() -> None:
    steps, shown, last = Steps(), [], list[Any]()
    for values in STEPS:
        sent = steps.send(values)
        if not last:
            last = sent
        else:
            for place, changes in enumerate(sent):
                for change in changes:
                    last[place] = changed(last[place], change)
        shown.append(list(last))  # shown later: the values themselves, not copies
    assert shown == STEPS


def test_the_last_message_repeats_the_last_step() -> None:
    steps = Steps()
    for values in STEPS:
        steps.send(values)
    assert steps.send([None] * 4, final=True) == STEPS[-1]
    assert steps.send(STEPS[0]) == STEPS[0]  # the next run


def test_clients_with_the_simple_format_get_whole_values() -> None:
    steps = Steps()
    assert [steps.send(values, simple=True) for values in STEPS] == STEPS
    assert [steps.send(values, session=None) for values in STEPS] == STEPS


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a", "ab", [["append", [], "b"]]),
        ("ab", "a", [["replace", [], "a"]]),
        ({"value": "a"}, {"value": "ab"}, [["replace", [], {"value": "ab"}]]),
        (["a"], ["a"], []),
        (None, "", [["replace", [], ""]]),
    ],
)
def test_edits(old: Any, new: Any, expected: list[Change]) -> None:
    assert blocks.value_diff(old, new) == expected
