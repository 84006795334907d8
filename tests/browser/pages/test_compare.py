"""A listening test in two browsers: blind votes on the same takes, and the scores of both."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from tests.browser.visitor import PHONE, TIMEOUT_SECONDS, Visitor, choose, open_app

SENTENCES = ("The boat is late.", "We can wait.")
NAMES = ("Kokoro", "am_", "af_", "Heart", "Michael")  # parts of the names of engines and voices
STATE_JS = """(place) => {
  const player = document.querySelector(`#fa-take-${place} [data-made]`);
  return player.hasAttribute('data-heard') ? 'heard' : player.dataset.playing === 'true' ? 'playing' : 'still';
}"""
# Keeps what the server sends in its streams of events.
KEEP_MESSAGES_JS = """
const fetchFirst = window.fetch;
window.messages = '';
window.fetch = async (...request) => {
  const response = await fetchFirst(...request);
  if (!response.url.includes('/queue/data')) return response;
  const [forPage, forTest] = response.body.tee();
  (async () => {
    const decoder = new TextDecoder();
    for await (const piece of forTest) window.messages += decoder.decode(piece, { stream: true });
  })().catch(() => {});
  return new Response(forPage, response);
};
"""


def set_up(visitor: Visitor, panel: Any) -> None:
    """Have the takes of the sentences made by two systems."""
    panel.get_by_role("tab", name="Compare by listening").click()
    choose(panel, "Sentences", "My own")
    panel.get_by_label("Sentences, one a line").fill("\n".join(SENTENCES))
    panel.get_by_role("button", name="Make the takes").click()
    visitor.wait(panel, ".fa-status", "The test is ready")


@contextmanager
def open_guest(browser: Any, link: str) -> Iterator[Visitor]:
    """Open a link in a phone's browser that keeps the messages of the server."""
    context = browser.new_context(**PHONE)
    context.add_init_script(KEEP_MESSAGES_JS)
    guest = Visitor(context.new_page())
    guest.page.goto(link)
    yield guest
    context.close()
    assert guest.errors == []


def link_of(panel: Any, site: str) -> str:
    test = panel.locator(".fa-test-link .fa-share").get_attribute("data-test")
    return f"{site}?tab=evaluate&demo=compare&test={test}"


def listen(visitor: Visitor, *places: str) -> None:
    """Play the takes to the end by their keys, again if a key came before the take did."""
    for place in places:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while (state := str(visitor.page.evaluate(STATE_JS, place))) != "heard":
            assert time.monotonic() < deadline, f"take {place} was never heard"
            if state == "still":
                visitor.page.keyboard.press(place)
            visitor.page.wait_for_timeout(500)


def vote_on_all(visitor: Visitor, panel: Any, key: str) -> int:
    """Listen to and vote on all pairs by a key, and return their number."""
    count = 0
    while True:
        text = visitor.wait(panel, ".fa-trial-text", r"\d of \d|All \d+ votes are given")
        if text.startswith("All"):
            return count
        listen(visitor, "a", "b")
        visitor.page.keyboard.press(key)
        visitor.page.wait_for_function("() => !document.querySelector('.fa-trial [data-heard]')")  # other takes
        count += 1
        visitor.wait(panel, ".fa-trial-text", rf"^{count + 1} of|All \d+ votes are given")


def test_two_browsers_vote_blind_on_the_same_takes(browser: Any, site: str, tmp_path: Path) -> None:
    with open_app(browser, site) as owner:
        panel = owner.open_tab("Evaluate")
        set_up(owner, panel)
        link = link_of(panel, site)
        with open_guest(browser, link) as guest:
            theirs = guest.page.locator("div[role=tabpanel]:visible").first
            shown = guest.wait(theirs, ".fa-trial-text", "1 of 2")
            assert any(sentence in shown for sentence in SENTENCES)
            trial = theirs.locator(".fa-trial").first.inner_html()
            assert not [name for name in NAMES if name in trial]
            theirs.get_by_role("button", name="Show the scores").click()
            guest.wait(guest.page, ".toast-body", "Vote on the remaining 2 first")
            assert vote_on_all(guest, theirs, "1") == 2
            guest.wait(theirs, ".fa-check", "Kokoro")
            received = str(guest.page.evaluate("window.messages"))
        trials = [message for message in received.split("data: ") if re.search(r"<b>\d of \d", message)]
        assert len(trials) == 2
        sound = re.compile(r"[A-Za-z0-9+/=]{200,}")
        assert not [name for name in NAMES for message in trials if name in sound.sub("", message)]
        assert vote_on_all(owner, panel, "2") == 2
        owner.wait(panel, ".fa-note", "4 votes of 2 voters")
        stored = json.loads(owner.download(panel, "Test and votes (JSON)", tmp_path).read_text())
        owner.screenshot("compare_scores")
        name = owner.page.evaluate("window.funaudioListener()")
    client = Client(site, verbose=False)
    with pytest.raises(AppError, match="Vote on the remaining 2 first"):
        client.predict(stored["test"]["id"], "", api_name="/listening_test_scores")
    _, facts = client.predict(stored["test"]["id"], name, api_name="/listening_test_scores")
    assert facts == stored
    votes = stored["votes"]
    assert len({vote["voter"] for vote in votes}) == 2
    assert sorted(vote["trial"] for vote in votes) == ["0-0-1"] * 2 + ["1-0-1"] * 2
    assert all(all(vote["played"]) for vote in votes)
    assert {tuple(vote["answers"]) for vote in votes} == {(1.0, 0.0), (0.0, 1.0)}
    assert sum(row["wins"] for row in stored["scores"]["rows"]) == 4
