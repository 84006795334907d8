"""Loading of the page in Chromium: bytes transferred, first paint, and the time until a tab can be clicked.

Run: `python -m bench.app.page_load [--rounds N]`. Each round has an empty cache. The server runs in this process
without models, so that it answers at once; times mean something on idle cores only.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

from playwright.sync_api import Browser, ViewportSize, sync_playwright

import app
from tabs.components.strings import STRINGS
from tests.browser.conftest import CHROMIUM

SIZE: ViewportSize = {"width": 1366, "height": 768}
IDLE_MILLISECONDS = 3000  # for what is loaded after the page is usable
FIRST_PAINT_JS = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def main() -> None:
    """Print the median of all rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    url = app.launch(app.build(), block=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        loads = [_load(browser, url) for _ in range(rounds + 1)][1:]  # the first one fills the server's caches
    paint, usable, size = (median(load[i] for load in loads) for i in range(3))
    print(f"{size / 1e3:.0f} kB transferred, first paint {paint:.2f} s, usable {usable:.2f} s ({rounds} rounds)")


def _load(browser: Browser, url: str) -> tuple[float, float, float]:
    """Open the page in a new context; return seconds to the first paint, seconds until usable, and bytes."""
    context = browser.new_context(viewport=SIZE)
    page = context.new_page()
    network = context.new_cdp_session(page)
    sizes: list[float] = []

    def on_loaded(event: dict[str, Any]) -> None:
        sizes.append(event["encodedDataLength"])

    network.on("Network.loadingFinished", on_loaded)
    network.send("Network.enable")
    began = time.perf_counter()
    page.goto(url, wait_until="domcontentloaded")
    page.get_by_role("tab", name=STRINGS["zero_shot.tab"][0], exact=True).click()
    usable = time.perf_counter() - began
    page.wait_for_timeout(IDLE_MILLISECONDS)
    paint = float(page.evaluate(FIRST_PAINT_JS)) / 1000
    context.close()
    return paint, usable, sum(sizes)


if __name__ == "__main__":
    main()
