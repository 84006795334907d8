"""No page has a finding of axe-core that is more than minor, in light and in dark mode."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tabs import TABS
from tabs.components.strings import STRINGS
from tests.browser.visitor import open_app

IMPACTS = ("moderate", "serious", "critical")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_finding(browser: Any, site: str, theme: str) -> None:
    with open_app(browser, f"{site}?__theme={theme}") as visitor:
        findings = {}
        for tab in TABS:
            panel = visitor.open_tab(STRINGS[f"{tab.NAME}.tab"][0])
            panel.locator(".fa-about").first.wait_for()
            violations = Axe().run(visitor.page).response["violations"]
            findings[tab.NAME] = [
                (each["id"], [node["html"] for node in each["nodes"]])
                for each in violations
                if each["impact"] in IMPACTS
            ]
    assert {name: found for name, found in findings.items() if found} == {}
