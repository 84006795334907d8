"""Changes of components that arrive all at once, in a browser; see tests/unit/server/test_value_diff.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from server.blocks import WholeValueBlocks
from tests.browser.visitor import PATIENCE

BUTTONS = 12
SKIP = gr.skip()
BUSY = "setTimeout(() => { const began = Date.now(); while (Date.now() - began < 2000); }, 0)"  # the page does nothing
AWAKE = "(most) => document.querySelectorAll('button.number:enabled').length === most"


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

    with WholeValueBlocks(analytics_enabled=False) as app:
        buttons = [
            gr.Button(f"Number {number}", interactive=False, visible=False, elem_classes="number")
            for number in range(BUTTONS)
        ]
        wake = gr.Button("Wake")
        wake.click(on_wake, None, [wake, *buttons])
    _, address, _ = app.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    yield address, go
    app.close()


def test_buttons_that_wake_just_before_the_end_are_awake(browser: Any, hasty: tuple[str, threading.Event]) -> None:
    address, go = hasty
    page = browser.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    for _ in range(3):
        page.goto(address)
        page.get_by_role("button", name="Wake", exact=True).click()
        page.get_by_role("button", name="Waking", exact=True).wait_for()
        page.evaluate(BUSY)
        go.set()  # all that follows arrives before any of it is shown
        page.wait_for_function(AWAKE, arg=BUTTONS)
    page.close()
