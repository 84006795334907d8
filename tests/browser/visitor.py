"""A page of the app in a real browser, with helpers to use and check it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as PageTimeoutError

from tabs.components.page.browser_script import CLIP_CLASS
from tests import fakes
from tests.conftest import ROOT

SCREENSHOTS = ROOT / "screenshots"  # for people, ignored by git
TIMEOUT_SECONDS = 300  # a busy machine may need many times what an idle one does
RETRY_SECONDS = 20  # a button whose file is being replaced brings none
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 1000}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
NETWORK_ERROR = re.compile(r"net::ERR_|Failed to load resource")  # fonts of other hosts, without network
REPLACED_PLAYER_ERROR = "signal is aborted without reason"  # of a Gradio player that is replaced while it loads

# Collects all texts of toasts, which disappear after a while and may change.
COLLECT_TOASTS_JS = """() => {
  window.allToasts = [];
  new MutationObserver(() => {
    for (const {innerText} of document.querySelectorAll('.toast-body'))
      if (!window.allToasts.includes(innerText)) window.allToasts.push(innerText);
  }).observe(document, {childList: true, subtree: true, characterData: true});
}"""


class Visitor:
    """Browser page, with the errors in its console."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.errors: list[str] = []
        page.set_default_timeout(TIMEOUT_SECONDS * 1000)
        page.add_init_script(f"({COLLECT_TOASTS_JS})()")
        page.on("pageerror", lambda error: self._page_error(str(error)))
        page.on("console", lambda message: self._console(message))
        page.on("response", lambda response: self._response(response))

    def _console(self, message: Any) -> None:
        if message.type == "error" and not NETWORK_ERROR.search(message.text):
            self.errors.append(message.text)

    def _page_error(self, message: str) -> None:
        if message != REPLACED_PLAYER_ERROR:
            self.errors.append(message)

    def _response(self, response: Any) -> None:
        """Record each failed request to our own address, whatever the console shows of it."""
        if response.status >= 400 and response.url.startswith(re.split("[?#]", self.page.url)[0]):
            self.errors.append(f"{response.status} {response.url}")

    def open_tab(self, tab: str) -> Any:
        """Click a tab and return its panel."""
        self.page.get_by_role("tab", name=tab, exact=True).first.click()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.wait_for()
        return panel

    def reload(self) -> Any:
        """Reload the page and return its panel; errors of the connections that this breaks don't count."""
        self.page.reload()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.wait_for()
        self.errors.clear()
        return panel

    def wait(self, panel: Any, selector: str, pattern: str) -> str:
        """Wait for a visible element whose text matches, and return the text."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        text = ""
        while time.monotonic() < deadline:
            for text in panel.locator(selector).locator("visible=true").all_inner_texts():
                if re.search(pattern, text):
                    return str(text)
            self.page.wait_for_timeout(100)
        self.screenshot("timeout")
        pytest.fail(f"{selector} never showed {pattern!r}; last: {text!r}; toasts: {self.toasts()}")

    def wait_for_file(self, panel: Any, button: str, pattern: str, folder: Path) -> str:
        """Download until the text of the file matches, and return the text."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        text = ""
        while time.monotonic() < deadline:
            with suppress(PageTimeoutError):
                text = self.download(panel, button, folder, RETRY_SECONDS).read_text()
            if re.search(pattern, text):
                return text
            self.page.wait_for_timeout(500)
        self.screenshot("timeout")
        pytest.fail(f"{button} never held {pattern!r}; last: {text!r}; toasts: {self.toasts()}")

    def wait_for_value(self, box: Any, prefix: str) -> None:
        """Wait until the value of a box starts with a text."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not box.input_value().startswith(prefix):
            assert time.monotonic() < deadline, f"{box.input_value()!r} never became {prefix!r}…"
            self.page.wait_for_timeout(100)

    def wait_for_sound(self, panel: Any, words: str, folder: Path) -> None:
        """Wait until the offered WAV contains these words of the fake voice."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        text = ""
        while text != words:
            assert time.monotonic() < deadline, text
            with suppress(PageTimeoutError):
                text = fakes.heard(self.download(panel, "WAV", folder, RETRY_SECONDS))
            self.page.wait_for_timeout(200)

    def toasts(self) -> list[str]:
        return [str(toast.inner_text()) for toast in self.page.locator(".toast-body").all()]

    def all_toasts(self) -> list[str]:
        """Return the texts of all toasts since the page was opened."""
        return [str(text) for text in self.page.evaluate("window.allToasts")]

    def download(self, panel: Any, button: str, folder: Path, seconds: float = TIMEOUT_SECONDS) -> Path:
        with self.page.expect_download(timeout=1000 * seconds) as download:
            panel.get_by_role("button", name=button, exact=True).click()
        path: Path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@contextmanager
def open_app(browser: Any, site: str, **options: Any) -> Iterator[Visitor]:
    """Open the app in a browser context of its own; at the end, its console must show no error."""
    context = browser.new_context(permissions=["microphone"], **(options or DESKTOP))
    visitor = Visitor(context.new_page())
    visitor.page.goto(site)
    visitor.page.locator(".fa-title").first.wait_for()
    yield visitor
    context.close()
    assert visitor.errors == [], visitor.errors


def file_picker(panel: Any, label: str) -> Any:
    """Return the input for files of the component with a label; those of others may come first on the page."""
    return panel.locator(".block", has_text=label).last.locator("input[type=file]")


def clip_picker(panel: Any) -> Any:
    """Return the input for files of the first clip of a panel."""
    return panel.locator("input[type=file]").and_(panel.page.locator(f".{CLIP_CLASS} input")).first


def upload(panel: Any, path: Path) -> None:
    """Upload the first clip of a panel."""
    clip_picker(panel).set_input_files(path)
    wait_for_player(panel)


def wait_for_player(panel: Any) -> None:
    """Wait until the uploaded clip has a player."""
    panel.locator("[data-testid^=audio-player]").first.wait_for(state="attached")


def choose(panel: Any, label: str, option: str) -> None:
    """Choose an option of a dropdown by a pattern."""
    panel.get_by_label(label, exact=True).first.click()
    panel.page.get_by_role("option", name=re.compile(option)).first.click()


def record(visitor: Visitor, panel: Any) -> None:
    """Press the last Record button of a panel."""
    panel.get_by_role("button", name="Record", exact=True).last.click()
