"""Browser page on an app of its own whose long work is scripted; see tests/browser/scripted.py."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import TimeoutError as PageTimeoutError

from tests import fakes
from tests.browser.visitor import DESKTOP, Visitor, upload
from tests.conftest import ANSWER_SECONDS, address_at, free_port, running

SCRIPTED = ["-m", "tests.browser.scripted"]
STORY = (
    "The train leaves at nine in the morning. We shall have breakfast first, with tea and bread. "
    "My brother comes along and brings his dog. The dog is old, but it likes to travel. "
    "At noon we reach the lake and swim. In the evening there is music in the village."
)
# Runs an action as soon as the second part is running.
IN_SECOND_PART_JS = """() => {
  const statuses = [...document.querySelectorAll('.fa-status')].map((line) => line.innerText);
  if (!statuses.some((text) => /Part 2 of 3: (Generating speech:|Running)/.test(text))) return false;
  %s;
  return true;
}"""


class Guest(Visitor):
    """Browser page that counts the calls of handlers.

    Attributes:
        port: Port of the app.
        app: Process of the app.
        log: Log of the app.
        calls: Number of calls by handler.
    """

    def __init__(self, context: Any, port: int, app: subprocess.Popen[bytes], log: Path) -> None:
        self.context, self.port, self.app, self.log = context, port, app, log
        super().__init__(context.new_page())
        self.calls: Counter[str] = Counter()
        config = httpx.get(f"{address_at(port)}config", timeout=ANSWER_SECONDS).json()
        self.names = {each["id"]: re.sub(r"_\d+$", "", str(each["api_name"])) for each in config["dependencies"]}
        self.page.on("request", lambda request: self._count(request))
        self.page.goto(address_at(port))

    def duplicate(self) -> Guest:
        """Return a second tab of the same browser."""
        return Guest(self.context, self.port, self.app, self.log)

    def _count(self, request: Any) -> None:
        if "/queue/join" in request.url:
            self.calls[self.names[json.loads(request.post_data)["fn_index"]]] += 1

    def handlers(self, *names: str) -> dict[str, int]:
        """Return the number of calls of those of these handlers that were called."""
        return {name: self.calls[name] for name in names if self.calls[name]}

    def open_instruct(self) -> Any:
        """Open the Instruct page, and return its panel once its texts are shown."""
        self.page.locator(".fa-title").first.wait_for()
        tab = self.page.get_by_role("tab", name="Instruct", exact=True).first
        menu = self.page.locator(".overflow-menu button").first
        tab.or_(menu).locator("visible=true").first.wait_for()
        if tab.is_visible():
            tab.click()
        else:  # on a phone it is in a menu
            menu.click()
            self.page.locator(".overflow-dropdown button", has_text="Instruct").first.click()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.get_by_role("button", name="Speak", exact=True).wait_for()
        return panel

    def speak_story(self, panel: Any) -> None:
        """Request the story, without a neutral version."""
        panel.locator("#fa-instruct-text textarea").fill(STORY)
        panel.get_by_label("Instruction (English or Chinese)").fill("")
        panel.locator(".fa-findings").first.wait_for(state="detached")
        panel.get_by_text("More settings").first.click()
        panel.get_by_label("Also generate a neutral version").uncheck()
        self.calls.clear()
        panel.get_by_role("button", name="Speak", exact=True).click()

    def recognize(self, path: Path) -> Any:
        """Request a transcript on the Recognize page, and return its panel."""
        self.page.locator(".fa-title").first.wait_for()
        panel = self.open_tab("Recognize")
        upload(panel, path)
        self.calls.clear()
        panel.get_by_role("button", name="Recognize", exact=True).click()
        return panel

    def wait_for_second_part(self, action: str = "") -> None:
        """Wait until the second part is running, and then run an action (JavaScript) on the page at once."""
        self.page.wait_for_function(IN_SECOND_PART_JS % action, polling=50)

    def wait_for_reload(self) -> None:
        """Wait until the page, on which `window.before` was set, has reloaded itself."""
        self.page.wait_for_function("!window.before")

    def is_paused(self, panel: Any) -> bool:
        """Return whether the page offers to continue."""
        return bool(panel.get_by_role("button", name="Continue", exact=True).is_visible())

    def resume(self, panel: Any) -> None:
        """Wait for the Continue button and press it."""
        button = panel.get_by_role("button", name="Continue", exact=True)
        button.wait_for()
        button.click()

    def resume_within(self, panel: Any, milliseconds: float) -> None:
        """Press Continue, unless it disappears first, and give the app time to answer."""
        with suppress(PageTimeoutError):
            panel.get_by_role("button", name="Continue", exact=True).click(timeout=milliseconds)
        self.page.wait_for_timeout(milliseconds)

    def stop(self, panel: Any) -> None:
        """Press Stop."""
        panel.get_by_role("button", name="Stop", exact=True).click()

    def check_story(self, panel: Any, folder: Path) -> None:
        """Check that audio and subtitles contain every word of the story, once and in order."""
        self.wait(panel, ".fa-status", r"(?m)^Generated by Kokoro")
        assert fakes.heard(self.download(panel, "WAV", folder)) == STORY
        cues = self.download(panel, "SRT", folder).read_text()
        text = re.sub(r"(?m)^\d+$|^.*-->.*$", "", cues)
        assert text.split() == STORY.split()
        assert not self.is_paused(panel)

    def kill_app(self) -> None:
        """Kill the process of the app."""
        os.kill(self.app.pid, signal.SIGKILL)
        self.app.wait(180)

    def leave(self) -> None:
        """Close the page, which must have shown no error."""
        self.context.close()
        assert self.errors == []


@contextmanager
def open_scripted(
    browser: Any,
    folder: Path,
    function: str,
    argument: Path,
    options: dict[str, Any] = DESKTOP,
    **environment: str,
) -> Iterator[Guest]:
    """Run an app with a function of tests/browser/scripted.py, and yield a page on it.

    Args:
        browser: The browser.
        folder: Folder for the log.
        function: Name of the function.
        argument: Argument of the function.
        options: Options of the browser context.
        environment: Environment variables of the app.
    """
    port, log = free_port(), folder / "log.txt"
    with running([*SCRIPTED, function, str(argument)], log, port, **environment) as app:
        yield Guest(browser.new_context(**options), port, app, log)
