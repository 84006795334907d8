"""Tests of the download of a model on demand in a browser: question, progress, Stop, failure, success."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.guest import open_scripted
from tests.browser.visitor import choose

MODEL = "Qwen2.5-Coder"
DOWNLOAD, PROGRESS = (
    "Download 1.1 GB and use it",
    r"Downloading Qwen2\.5-Coder.*: \d+ of 1117 MB, about \d+ (s|min) left",
)


def test_download_is_asked_for_shown_stopped_and_repeated(browser: Any, tmp_path: Path) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_download", release) as guest:
        panel = guest.open_tab("Translate")
        panel.get_by_text("More settings").click()
        button = panel.get_by_role("button", name=DOWNLOAD)
        assert not button.is_visible()
        choose(panel, "Translation model", MODEL)
        button.wait_for()
        button.click()
        guest.wait(panel, ".fa-status", PROGRESS)
        panel.get_by_role("button", name="Stop the download").click()
        guest.wait(panel, ".fa-status", "Stopped. What is downloaded so far is kept")
        release.touch()
        button.click()
        guest.wait(panel, ".fa-status", "couldn't be downloaded.*the network is down")
        button.click()
        button.wait_for(state="hidden")
        assert MODEL in panel.get_by_label("Translation model", exact=True).first.input_value()
        targets = panel.get_by_label("Translate into", exact=True).first
        targets.click()
        guest.page.get_by_role("option", name="中文").first.click()
        guest.wait(panel, ".html-container", "Gist only, with errors: Japanese")
