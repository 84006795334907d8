"""A listener joins a show in a real browser: the hosts fall silent, answer and go on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visitor import DESKTOP, PHONE, Visitor, open_app
from tests.conftest import example

PROBE = (Path(__file__).parent / "sound_probe.js").read_text(encoding="utf-8")
NAME = "fa-live-podcast"
PLAYER = "window.funaudioPlayers['fa-live-podcast']"
SCRIPT = """# Fires
Ada: Long before there were lighthouses, people lit fires on hills to lead their sailors home.
Ben: A storm of rain put the fires out, and the fog hid them from the ships for many hours.
# The lens
Ada: Augustin Fresnel showed a new kind of lens in Paris, with many thin rings of glass around the lamp."""
MAX_SILENT_MS = 700
MAX_DUCKED_SECONDS = 0.15  # the fade that ducks the show goes on to silence
LOUDER = 1.2  # greatest step of the voice itself against that of the .3 s before; a click would be several times that


@pytest.fixture
def visitor(browser: Any, site: str) -> Iterator[Visitor]:
    """Yield the page; its tab may be in a menu, so the address opens it."""
    with open_app(browser, f"{site}#podcast", **DESKTOP) as visitor:
        yield visitor


def _open(visitor: Visitor, script: str = SCRIPT) -> Any:
    """Make a script on the page, which its address opened; return the panel."""
    panel = visitor.page.locator("div[role=tabpanel]:visible").first
    panel.get_by_label("Text, web page (HTML) or finished script").fill(script)
    panel.get_by_label("A finished script").check()
    panel.get_by_role("button", name="Make the script", exact=True).click()
    visitor.wait(panel, ".fa-status", f"{len(re.findall(r'(?m)^[A-Z][a-z]+: ', script))} lines")
    return panel


def _play(visitor: Visitor, script: str = SCRIPT) -> Any:
    panel = _open(visitor, script)
    panel.get_by_role("button", name="Play the show", exact=True).click()
    panel.locator(".fa-show .fa-now").wait_for()
    return panel


# Plays the show, types a question as soon as the first sentence has begun, and returns the milliseconds until it is
# silent: done in the page, so that a busy machine can't let the sentence end before. The fade runs in the audio clock;
# a stall of the page between two looks isn't counted.
ASK_JS = """([question]) => new Promise((resolve) => {
  document.querySelector('.fa-play-show').click();
  let isAsked = false, heard, looked = 0, waited = 0;
  const timer = setInterval(() => {
    const player = PLAYER, box = document.querySelector('.fa-say input');
    const now = performance.now();
    if (isAsked) waited += Math.min(now - looked, LONGEST_LOOK_MS);
    looked = now;
    if (!isAsked && document.querySelector('.fa-show') && player.position()?.seconds > 0.2) {
      heard = player.position().id;
      box.value = question;
      box.form.requestSubmit();
      isAsked = true;
    } else if (isAsked && player.position()?.id !== heard) {
      clearInterval(timer);
      resolve(waited);
    }
  }, 5);
})""".replace("PLAYER", PLAYER).replace("LONGEST_LOOK_MS", "20")


def test_a_typed_question_is_answered_and_the_show_goes_on(visitor: Visitor) -> None:
    panel = _open(visitor)
    silent_after = visitor.page.evaluate(ASK_JS, ["Who showed a new kind of lens?"])
    assert silent_after <= MAX_SILENT_MS
    cut = "Long before there were lighthouses"
    parts = (cut, "You", r"Who showed a new kind of lens\?", r"The text says: Augustin Fresnel showed", "Back to", cut)
    visitor.wait(panel, ".fa-show", r"(.|\n)*".join(parts))  # the sentence that was cut is repeated
    panel.locator(".fa-show .fa-now").wait_for()  # it sounds again
    visitor.wait(panel, ".fa-status", "ready to the end")


def test_talking_is_heard_and_answered(visitor: Visitor) -> None:
    panel = _play(visitor)
    talk = panel.get_by_role("button", name=re.compile("Hold to talk"))
    talk.focus()
    visitor.page.keyboard.down(" ")
    visitor.page.wait_for_function(f"!{PLAYER}.position()")
    assert talk.get_attribute("aria-pressed") == "true"
    panel.locator(".fa-recording").wait_for()
    visitor.page.wait_for_timeout(1500)  # the microphone records in real time
    visitor.page.keyboard.up(" ")
    visitor.wait(panel, ".fa-show", r"You\n(.|\n)+\n(Ada|Ben)\n")
    visitor.page.wait_for_function(f"{PLAYER}.isPlaying()")


def test_a_show_whose_player_ran_dry_goes_on(visitor: Visitor) -> None:
    page = visitor.page
    _play(visitor, f"{SCRIPT}\n" * 3)
    page.evaluate("() => { window.clock = Date.now; Date.now = () => 0; }")  # no time to ask for more: a slow server
    page.wait_for_function(f"{PLAYER}.position() && {PLAYER}.ahead() === 0")
    last = page.evaluate(f"{PLAYER}.position().id")
    page.evaluate("() => { Date.now = window.clock; }")
    page.wait_for_function(f"{PLAYER}.position()?.id > {last}")


def test_next_topic_on_a_phone(browser: Any, site: str) -> None:
    with open_app(browser, f"{site}#podcast", **PHONE) as visitor:
        panel = _play(visitor)
        panel.get_by_role("button", name="Next topic", exact=True).click()
        visitor.wait(panel, ".fa-show", r"Next topic(.|\n)*The lens")
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        visitor.screenshot("podcast-phone")


@pytest.mark.parametrize("words", ["Stop."])
def test_stop_pauses_until_told_to_go_on(visitor: Visitor, words: str) -> None:
    panel = _play(visitor)
    box = panel.get_by_label("Ask or tell the hosts something")
    box.fill(words)
    box.press("Enter")
    visitor.wait(panel, ".fa-status", "Paused")
    box.fill("Go on.")
    box.press("Enter")
    visitor.wait(panel, ".fa-show", r"Go on\.\n(.|\n)*(Ada|Ben)")
    visitor.wait(panel, ".fa-status", "ready to the end")


def test_the_stop_button_keeps_what_was_heard(visitor: Visitor) -> None:
    panel = _play(visitor)
    visitor.page.wait_for_function(f"{PLAYER}.position()?.id > 1")
    panel.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait(panel, ".fa-status", "Stopped")
    first = "Long before there were lighthouses"
    assert panel.locator(".fa-show").inner_text().count(first) == 1
    box = panel.get_by_label("Ask or tell the hosts something")
    box.fill("Go on.")
    box.press("Enter")
    visitor.wait(panel, ".fa-status", "ready to the end")
    assert panel.locator(".fa-show").inner_text().count(first) == 1


def test_the_hosts_fall_silent_without_a_click_while_talk_is_held(visitor: Visitor) -> None:
    _play(visitor)
    visitor.page.evaluate(PROBE)
    js = f"""async () => {{
      window.tap = await soundProbe.tap('{NAME}');
      return soundProbe.talk('{NAME}', window.tap);
    }}"""
    result = visitor.page.evaluate(js)
    assert result["left"] > MAX_DUCKED_SECONDS  # it would have gone on
    assert 0 < result["silent"] <= MAX_DUCKED_SECONDS
    assert result["fading"] <= max(LOUDER * result["before"], 0.05)


INTERRUPT_JS = f"""async (voice) => {{
  document.querySelector('.fa-play-show').click();
  await soundProbe.until(() => {PLAYER}.isPlaying());
  await soundProbe.say(voice);
  return document.querySelector('.fa-talk').classList.contains('fa-open');
}}"""


def test_hands_free_hears_a_voice_but_not_the_show_itself(visitor: Visitor) -> None:
    panel = _open(visitor)
    visitor.page.evaluate(PROBE)
    panel.get_by_label("Hands-free (use headphones)").check()
    visitor.page.evaluate(f"soundProbe.echo('{NAME}', 0.5)")
    panel.get_by_role("button", name="Play the show", exact=True).click()
    visitor.page.wait_for_function(f"{PLAYER}.position() && !{PLAYER}.isPlaying()")
    assert panel.locator(".fa-show").get_attribute("data-epoch") == "0"  # what came back opened nothing
    voice = base64.b64encode(example("en", "happy").path.read_bytes()).decode()
    for _ in range(20):  # a busy page may look too rarely to notice it at once
        if visitor.page.evaluate(INTERRUPT_JS, voice):
            break
    visitor.wait(panel, ".fa-show", r"You\n")
