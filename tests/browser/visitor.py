"""A visitor in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import fakes
from tests.conftest import ROOT

SHOTS = ROOT / "screenshots"  # looked at by people, kept out of git
PATIENCE = 300  # seconds; a busy machine may need many times what a quiet one does
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 1000}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
ELSEWHERE = re.compile(r"net::ERR_|Failed to load resource")  # fonts of other hosts, where there is no network

# Every text that a toast ever had: it goes by itself after a while, and takes others in meanwhile.
WATCHES = """() => {
  window.toasted = [];
  new MutationObserver(() => {
    for (const {innerText} of document.querySelectorAll('.toast-body'))
      if (!window.toasted.includes(innerText)) window.toasted.push(innerText);
  }).observe(document, {childList: true, subtree: true, characterData: true});
}"""
# Both modules are there that make WAV of what a microphone streams.
RECORDER = "() => performance.getEntriesByType('resource').filter(({name}) => name.includes('/module-')).length >= 2"


class Visitor:
    """One browser page, and the errors that its console showed."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)
        page.add_init_script(f"({WATCHES})()")
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._console(message))
        page.on("response", lambda response: self._response(response))

    def _console(self, message: Any) -> None:
        if message.type == "error" and not ELSEWHERE.search(message.text):
            self.errors.append(message.text)

    def _response(self, response: Any) -> None:
        """What the browser could not load from our own address counts, whatever the console says of it."""
        if response.status >= 400 and response.url.startswith(self.page.url.split("?")[0]):
            self.errors.append(f"{response.status} {response.url}")

    def open(self, tab: str) -> Any:
        """Click a tab; returns its panel."""
        self.page.get_by_role("tab", name=tab, exact=True).first.click()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.wait_for()
        return panel

    def wait(self, panel: Any, selector: str, pattern: str) -> str:
        """The text of the first visible element that matches, as soon as it does."""
        deadline = time.monotonic() + PATIENCE
        text = ""
        while time.monotonic() < deadline:
            for text in panel.locator(selector).locator("visible=true").all_inner_texts():
                if re.search(pattern, text):
                    return str(text)
            self.page.wait_for_timeout(100)
        self.shoot("timeout")
        pytest.fail(f"{selector} never showed {pattern!r}; last: {text!r}; toasts: {self.toasts()}")

    def wait_for_file(self, panel: Any, button: str, pattern: str, folder: Path) -> str:
        """The text of a download, as soon as it matches."""
        deadline = time.monotonic() + PATIENCE
        text = ""
        while time.monotonic() < deadline:
            text = self.download(panel, button, folder).read_text()
            if re.search(pattern, text):
                return text
            self.page.wait_for_timeout(500)
        self.shoot("timeout")
        pytest.fail(f"{button} never held {pattern!r}; last: {text!r}; toasts: {self.toasts()}")

    def wait_for_value(self, box: Any, begins: str) -> None:
        """Until what stands in a box begins so."""
        deadline = time.monotonic() + PATIENCE
        while not box.input_value().startswith(begins):
            assert time.monotonic() < deadline, f"{box.input_value()!r} never became {begins!r}…"
            self.page.wait_for_timeout(100)

    def wait_for_sound(self, panel: Any, words: str, folder: Path) -> None:
        """Until the WAV that is offered says these words; of the fake voice."""
        deadline = time.monotonic() + PATIENCE
        while (said := fakes.heard(self.download(panel, "WAV", folder))) != words:
            assert time.monotonic() < deadline, said
            self.page.wait_for_timeout(200)

    def toasts(self) -> list[str]:
        return [str(toast.inner_text()) for toast in self.page.locator(".toast-body").all()]

    def toasted(self) -> list[str]:
        """What toasts said since the page was opened."""
        return [str(text) for text in self.page.evaluate("window.toasted")]

    def download(self, panel: Any, button: str, folder: Path) -> Path:
        with self.page.expect_download() as waiting:
            panel.get_by_role("button", name=button, exact=True).click()
        path: Path = folder / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    def shoot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@contextmanager
def visit(browser: Any, site: str, **options: Any) -> Iterator[Visitor]:
    """Open the app in a browser context of its own; at the end, its console must show no error."""
    context = browser.new_context(permissions=["microphone"], **(options or DESKTOP))
    visitor = Visitor(context.new_page())
    visitor.page.goto(site)
    visitor.page.locator(".fa-title").first.wait_for()
    yield visitor
    context.close()
    assert visitor.errors == []


def upload(panel: Any, path: Path) -> None:
    """Upload a clip into the first input of a panel."""
    panel.locator("input[type=file]").first.set_input_files(path)
    wait_for_player(panel)


def wait_for_player(panel: Any) -> None:
    """Wait until the clip stands in its player."""
    panel.locator("[data-testid^=audio-player]").first.wait_for(state="attached")


def choose(panel: Any, label: str, option: str) -> None:
    """Take an option of a dropdown, by words in it."""
    panel.get_by_label(label, exact=True).first.click()
    panel.page.get_by_role("option", name=re.compile(option)).first.click()


def record(visitor: Visitor, panel: Any) -> None:
    """Press the last Record on the page, once the page has what it records with: before that, Gradio 6.31 fails."""
    visitor.page.wait_for_function(RECORDER)
    visitor.page.wait_for_timeout(1000)  # it still has to make a worker of it
    panel.get_by_role("button", name="Record", exact=True).last.click()
