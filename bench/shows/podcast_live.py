"""Podcasts in Chromium with real models, by the clock of the page's player: falling silent, echo, answers.

Run: `python -m bench.shows.podcast_live [talk] [hands_free] [echo] [answers] [--rounds N] [--minutes M]`; without
names, all. Times mean something on idle cores only. `echo` lets the microphone hear the show at −6 dB for M minutes,
then a voice over it N times.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from playwright.sync_api import TimeoutError as PageTimeoutError
from playwright.sync_api import sync_playwright

from bench._app import serve_app
from bench._options import option_parser
from funaudio_core import audio
from funaudio_core.voices.examples import EXAMPLES
from tabs.podcast.stored import SAMPLES
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.pages.test_podcast import NAME, PLAYER, PROBE
from tests.browser.visitor import Visitor
from tests.unit.podcast import questions

ECHO_GAIN = 0.5  # -6 dB
SPEECH_DB = -40.0  # of the first word of a clip
VOICE = "bf_emma"  # asks the questions
SPEECH_SECONDS = 300  # timeout of a question that the app speaks
# Plays a clip into the microphone; returns the player's time of its start.
SAY_JS = """(voice) => new Promise((resolve, reject) => {
  soundProbe.say(voice, 1, () => resolve(window.tap.now())).catch(reject);
})"""


def main() -> None:
    """Print the measurements."""
    parser = option_parser(__doc__)
    parser.add_argument("what", nargs="*", choices=[*MEASURES, []])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=5.0)
    arguments = parser.parse_args()
    with serve_app() as (site, _):
        for name in arguments.what or MEASURES:
            with _page(site) as page:
                MEASURES[name](page, arguments)


class _Page:
    """The Podcast page with a show and a probe of its sound."""

    def __init__(self, visitor: Visitor, site: str) -> None:
        self.visitor, self.page, self.site = visitor, visitor.page, site
        self.page.goto(f"{site}#podcast")
        self.panel = self.page.locator("div[role=tabpanel]:visible").first
        self.panel.wait_for()
        self.page.evaluate(PROBE)
        text = (SAMPLES / "lighthouses_en.md").read_text(encoding="utf-8")
        self.panel.get_by_label("Text, web page (HTML) or finished script").fill(text)
        self.panel.get_by_role("button", name="Make the script", exact=True).click()
        visitor.wait(self.panel, ".fa-status", r"\d+ lines")

    def play(self) -> None:
        """Play the show from its beginning and wait until it sounds."""
        before = self.epoch()
        self.panel.get_by_role("button", name="Play the show", exact=True).click()
        show = "document.querySelector('.fa-show')"
        self.wait(f"!{show} || {before[0]!r} !== {show}.dataset.show", "no show was made")
        self.wait(f"{PLAYER}?.position()?.seconds > 0.3", "the show didn't begin to sound")
        self.page.evaluate(f"async () => {{ window.tap = window.tap || await soundProbe.tap('{NAME}'); }}")

    def wait(self, holds: str, failure: str) -> None:
        """Wait until an expression of JavaScript holds; end with a sentence if it never does."""
        try:
            self.page.wait_for_function(holds)
        except PageTimeoutError:
            sys.exit(f"Failed: {failure}. The show says: {self.panel.locator('.fa-status').all_inner_texts()}")

    def epoch(self) -> tuple[str, int]:
        """Return the id of the show and its number of interruptions."""
        box = self.panel.locator(".fa-show")
        if not box.count():
            return "", 0
        return str(box.get_attribute("data-show")), int(box.get_attribute("data-epoch") or 0)

    def show_number(self) -> int:
        """Return how often the show was interrupted."""
        return self.epoch()[1]


@contextmanager
def _page(site: str) -> Iterator[_Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = chromium.new_context(permissions=["microphone"])
        yield _Page(Visitor(context.new_page()), site)
        chromium.close()


def _clip(path: Path) -> tuple[str, float]:
    """Return a clip as base64, and the second of its first word."""
    clip = audio.load(path)
    loud = (audio.frame_db(clip) > SPEECH_DB).nonzero()[0]
    return base64.b64encode(path.read_bytes()).decode(), float(loud[0]) * audio.FRAME_SECONDS


def _spread(values: Sequence[float]) -> str:
    """Return the median and the 95th percentile of seconds."""
    ordered = sorted(values)
    return (
        f"median {median(ordered):.2f} s, p95 {ordered[max(0, round(0.95 * len(ordered)) - 1)]:.2f} s ({len(ordered)})"
    )


def _talk(page: _Page, arguments: argparse.Namespace) -> None:
    """Print how long the show sounds after Talk is pressed, and whether the fade clicks."""
    page.play()
    found = []
    for _ in range(arguments.rounds):
        found.append(page.page.evaluate(f"() => soundProbe.talk('{NAME}', window.tap)"))
        page.wait(f"{PLAYER}.position()?.seconds > 0.2", "the show didn't go on after Talk")
    worst = max(result["fading"] - max(result["before"], 0.05) for result in found)
    times = _spread([result["silent"] for result in found])
    print(f"silent after Talk: {times}; steps beyond the sound's: {max(0.0, worst):.3f}")


def _hands_free(page: _Page, arguments: argparse.Namespace) -> None:
    """Print how long the show sounds after the first word of a recorded voice."""
    page.panel.get_by_label("Hands-free (use headphones)").check()
    page.play()
    clips = [_clip(row.path) for row in EXAMPLES if row.language == "en"]
    found: list[float] = []
    for number in range(arguments.rounds):
        voice, first_word = clips[number % len(clips)]
        page.wait(
            f"{PLAYER}.isPlaying() && {PLAYER}.position()?.seconds > 0.5 && {PLAYER}.ahead() > 3",
            f"the show didn't sound before voice {number + 1}",
        )
        before = page.show_number()
        start = float(page.page.evaluate(SAY_JS, voice))
        page.page.wait_for_function(f"window.tap.now() > {start + first_word + 3}")
        last = page.page.evaluate(f"window.tap.last({start + first_word}, {start + first_word + 3})")
        found.append(float(last or start + first_word) - start - first_word)
        page.wait(
            f"Number(document.querySelector('.fa-show').dataset.epoch) > {before} && {PLAYER}.isPlaying()",
            f"voice {number + 1} didn't interrupt the show, or the show didn't go on after it",
        )
    print(f"silent after the first word, hands-free: {_spread(found)}")


def _echo(page: _Page, arguments: argparse.Namespace) -> None:
    """Print how often the show interrupts itself, and how often a voice over it is noticed."""
    page.panel.get_by_label("Hands-free (use headphones)").check()
    page.play()
    page.page.evaluate(f"soundProbe.echo('{NAME}', {ECHO_GAIN})")
    minutes, interruptions = 0.0, 0
    while minutes < arguments.minutes:
        began = float(page.page.evaluate("window.tap.now()"))
        page.page.wait_for_function(f"!{PLAYER}.isPlaying() || window.tap.now() > {began} + 30")
        minutes += (float(page.page.evaluate("window.tap.now()")) - began) / 60
        interruptions += page.show_number()
        page.play()
    print(f"echo at −6 dB: {interruptions} interruptions in {minutes:.1f} min")
    clips = [_clip(row.path)[0] for row in EXAMPLES]
    noticed = 0
    for number in range(arguments.rounds):
        page.play()
        page.wait(
            f"{PLAYER}.position()?.seconds > 0.5 && {PLAYER}.ahead() > 3",
            f"the show didn't sound before voice {number + 1}",
        )
        page.page.evaluate("(voice) => soundProbe.say(voice)", clips[number % len(clips)])
        noticed += page.show_number() > 0 or bool(page.page.locator(".fa-talk.fa-open").count())
    print(f"a voice over the echo: noticed in {noticed} of {arguments.rounds}")


ANSWER_JS = """async ([voice, name]) => {
  const player = window.funaudioPlayers[name];
  await soundProbe.talk(name, window.tap, () => soundProbe.say(voice));
  const released = window.tap.now();
  let reply;
  await soundProbe.until(() => (reply = window.tap.first(released, Infinity)) !== null);
  const cites = () => document.querySelector(`.fa-show [data-piece="${player.position()?.id}"] sup`);
  const isAnswer = () => cites() && Number(document.querySelector('.fa-show').dataset.epoch) === EPOCH;
  await soundProbe.until(isAnswer);
  return { acknowledged: reply - released, answered: window.tap.now() - player.position().seconds - released };
}"""


def _speak(page: _Page, question: str) -> str:
    """Return a spoken question as base64."""
    body = {"model": "tts-1", "voice": VOICE, "input": question, "response_format": "wav"}
    reply = httpx.post(f"{page.site}v1/audio/speech", json=body, timeout=SPEECH_SECONDS)
    if reply.is_error:
        sys.exit(f"Failed: the app didn't speak {question!r}: {reply.status_code} {reply.text}")
    return base64.b64encode(reply.content).decode()


def _answers(page: _Page, arguments: argparse.Namespace) -> None:
    """Print the time from the end of a spoken question to the first sound of the reply, and to the source's words."""
    asked = [question for question, words in questions.ENGLISH if words][: arguments.rounds]
    spoken = [_speak(page, question) for question in asked]  # before the show takes the app's time
    page.play()
    page.visitor.page.wait_for_timeout(15_000)  # the acknowledgements are made
    found: list[dict[str, float]] = []
    for number in range(arguments.rounds):
        question, voice = asked[number % len(asked)], spoken[number % len(asked)]
        script = ANSWER_JS.replace("EPOCH", str(page.show_number() + 1))
        found.append(page.page.evaluate(script, [voice, NAME]))
        heard = re.findall(r"You\n(.*)", page.panel.locator(".fa-show").inner_text())
        print(f"{question}: {found[-1]}; heard: {heard[-1:]}", flush=True)
        page.wait(f"{PLAYER}.isPlaying() && {PLAYER}.ahead() > 4", f"the show didn't go on after {question!r}")
    print(f"first sound of the reply: {_spread([each['acknowledged'] for each in found])}")
    print(f"first word of the text's sentence: {_spread([each['answered'] for each in found])}")


MEASURES: dict[str, Any] = {"talk": _talk, "hands_free": _hands_free, "echo": _echo, "answers": _answers}

if __name__ == "__main__":
    main()
