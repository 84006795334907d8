"""Tests of several component changes that arrive at once, in a browser; see tests/unit/server/test_value_diff.py."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from server.blocks import WholeValueBlocks
from tests.browser.visitor import TIMEOUT_SECONDS

BUTTONS = 12
SKIP = gr.skip()
BLOCK_PAGE_JS = "setTimeout(() => { const began = Date.now(); while (Date.now() - began < 2000); }, 0)"  # for 2 s
ALL_ENABLED_JS = "(count) => document.querySelectorAll('button.number:enabled').length === count"


@pytest.fixture
def app_with_quick_updates() -> Iterator[tuple[str, threading.Event]]:
    """Run an app that shows its buttons, enables them, and ends without further changes, in quick succession.

    Yields:
        Its address, and the event that starts these updates.
    """
    release = threading.Event()

    def on_wake() -> Iterator[list[Any]]:
        yield [gr.Button("Waking")] + [SKIP] * BUTTONS
        assert release.wait(TIMEOUT_SECONDS)
        release.clear()
        yield [SKIP] + [gr.Button(visible=True)] * BUTTONS  # takes the page longer than the other updates
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
    yield address, release
    app.close()


def test_buttons_enabled_just_before_the_last_update_stay_enabled(
    browser: Any, app_with_quick_updates: tuple[str, threading.Event]
) -> None:
    address, release = app_with_quick_updates
    page = browser.new_page()
    page.set_default_timeout(TIMEOUT_SECONDS * 1000)
    for _ in range(3):
        page.goto(address)
        page.get_by_role("button", name="Wake", exact=True).click()
        page.get_by_role("button", name="Waking", exact=True).wait_for()
        page.evaluate(BLOCK_PAGE_JS)
        release.set()  # all updates arrive before the first one is shown
        page.wait_for_function(ALL_ENABLED_JS, arg=BUTTONS)
    page.close()
