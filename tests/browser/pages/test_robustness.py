"""The section Robustness in a browser: a clip is heard under a condition, and a curve is drawn."""

from __future__ import annotations

from pathlib import Path

from tests.browser.visitor import Visitor


def test_clip_is_heard_and_the_curve_is_drawn(visitor: Visitor, tmp_path: Path) -> None:
    panel = visitor.open_tab("Evaluate")
    panel.get_by_role("tab", name="Robustness").click()
    section = panel.locator(".fa-robustness")
    section.get_by_role("button", name="English 😊").click()
    link = section.locator(".fa-heard a[download]")
    first = link.get_attribute("href")
    section.get_by_role("slider").focus()
    for _ in range(3):
        visitor.page.keyboard.press("ArrowLeft")
    section.locator(f".fa-heard a[download]:not([href='{first}'])").wait_for()
    section.get_by_text("The clip", exact=True).click()
    section.get_by_label("Said in the clip").fill("Somebody speaks.")
    section.get_by_role("button", name="Measure the curve").click()
    visitor.wait(section, ".fa-status", "^Finished")
    tips = section.locator(".fa-chart title").all_text_contents()
    assert len(tips) == 6
    assert tips[0].startswith("Whisper base")
    assert "babble, 0 dB" in section.locator(".fa-check").inner_text()
    assert visitor.download(section, "CSV", tmp_path).read_text().startswith("system,")
    visitor.screenshot("robustness")
    assert visitor.errors == []
