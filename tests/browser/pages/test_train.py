"""A visitor teaches the recognizer two names, with a scripted training: data, check, training, comparison."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tabs.components.strings import STRINGS
from tests.browser.visitor import PHONE, Visitor, open_app

NAMES = "Quorivane\nTessalode"
BEGIN, RUN, START = STRINGS["train.prepare"][0], STRINGS["train.run"][0], STRINGS["train.start"][0]


def test_names_are_taught_heard_used_and_forgotten(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open_tab("Train")
    panel.get_by_label(STRINGS["train.terms"][0]).fill(NAMES)
    panel.get_by_role("button", name=STRINGS["train.write"][0]).click()
    visitor.wait_for_value(panel.get_by_label(STRINGS["train.sentences"][0]), "Please call Quorivane today.")
    panel.get_by_role("button", name=BEGIN).click()
    panel.get_by_role("button", name=START).wait_for()
    _check_clips(visitor, panel)
    panel.get_by_role("button", name=START).click()
    visitor.wait(panel, ".fa-status", "^Finished")
    _compare(visitor, panel, tmp_path)
    _require_access(visitor)
    panel = visitor.reload()  # the address names the page
    visitor.wait(panel, ".fa-status", "^Finished")
    panel.get_by_role("button", name=STRINGS["train.use"][0]).click()
    recognize = visitor.page.get_by_role("tabpanel").locator("visible=true").first
    recognize.get_by_label("Model", exact=True).locator("visible=true").first.wait_for()
    visitor.page.wait_for_function(
        "[...document.querySelectorAll('input')].some((box) => box.value.startsWith('Whisper base with Quorivane'))"
    )
    _delete(visitor)


def _check_clips(visitor: Visitor, panel: Any) -> None:
    """Hear a clip, leave one out, and correct another by keyboard."""
    row = panel.locator("[data-clip='0']")
    row.locator(".fa-play").click()
    row.locator(".fa-play[aria-pressed=true]").wait_for()
    row.locator(".fa-play[aria-pressed=false]").wait_for()
    visitor.wait(panel, ".fa-note", "^4 clips are used")
    panel.get_by_label("Use clip 2").uncheck()
    visitor.wait(panel, ".fa-note", "^3 clips are used")
    words = panel.get_by_label("Words of clip 1")
    words.fill("Please call Quorivane now.")
    words.press("Tab")


def _compare(visitor: Visitor, panel: Any, folder: Path) -> None:
    """Look at the result, and take the adapter."""
    panel.locator(".fa-loss").wait_for()
    visitor.wait(panel, ".fa-best", r"2 kept\s+100.0 %")
    panel.locator(".fa-alignment del").get_by_text("Quorivane").first.wait_for()
    assert "Please call Quorivane now." in panel.get_by_label("Words of clip 1").input_value()
    with visitor.page.expect_download() as download:
        panel.get_by_text(STRINGS["train.download"][0]).click()
    path = folder / "adapter.zip"
    download.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["adapter.json", "adapter.safetensors"]


def _require_access(visitor: Visitor) -> None:
    """Check that the page with everything on it has no serious finding of axe-core, in light and in dark mode."""
    site = visitor.page.url.split("?")[0].split("#")[0]
    for theme in ("dark", "light"):
        visitor.page.goto(f"{site}?__theme={theme}#train")
        visitor.wait(visitor.page, ".fa-status", "^Finished")
        violations = Axe().run(visitor.page).response["violations"]
        grave = [each for each in violations if each["impact"] in ("serious", "critical")]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in grave] == []


def _delete(visitor: Visitor) -> None:
    panel = visitor.open_tab("Train")
    panel.get_by_role("button", name=STRINGS["train.delete"][0]).click()
    panel.get_by_role("button", name=STRINGS["train.delete"][0]).last.click()
    visitor.wait(panel, ".fa-status", "^Deleted")
    visitor.open_tab("Recognize")
    visitor.page.wait_for_function(
        "![...document.querySelectorAll('input')].some((box) => box.value.startsWith('Whisper base with Quorivane'))"
    )
    assert visitor.errors == []


def test_stored_training_fits_a_phone(browser: Any, site: str) -> None:
    with open_app(browser, f"{site}#train", **PHONE) as visitor:
        panel = visitor.page.get_by_role("tabpanel").locator("visible=true").first
        panel.locator("#fa-demo-train-products").click()
        visitor.wait(panel, ".fa-status", "^Stored result")
        visitor.wait(panel, ".fa-check", "Quorivane")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
