"""No page has a finding of axe-core that is more than minor, in light and in dark mode."""

from __future__ import annotations

import time
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tabs import TABS
from tabs.components.strings import STRINGS
from tests.browser.visitor import Visitor, open_app

IMPACTS = ("moderate", "serious", "critical")
ABILITIES = ("Function calling", "Instruction following")  # further tabs of Audio chat
SETTLE_SECONDS = 30.0  # for a page to be complete on a busy machine


def find_violations(visitor: Visitor) -> list[tuple[str, list[str]]]:
    """Return the findings on the page that is shown, once there are none or the page had time to settle."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        violations = [each for each in Axe().run(visitor.page).response["violations"] if each["impact"] in IMPACTS]
        if not violations or time.monotonic() > deadline:
            return [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
        visitor.page.wait_for_timeout(500)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_finding(browser: Any, site: str, theme: str) -> None:
    with open_app(browser, f"{site}?__theme={theme}") as visitor:
        findings = {}
        for tab in TABS:
            panel = visitor.open_tab(STRINGS[f"{tab.NAME}.tab"][0])
            panel.locator(".fa-about").first.wait_for()
            findings[tab.NAME] = find_violations(visitor)
            for name in ABILITIES if tab.NAME == "audio_chat" else ():
                panel.get_by_role("tab", name=name, exact=True).first.click()
                findings[name] = find_violations(visitor)
    assert {name: found for name, found in findings.items() if found} == {}
