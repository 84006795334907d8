"""A visitor listens to the sample story, follows the words, changes a line, and takes the book away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from funaudio_core import audio
from tabs.components.strings import STRINGS
from tests.browser.visitor import PHONE, Visitor, choose, open_app

MAX_LAG_SECONDS = 0.1
MARKS = 12  # words that are compared with the sound at least
# Collects, after each frame, the time of the sound and the times between which the marked word should be marked.
WATCH_JS = """() => {
  window.marks = [];
  const look = () => {
    const words = [...document.querySelectorAll('.fa-word')];
    const place = words.findIndex((each) => each.matches('.fa-now'));
    const sound = [...document.querySelectorAll('.fa-reader audio')].find((each) => !each.paused && each.dataset.from);
    if (place >= 0 && sound) {
      const now = Number(sound.dataset.from) + sound.currentTime;
      const next = words[place + 1];
      window.marks.push([Number(words[place].dataset.start), now, next ? Number(next.dataset.start) : Infinity]);
    }
    requestAnimationFrame(() => setTimeout(look));
  };
  look();
}"""


def test_listening_following_changing_and_taking_away(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open_tab("Audiobook")
    panel.get_by_role("button", name="Sample story in English").click()
    visitor.wait(panel, ".fa-book", "The Last Ferry")
    visitor.page.evaluate(WATCH_JS)
    panel.get_by_role("button", name="Listen", exact=True).click()
    visitor.page.wait_for_function(f"new Set(window.marks.map(([start]) => start)).size >= {MARKS}")
    for start, now, end in visitor.page.evaluate("window.marks"):
        assert start - MAX_LAG_SECONDS <= now <= end + MAX_LAG_SECONDS
    visitor.wait(panel, ".fa-progress", "2 of 2 chapters finished")
    _jump_by_keyboard_and_word(visitor, panel)
    _change_a_line(visitor, panel)
    _take_away(visitor, panel, tmp_path)
    _require_access(visitor, panel)
    _come_back(visitor)


def _jump_by_keyboard_and_word(visitor: Visitor, panel: Any) -> None:
    page = panel.locator(".fa-page")
    page.press("Space")
    assert panel.locator(".fa-toggle[aria-pressed=false]").count() == 1
    page.press("ArrowRight")
    word = panel.locator(".fa-word", has_text="swallowed").first
    word.click()
    visitor.page.wait_for_function("document.querySelector('.fa-now')?.textContent.startsWith('swallowed')")
    panel.locator(".fa-toggle[aria-pressed=true]").wait_for()
    page.press("Space")


def _change_a_line(visitor: Visitor, panel: Any) -> None:
    panel.locator(".fa-who", has_text="Nora").first.click()
    visitor.wait(panel, ".fa-written", "My brother isn't here")
    choose(panel, "Speaker", "Sam")
    panel.get_by_role("button", name="Save and speak it again").click()
    visitor.wait(panel, ".fa-status", r"made again: 1\.")
    visitor.wait(panel, ".fa-line", r"(?s)Sam.*My brother isn't here")
    visitor.wait(panel, ".fa-progress", "2 of 2 chapters finished")


def _take_away(visitor: Visitor, panel: Any, folder: Path) -> None:
    panel.get_by_role("button", name="Take the finished chapters away").click()
    panel.get_by_role("button", name="Make the file").click()
    visitor.wait(panel, ".fa-status", r"2 of 2 chapters\. The watermark was found")
    with visitor.page.expect_download() as download:
        panel.locator(".fa-files a").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "The_Last_Ferry.m4b"
    assert audio.load(path).duration > 60


def _require_access(visitor: Visitor, panel: Any) -> None:
    """Check that the page with everything on it has no serious finding of axe-core, in light and in dark mode."""
    link = panel.locator("a[href^='#audiobook/']").get_attribute("href")
    for theme in ("light", "dark"):
        visitor.page.goto(f"{visitor.page.url.split('?')[0].split('#')[0]}?__theme={theme}{link}")
        visitor.page.locator(".fa-line").first.wait_for()
        for key in ("audiobook.cast", "audiobook.export"):
            visitor.page.get_by_role("button", name=STRINGS[key][0]).click()
        visitor.page.locator(".fa-cast").wait_for()
        visitor.page.locator(".fa-who").first.click()
        visitor.page.locator(".fa-written").wait_for()
        violations = Axe().run(visitor.page).response["violations"]
        grave = [each for each in violations if each["impact"] in ("serious", "critical")]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in grave] == []


def _come_back(visitor: Visitor) -> None:
    panel = visitor.reload()
    visitor.wait(panel, ".fa-progress", "2 of 2 chapters finished")
    assert panel.locator(".fa-toggle[aria-pressed=false]").is_visible()
    delete = panel.get_by_role("button", name="Delete the narration")
    delete.click()
    panel.get_by_role("button", name="Keep it").click()
    delete.click()
    panel.locator(".fa-confirmation", has_text="can't be undone").wait_for()
    delete.click()
    visitor.wait(panel, ".fa-status", "Deleted")
    panel.locator(".fa-reader").wait_for(state="hidden")
    visitor.wait(visitor.reload(), ".fa-status", "no longer exists")


def test_phone_has_no_sideways_scrolling(browser: Any, site: str) -> None:
    with open_app(browser, f"{site}#audiobook", **PHONE) as visitor:
        visitor.page.locator("#fa-sample-zh").click()
        visitor.page.locator("#fa-prepare").click()
        visitor.page.locator(".fa-line").first.wait_for()
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert re.search("[\u4e00-\u9fff]", visitor.page.locator(".fa-page").inner_text())
