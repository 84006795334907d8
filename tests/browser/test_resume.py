"""Long texts and clips in a browser: part after part, Stop and Continue, reloads, errors, kill -9."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import TimeoutError as PageTimeoutError

from funaudio_core import audio, settings, text
from funaudio_core.runtime import jobs
from funaudio_core.tasks import cost
from funaudio_core.types import Audio
from tests import fakes
from tests.browser.visitor import DESKTOP, PATIENCE, PHONE, Visitor
from tests.conftest import ANSWER_SECONDS, address_at, example, free_port, running, write

SCRIPTED = ["-m", "tests.browser.scripted"]
SPEECH_GPU_SECONDS, RECOGNITION_GPU_SECONDS = "16", "7"  # make three parts of the story and of the minute
STORY = (
    "The train leaves at nine in the morning. We shall have breakfast first, with tea and bread. "
    "My brother comes along and brings his dog. The dog is old, but it likes to travel. "
    "At noon we reach the lake and swim. In the evening there is music in the village."
)
QUIET_MS = 1000  # in which what must not happen would have happened
# Does something as soon as the second part is under way.
AMID = """() => {
  const told = [...document.querySelectorAll('.fa-status')].map((line) => line.innerText);
  if (!told.some((text) => /Part 2 of 3: (Generating speech:|Running)/.test(text))) return false;
  %s;
  return true;
}"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The folder of an app that may use little GPU time for each part."""
    seconds = RECOGNITION_GPU_SECONDS if "minute" in request.fixturenames else SPEECH_GPU_SECONDS
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FUNAUDIO_GPU_MAX_SECONDS", seconds)
    settings.read.cache_clear()
    yield tmp_path / "home"
    settings.read.cache_clear()


class Guest(Visitor):
    """A visitor whose browser counts the handlers that it calls."""

    def __init__(self, browser: Any, address: str, options: dict[str, Any] = DESKTOP, context: Any = None) -> None:
        self.context = context or browser.new_context(**options)
        super().__init__(self.context.new_page())
        self.calls: Counter[str] = Counter()
        config = httpx.get(f"{address}config", timeout=ANSWER_SECONDS).json()
        self.names = {each["id"]: re.sub(r"_\d+$", "", str(each["api_name"])) for each in config["dependencies"]}
        self.page.on("request", lambda request: self._count(request))
        self.page.goto(address)

    def _count(self, request: Any) -> None:
        if "/queue/join" in request.url:
            self.calls[self.names[json.loads(request.post_data)["fn_index"]]] += 1

    def handlers(self, *names: str) -> dict[str, int]:
        """How often these were called."""
        return {name: self.calls[name] for name in names if self.calls[name]}

    def arrive(self) -> Any:
        """Open the Instruct page; its panel, once it has its words."""
        self.page.locator(".fa-title").first.wait_for()
        tab = self.page.get_by_role("tab", name="Instruct", exact=True).first
        menu = self.page.locator(".overflow-menu button").first
        tab.or_(menu).locator("visible=true").first.wait_for()
        if tab.is_visible():
            tab.click()
        else:  # on a phone it waits in a menu
            menu.click()
            self.page.locator(".overflow-dropdown button", has_text="Instruct").first.click()
        panel = self.page.locator("div[role=tabpanel]:visible").first
        panel.get_by_role("button", name="Speak", exact=True).wait_for()
        return panel

    def speak(self, panel: Any) -> None:
        """Order the story, without a neutral version."""
        panel.locator("#fa-instruct-text textarea").fill(STORY)
        panel.get_by_label("Instruction (English or Chinese)").fill("")
        panel.get_by_text("More settings").first.click()
        panel.get_by_label("Also generate a neutral version").uncheck()
        panel.locator(".fa-doctor").first.wait_for(state="detached")  # once the server knows of no instruction
        self.calls.clear()
        panel.get_by_role("button", name="Speak", exact=True).click()

    def wait_for_second_part(self, action: str = "") -> None:
        """Once the second part is under way, do that in the page."""
        self.page.wait_for_function(AMID % action, polling=50)

    def is_paused(self, panel: Any) -> bool:
        """Whether Continue is offered."""
        return bool(panel.get_by_role("button", name="Continue", exact=True).is_visible())

    def resume(self, panel: Any) -> None:
        """Press Continue, once it is there."""
        button = panel.get_by_role("button", name="Continue", exact=True)
        button.wait_for()
        button.click()

    def resume_within(self, panel: Any, milliseconds: float) -> None:
        """Press Continue, unless it disappears first, and give the app time to answer."""
        with suppress(PageTimeoutError):
            panel.get_by_role("button", name="Continue", exact=True).click(timeout=milliseconds)
        self.page.wait_for_timeout(milliseconds)

    def stop(self, panel: Any) -> None:
        """Press Stop."""
        panel.get_by_role("button", name="Stop", exact=True).click()

    def check_whole(self, panel: Any, folder: Path) -> None:
        """The result says every word of the story, once and in order, and so do its subtitles."""
        self.wait(panel, ".fa-status", r"(?m)^Generated by Kokoro")
        assert fakes.heard(self.download(panel, "WAV", folder)) == STORY
        cues = self.download(panel, "SRT", folder).read_text()
        shown = re.sub(r"(?m)^\d+$|^.*-->.*$", "", cues)
        assert shown.split() == STORY.split()
        assert not self.is_paused(panel)

    def leave(self) -> None:
        """Close the page, which must have shown no error."""
        self.context.close()
        assert self.errors == []


def speech_parts() -> list[str]:
    return list(text.split_text(STORY, "en", cost.max_chunk_characters()))


def jobs_in(home: Path) -> list[Path]:
    return list((home / "jobs").iterdir())


def test_each_part_of_a_text_is_an_event_and_the_last_one_is_the_end(browser: Any, home: Path, tmp_path: Path) -> None:
    port, release = free_port(), tmp_path / "release"
    with running([*SCRIPTED, "hold_speech", str(release)], tmp_path / "log.txt", port):
        guest = Guest(browser, address_at(port))
        panel = guest.arrive()
        assert not guest.is_paused(panel)
        guest.speak(panel)
        guest.wait(panel, ".fa-status", "Part 2 of 3: Generating speech:")
        assert guest.handlers("on_instruct", "on_next") == {"on_instruct": 1, "on_next": 1}, guest.calls
        assert fakes.heard(guest.download(panel, "WAV", tmp_path)) == speech_parts()[0]
        release.touch()
        guest.check_whole(panel, tmp_path)
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.handlers("on_instruct", "on_next", "on_continue") == {"on_instruct": 1, "on_next": 2}
        made = float(panel.locator("[data-made]").first.get_attribute("data-made"))
        assert made == pytest.approx(audio.declared_duration(guest.download(panel, "WAV", tmp_path)), abs=0.1)
        guest.leave()


def test_stop_and_continue_a_text(browser: Any, home: Path, tmp_path: Path) -> None:
    port, release = free_port(), tmp_path / "release"
    with running([*SCRIPTED, "hold_speech", str(release)], tmp_path / "log.txt", port):
        guest = Guest(browser, address_at(port))
        panel = guest.arrive()
        guest.speak(panel)
        guest.wait_for_second_part()
        guest.stop(panel)
        guest.wait(panel, ".fa-claim", "1 of 3 parts are done")
        guest.wait(panel, ".fa-clock", "^–$")
        before = guest.calls.total()
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.calls.total() == before
        assert panel.locator(".fa-status").first.inner_text().strip() == "Stopped."
        guest.shoot("continue")
        guest.resume(panel)
        guest.check_whole(panel, tmp_path)
        guest.leave()


def test_a_reloaded_page_offers_to_continue(browser: Any, home: Path, tmp_path: Path) -> None:
    port, release = free_port(), tmp_path / "release"
    with running([*SCRIPTED, "hold_speech", str(release)], tmp_path / "log.txt", port):
        guest = Guest(browser, address_at(port))
        panel = guest.arrive()
        guest.speak(panel)
        guest.wait_for_second_part()
        guest.page.reload()
        panel = guest.arrive()
        guest.errors.clear()  # the answer under way broke off
        guest.wait(panel, ".fa-claim", "1 of 3 parts are done")
        release.touch()
        guest.resume(panel)
        guest.check_whole(panel, tmp_path)
        guest.page.reload()
        panel = guest.arrive()
        guest.page.wait_for_timeout(QUIET_MS)
        assert not guest.is_paused(panel)
        guest.leave()


def test_a_second_tab_can_continue_once_the_first_is_closed(browser: Any, home: Path, tmp_path: Path) -> None:
    port = free_port()
    with running([*SCRIPTED, "hold_speech", str(tmp_path / "never")], tmp_path / "log.txt", port):
        first = Guest(browser, address_at(port))
        first.speak(first.arrive())
        first.wait_for_second_part()
        second = Guest(browser, address_at(port), context=first.context)
        panel = second.arrive()
        second.wait(panel, ".fa-claim", r"1 of 3 parts are done\. It is open in another tab\.")
        second.resume(panel)
        second.wait(
            second.page, ".toast-body", r"This job is open in another tab\. Continue it there, or close that tab"
        )
        assert second.is_paused(panel)
        assert first.errors == []
        first.page.close()
        while second.is_paused(panel):  # the server learns of the closed tab a moment later
            second.resume_within(panel, QUIET_MS)
        second.check_whole(panel, tmp_path)
        assert jobs_in(home) == []
        second.leave()


def test_after_an_error_or_a_full_queue_a_text_can_continue(browser: Any, home: Path, tmp_path: Path) -> None:
    port = free_port()
    with running([*SCRIPTED, "fail_speech", str(tmp_path)], tmp_path / "log.txt", port):
        guest = Guest(browser, address_at(port))
        panel = guest.arrive()
        guest.speak(panel)
        for problem, done in (("quota is used up", 1), ("the line is full", 2)):
            guest.wait(guest.page, ".toast-body", problem)
            guest.wait(panel, ".fa-claim", f"{done} of 3 parts are done")
            asked = guest.calls["on_next"]
            guest.page.wait_for_timeout(QUIET_MS)
            assert guest.calls["on_next"] == asked
            guest.resume(panel)
        guest.check_whole(panel, tmp_path)
        guest.leave()


@pytest.mark.serial
def test_a_text_continues_after_kill_9(browser: Any, home: Path, tmp_path: Path) -> None:
    port, log, said = free_port(), tmp_path / "log.txt", tmp_path / "said.txt"
    with running([*SCRIPTED, "hold_speech", str(tmp_path / "never")], log, port) as app:
        guest = Guest(browser, address_at(port), PHONE)
        panel = guest.arrive()
        guest.speak(panel)
        guest.wait_for_second_part("window.before = true")
        os.kill(app.pid, signal.SIGKILL)
        app.wait(30)
    (left,) = jobs_in(home)
    assert jobs.get(left.name).completed_parts == 1
    with running([*SCRIPTED, "record_speech", str(said)], log, port):
        guest.page.wait_for_function("!window.before")  # it reloads itself
        panel = guest.arrive()
        guest.errors.clear()  # the answer under way broke off
        guest.wait(panel, ".fa-claim", "1 of 3 parts are done")
        width = guest.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 1
        guest.shoot("continue_phone")
        guest.resume(panel)
        guest.check_whole(panel, tmp_path)
        assert said.read_text().splitlines() == speech_parts()[1:]  # no part is spoken again
        assert jobs_in(home) == []
        guest.leave()


MINUTE = " ".join(f"This is sentence {number} of a minute." for number in range(1, 44))


@pytest.fixture
def minute(tmp_path: Path) -> Path:
    """A minute of speech in a file."""
    gap, rest = (np.zeros(round(seconds * fakes.RATE), np.float32) for seconds in (0.08, 0.35))
    words = [[fakes.tones(word), rest if word.endswith(".") else gap] for word in MINUTE.split()]
    clip = Audio(np.concatenate([part for pair in words for part in pair]), fakes.RATE)
    assert 55 < clip.duration < 70
    return write(tmp_path / "minute.wav", clip)


def recognize(guest: Guest, path: Path) -> Any:
    """Order the clip on the Recognize page; its panel."""
    guest.page.locator(".fa-title").first.wait_for()
    panel = guest.open("Recognize")
    panel.locator("input[type=file]").first.set_input_files(path)
    panel.locator("[data-testid^=audio-player]").first.wait_for(state="attached")
    guest.calls.clear()
    panel.get_by_role("button", name="Recognize", exact=True).click()
    return panel


def transcript(panel: Any) -> str:
    """The words on the page, without the marks of emotions."""
    said = panel.locator(".fa-transcript").first.inner_text()
    return " ".join(word for word in said.split() if word.isascii())


HANDLERS = ("on_recognize", "on_next", "on_continue")


def test_parts_of_a_clip_let_others_in_stop_and_continue(
    browser: Any, home: Path, tmp_path: Path, minute: Path
) -> None:
    port, log, release = free_port(), tmp_path / "log.txt", tmp_path / "release"
    with running([*SCRIPTED, "hold_recognition", str(release)], log, port, FUNAUDIO_CONCURRENCY="1"):
        guest = Guest(browser, address_at(port))
        other = Client(address_at(port), verbose=False)
        panel = recognize(guest, minute)
        guest.wait(panel, ".fa-status", "Part 1 of 3")
        brief = other.submit(handle_file(example("en", "happy").path), "en", True, api_name="/recognize")
        while not httpx.get(f"{address_at(port)}health", timeout=ANSWER_SECONDS).json()["queued"]:
            guest.page.wait_for_timeout(50)
        assert "recognize done" not in log.read_text()
        release.touch()
        guest.wait(panel, ".fa-status", "Part 2 of 3: transcribed ")
        assert log.read_text().count("recognize done") == 2  # the other had their turn in between
        assert "job" in brief.result(PATIENCE)[0]
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_next": 1}  # each part an event of its own
        guest.stop(panel)
        guest.wait(panel, ".fa-status", "Stopped")
        guest.wait(panel, ".fa-claim", r"1 of 3 parts are done\.")
        taken = guest.download(panel, "SRT", tmp_path)
        assert taken.name == "minute_1_of_3.srt"
        assert "sentence 1 of" in taken.read_text()
        assert "sentence 43 of" not in taken.read_text()
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_next": 1}  # nothing continues by itself
        guest.shoot("long_stopped")
        guest.resume(panel)
        guest.wait(panel, ".fa-status", r"\d s · transcribed by Whisper")
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_continue": 1, "on_next": 2}
        assert transcript(panel) == MINUTE
        assert not guest.is_paused(panel)
        said = guest.download(panel, "SRT", tmp_path)
        assert said.name == "minute.srt"
        assert "sentence 43 of" in said.read_text()
        assert jobs_in(home) == []
        guest.shoot("long_done")
        guest.leave()


@pytest.mark.serial
def test_a_clip_continues_after_kill_9(browser: Any, home: Path, tmp_path: Path, minute: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    (tmp_path / "release").touch()
    with running([*SCRIPTED, "hold_recognition", str(tmp_path / "release")], log, port) as app:
        guest = Guest(browser, address_at(port))
        panel = recognize(guest, minute)
        guest.wait(panel, ".fa-status", "Part 2 of 3")
        guest.page.evaluate("window.before = true")
        os.kill(app.pid, signal.SIGKILL)
        app.wait()
    (folder,) = jobs_in(home)
    assert sorted(note.name for note in folder.glob("*.json")) == ["0.json", "request.json"]
    kept = folder / "0.json"
    kept.write_text(kept.read_text().replace("sentence 1 of", "zebra 1 of"))  # shows that it is not recognized again
    with running(["-m", "tests.fakes"], log, port):
        guest.page.wait_for_function("!window.before")  # it reloads itself
        guest.page.locator(".fa-title").first.wait_for()
        panel = guest.open("Recognize")
        guest.errors.clear()  # the answer under way broke off
        guest.wait(panel, ".fa-claim", "1 of 3 parts are done")
        guest.resume(panel)
        guest.wait(panel, ".fa-status", r"\d s · transcribed by Whisper")
        guest.shoot("long_killed")
        assert transcript(panel).startswith("This is zebra 1 of")
        assert transcript(panel).split()[-5:] == MINUTE.split()[-5:]
        assert "zebra" in guest.download(panel, "SRT", tmp_path).read_text()
        assert jobs_in(home) == []
        guest.leave()
