"""What the steps of a generator handler tell the browser, as the browser takes it: see tabs/edits.py."""

from __future__ import annotations

import copy
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from server import blocks
from server.blocks import Whole
from tests.browser.test_walk import FLAGS, PATIENCE

BUTTONS = 12
SKIP = gr.skip()
BUSY = "setTimeout(() => { const began = Date.now(); while (Date.now() - began < 2000); }, 0)"  # the page does nothing
AWAKE = "(most) => document.querySelectorAll('button.number:enabled').length === most"
Change = list[Any]  # [action, path, what comes there]


def changed(value: Any, change: Change) -> Any:
    """What a browser has after an edit: made within the value, as Gradio's own client does."""
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
    """Blocks with four outputs, and what they send for one step after the other."""

    def __init__(self) -> None:
        with Whole() as self.blocks:
            outputs = [gr.Textbox() for _ in range(4)]
            gr.Button().click(lambda: None, None, outputs)
        (self.handler,) = self.blocks.fns.values()

    def send(self, values: list[Any], final: bool = False, simple: bool = False, session: str | None = "me") -> Any:
        return self.blocks.handle_streaming_diffs(self.handler, copy.deepcopy(values), session, "run", final, simple)


def test_what_a_step_told_stays_what_it_was_when_more_steps_arrive_before_it_is_shown() -> None:
    steps, told, last = Steps(), [], list[Any]()
    for values in STEPS:
        sent = steps.send(values)
        if not last:
            last = sent
        else:
            for place, changes in enumerate(sent):
                for change in changes:
                    last[place] = changed(last[place], change)
        told.append(list(last))  # shown later: the values themselves, not copies
    assert told == STEPS


def test_the_end_repeats_the_last_step_whole() -> None:
    steps = Steps()
    for values in STEPS:
        steps.send(values)
    assert steps.send([None] * 4, final=True) == STEPS[-1]
    assert steps.send(STEPS[0]) == STEPS[0]  # the next run begins anew


def test_scripts_that_ask_for_no_edits_get_none() -> None:
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


@pytest.fixture
def hasty() -> Iterator[tuple[str, threading.Event]]:
    """The address of an app that shows its buttons, wakes them, and at once has nothing more to say of them.

    It begins with that when the event is set.
    """
    go = threading.Event()

    def on_wake() -> Iterator[list[Any]]:
        yield [gr.Button("Waking")] + [SKIP] * BUTTONS
        assert go.wait(PATIENCE)
        go.clear()
        yield [SKIP] + [gr.Button(visible=True)] * BUTTONS  # takes a page longer than the rest
        yield [SKIP] + [gr.Button(interactive=True)] * BUTTONS
        yield [SKIP] * (BUTTONS + 1)

    with Whole(analytics_enabled=False) as app:
        buttons = [
            gr.Button(f"Number {number}", interactive=False, visible=False, elem_classes="number")
            for number in range(BUTTONS)
        ]
        wake = gr.Button("Wake")
        wake.click(on_wake, None, [wake, *buttons])
    _, address, _ = app.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    yield address, go
    app.close()


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is absent; `make system` brings it on Debian")
def test_buttons_that_wake_just_before_the_end_are_awake(hasty: tuple[str, threading.Event]) -> None:
    from playwright.sync_api import sync_playwright

    address, go = hasty
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = opened.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        for _ in range(3):
            page.goto(address)
            page.get_by_role("button", name="Wake", exact=True).click()
            page.get_by_role("button", name="Waking", exact=True).wait_for()
            page.evaluate(BUSY)
            go.set()  # all that follows arrives before any of it is shown
            page.wait_for_function(AWAKE, arg=BUTTONS)
        opened.close()
