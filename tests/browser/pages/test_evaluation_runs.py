"""Evaluations in a browser: they go on without the page, in any tab, and after kill -9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from funaudio_core import settings
from funaudio_core.evaluation.runs.store import find_active
from tests.browser.guest import SCRIPTED, Guest, open_scripted
from tests.browser.visitor import TIMEOUT_SECONDS, wait_for_player
from tests.conftest import address_at, running

HELD = r"^2 of 16 results, "


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    settings.read.cache_clear()
    yield tmp_path / "home"
    settings.read.cache_clear()


def open_page(guest: Guest) -> Any:
    guest.page.locator(".fa-title").first.wait_for()
    return guest.open_tab("Evaluate")


def open_curve(guest: Guest) -> Any:
    """Open the section Robustness, and return its inputs and outputs."""
    panel = open_page(guest)
    panel.get_by_role("tab", name="Robustness").click()
    return panel.locator(".fa-robustness")


def evaluate(guest: Guest) -> Any:
    """Begin to evaluate on the example clips, of which the third one is held."""
    panel = open_page(guest)
    panel.get_by_role("button", name="Evaluate", exact=True).click()
    guest.wait(panel, ".fa-status", HELD)
    return panel


def test_evaluation_goes_on_without_its_page_and_in_any_tab(browser: Any, home: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_evaluation", release) as guest:
        panel = evaluate(guest)
        link = str(panel.get_by_text("Private link to this evaluation").get_attribute("href"))
        second = guest.duplicate()
        other = open_page(second)
        second.wait(other, ".fa-status", HELD)
        panel.get_by_role("button", name="Stop", exact=True).first.click()
        for tab, shown in ((guest, panel), (second, other)):
            tab.wait(shown, ".fa-status", r"^Stopped: 2 of 16 results are there")
        second.screenshot("evaluation_stopped")
        other.get_by_role("button", name="Continue", exact=True).locator("visible=true").click()
        for tab, shown in ((guest, panel), (second, other)):
            tab.wait(shown, ".fa-status", HELD)
        guest.page.close()
        second.page.close()
        (run,) = find_active()
        assert link.endswith(f"#evaluate/{run.id}")
        release.touch()
        third = guest.duplicate()
        shown = open_page(third)
        third.wait(shown, ".fa-status", r"^Finished\.")
        third.wait(shown, ".fa-check", "Whisper base.*WER")
        shown.locator("[data-testid='cell-0-2']").first.click()
        shown.locator(".fa-alignment").first.wait_for()
        wait_for_player(shown)
        assert third.download(shown, "CSV", tmp_path).read_text().startswith("system,")
        third.screenshot("evaluation_finished")
        stranger = Guest(browser.new_context(), guest.port, guest.app, guest.log)
        shown = open_page(stranger)
        assert not any("Finished" in text for text in shown.locator(".fa-status").all_inner_texts())
        stranger.page.goto("about:blank")
        stranger.errors.clear()  # leaving the page interrupted its requests
        stranger.page.goto(f"{address_at(guest.port)}{link}")
        stranger.wait(stranger.page, ".fa-status", r"^Finished\.")
        stranger.leave()
        third.leave()


def test_evaluation_goes_on_after_kill_9(browser: Any, home: Path, tmp_path: Path) -> None:
    with open_scripted(browser, tmp_path, "hold_evaluation", tmp_path / "never") as guest:
        evaluate(guest)
        guest.page.evaluate("window.before = true")
        guest.kill_app()
    log = tmp_path / "recognized.txt"
    with running([*SCRIPTED, "record_recognition", str(log)], guest.log, guest.port):
        guest.page.wait_for_timeout(0)
        while find_active():  # nobody has opened the page
            guest.page.wait_for_timeout(100)
        assert len(log.read_text().splitlines()) == 14  # what was finished is not made again
        guest.wait_for_reload()
        panel = open_page(guest)
        guest.errors.clear()  # the kill interrupted the response
        guest.wait(panel, ".fa-status", r"^Finished\.")
        guest.wait(panel, ".fa-check", "16")
        guest.leave()


def test_curve_goes_on_without_its_page(browser: Any, home: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_evaluation", release) as guest:
        section = open_curve(guest)
        section.get_by_role("button", name="Measure the curve").click()
        guest.wait(section, ".fa-status", r"^2 of 96 results, ")
        guest.page.reload()
        guest.errors.clear()
        section = open_curve(guest)
        guest.wait(section, ".fa-status", r"^2 of 96 results, ")
        release.touch()
        guest.wait(section, ".fa-status", r"^Finished\.")
        section.locator(".fa-chart").first.wait_for(timeout=TIMEOUT_SECONDS * 1000)
        guest.leave()
