"""Tests of long texts and clips in a browser: parts, Stop and Continue, reloads, errors and kill -9."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file

from funaudio_core import audio, settings, text
from funaudio_core.runtime import jobs
from funaudio_core.tasks import cost
from funaudio_core.types import Audio
from tests import fakes
from tests.browser.guest import SCRIPTED, STORY, open_scripted
from tests.browser.visitor import PHONE, TIMEOUT_SECONDS
from tests.conftest import ANSWER_SECONDS, address_at, example, running, write

SPEECH_GPU_SECONDS, RECOGNITION_GPU_SECONDS = "16", "7"  # divide the story and the minute into three parts each
QUIET_MS = 1000  # long enough for an unwanted event to happen


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Set FUNAUDIO_HOME and a small limit of GPU time for each part, and yield that folder."""
    seconds = RECOGNITION_GPU_SECONDS if "minute" in request.fixturenames else SPEECH_GPU_SECONDS
    monkeypatch.setenv("FUNAUDIO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FUNAUDIO_GPU_MAX_SECONDS", seconds)
    settings.read.cache_clear()
    yield tmp_path / "home"
    settings.read.cache_clear()


def speech_parts() -> list[str]:
    return list(text.split_text(STORY, "en", cost.max_chunk_characters()))


def jobs_in(home: Path) -> list[Path]:
    return list((home / "jobs").iterdir())


def test_each_part_of_a_text_is_an_event_of_its_own(browser: Any, home: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_speech", release) as guest:
        panel = guest.open_instruct()
        assert not guest.is_paused(panel)
        guest.speak_story(panel)
        guest.wait(panel, ".fa-status", "Part 2 of 3: Generating speech:")
        assert guest.handlers("on_instruct", "on_next") == {"on_instruct": 1, "on_next": 1}, guest.calls
        assert fakes.heard(guest.download(panel, "WAV", tmp_path)) == speech_parts()[0]
        release.touch()
        guest.check_story(panel, tmp_path)
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.handlers("on_instruct", "on_next", "on_continue") == {"on_instruct": 1, "on_next": 2}
        made = float(panel.locator("[data-made]").first.get_attribute("data-made"))
        assert made == pytest.approx(audio.declared_duration(guest.download(panel, "WAV", tmp_path)), abs=0.1)
        guest.leave()


def test_stop_and_continue_a_text(browser: Any, home: Path, tmp_path: Path) -> None:
    with open_scripted(browser, tmp_path, "hold_speech", tmp_path / "release") as guest:
        panel = guest.open_instruct()
        guest.speak_story(panel)
        guest.wait_for_second_part()
        guest.stop(panel)
        guest.wait(panel, ".fa-note", "1 of 3 parts are done")
        panel.locator(".fa-live").first.wait_for(state="hidden")
        before = guest.calls.total()
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.calls.total() == before
        assert panel.locator(".fa-status").first.inner_text().strip() == "Stopped."
        guest.screenshot("continue")
        guest.resume(panel)
        guest.check_story(panel, tmp_path)
        guest.leave()


def test_reloaded_page_offers_to_continue(browser: Any, home: Path, tmp_path: Path) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_speech", release) as guest:
        panel = guest.open_instruct()
        guest.speak_story(panel)
        guest.wait_for_second_part()
        guest.page.reload()
        panel = guest.open_instruct()
        guest.errors.clear()  # the reload interrupted the response
        guest.wait(panel, ".fa-note", "1 of 3 parts are done")
        release.touch()
        guest.resume(panel)
        guest.check_story(panel, tmp_path)
        guest.page.reload()
        panel = guest.open_instruct()
        guest.wait(panel, ".fa-note", r"Your text is fully spoken\. Press Continue")
        guest.resume(panel)
        guest.check_story(panel, tmp_path)
        assert not guest.is_paused(panel)
        guest.leave()


def test_a_second_tab_can_continue_once_the_first_is_closed(browser: Any, home: Path, tmp_path: Path) -> None:
    with open_scripted(browser, tmp_path, "hold_speech", tmp_path / "never") as first:
        first.speak_story(first.open_instruct())
        first.wait_for_second_part()
        second = first.duplicate()
        panel = second.open_instruct()
        second.wait(panel, ".fa-note", r"1 of 3 parts are done\. It is open in another tab\.")
        second.resume(panel)
        error = r"This job is open in another tab\. Continue it there, or close that tab"
        second.wait(second.page, ".toast-body", error)
        assert second.is_paused(panel)
        assert first.errors == []
        first.page.close()
        while second.is_paused(panel):  # the server learns of the closed tab a moment later
            second.resume_within(panel, QUIET_MS)
        second.check_story(panel, tmp_path)
        second.leave()


def test_text_can_continue_after_an_error_or_a_full_queue(browser: Any, home: Path, tmp_path: Path) -> None:
    with open_scripted(browser, tmp_path, "fail_speech", tmp_path) as guest:
        panel = guest.open_instruct()
        guest.speak_story(panel)
        for problem, done in (("quota is used up", 1), ("the line is full", 2)):
            guest.wait(guest.page, ".toast-body", problem)
            guest.wait(panel, ".fa-note", f"{done} of 3 parts are done")
            calls = guest.calls["on_next"]
            guest.page.wait_for_timeout(QUIET_MS)
            assert guest.calls["on_next"] == calls
            guest.resume(panel)
        guest.check_story(panel, tmp_path)
        guest.leave()


def test_text_continues_after_kill_9(browser: Any, home: Path, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.txt"
    with open_scripted(browser, tmp_path, "hold_speech", tmp_path / "never", PHONE) as guest:
        panel = guest.open_instruct()
        guest.speak_story(panel)
        guest.wait_for_second_part("window.before = true")
        guest.kill_app()
    (job,) = jobs_in(home)
    assert jobs.get(job.name).completed_parts == 1
    with running([*SCRIPTED, "record_speech", str(spoken)], guest.log, guest.port):
        guest.wait_for_reload()
        panel = guest.open_instruct()
        guest.errors.clear()  # the kill interrupted the response
        guest.wait(panel, ".fa-note", "1 of 3 parts are done")
        width = guest.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 1
        guest.screenshot("continue_phone")
        guest.resume(panel)
        guest.check_story(panel, tmp_path)
        assert spoken.read_text().splitlines() == speech_parts()[1:]  # no part is spoken again
        assert jobs_in(home) == [job]  # kept until the next text, at most an hour
        guest.leave()


MINUTE = " ".join(f"This is sentence {number} of a minute." for number in range(1, 44))


@pytest.fixture
def minute(tmp_path: Path) -> Path:
    """Return a file with a minute of speech."""
    gap, pause = (np.zeros(round(seconds * fakes.RATE), np.float32) for seconds in (0.08, 0.35))
    words = [[fakes.tones(word), pause if word.endswith(".") else gap] for word in MINUTE.split()]
    clip = Audio(np.concatenate([part for pair in words for part in pair]), fakes.RATE)
    assert 55 < clip.duration < 70
    return write(tmp_path / "minute.wav", clip)


def transcript(panel: Any) -> str:
    """Return the words on the page, without the marks of emotions."""
    shown = panel.locator(".fa-transcript").first.inner_text()
    return " ".join(word for word in shown.split() if word.isascii())


HANDLERS = ("on_recognize", "on_next", "on_continue")


def test_clip_in_parts_yields_to_other_users_and_can_be_stopped_and_continued(
    browser: Any, home: Path, tmp_path: Path, minute: Path
) -> None:
    release = tmp_path / "release"
    with open_scripted(browser, tmp_path, "hold_recognition", release, FUNAUDIO_CONCURRENCY="1") as guest:
        other = Client(address_at(guest.port), verbose=False)
        panel = guest.recognize(minute)
        guest.wait(panel, ".fa-status", "Part 1 of 3")
        short = other.submit(handle_file(example("en", "happy").path), "en", True, api_name="/recognize")
        while not httpx.get(f"{address_at(guest.port)}health", timeout=ANSWER_SECONDS).json()["queued"]:
            guest.page.wait_for_timeout(50)
        assert "recognize done" not in guest.log.read_text()
        release.touch()
        guest.wait(panel, ".fa-status", "Part 2 of 3: transcribed ")
        assert guest.log.read_text().count("recognize done") == 2  # the other request ran in between
        assert "job" in short.result(TIMEOUT_SECONDS)[0]
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_next": 1}  # each part an event of its own
        guest.stop(panel)
        guest.wait(panel, ".fa-status", "Stopped")
        guest.wait(panel, ".fa-note", r"1 of 3 parts are done\.")
        partial = guest.download(panel, "SRT", tmp_path)
        assert partial.name == "minute_1_of_3.srt"
        assert "sentence 1 of" in partial.read_text()
        assert "sentence 43 of" not in partial.read_text()
        guest.page.wait_for_timeout(QUIET_MS)
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_next": 1}  # nothing continues by itself
        guest.screenshot("long_stopped")
        guest.resume(panel)
        guest.wait(panel, ".fa-status", r"\d s · transcribed by Whisper")
        assert guest.handlers(*HANDLERS) == {"on_recognize": 1, "on_continue": 1, "on_next": 2}
        assert transcript(panel) == MINUTE
        assert not guest.is_paused(panel)
        complete = guest.download(panel, "SRT", tmp_path)
        assert complete.name == "minute.srt"
        assert "sentence 43 of" in complete.read_text()
        guest.screenshot("long_done")
        guest.leave()


def test_clip_continues_after_kill_9(browser: Any, home: Path, tmp_path: Path, minute: Path) -> None:
    release = tmp_path / "release"
    release.touch()
    with open_scripted(browser, tmp_path, "hold_recognition", release) as guest:
        panel = guest.recognize(minute)
        guest.wait(panel, ".fa-status", "Part 2 of 3")
        guest.page.evaluate("window.before = true")
        guest.kill_app()
    (folder,) = jobs_in(home)
    assert sorted(record.name for record in folder.glob("*.json")) == ["0.json", "request.json"]
    first_part = folder / "0.json"
    # Shows that the first part is not recognized again.
    first_part.write_text(first_part.read_text().replace("sentence 1 of", "zebra 1 of"))
    with running(["-m", "tests.fakes"], guest.log, guest.port):
        guest.wait_for_reload()
        guest.page.locator(".fa-title").first.wait_for()
        panel = guest.open_tab("Recognize")
        guest.errors.clear()  # the kill interrupted the response
        guest.wait(panel, ".fa-note", "1 of 3 parts are done")
        guest.resume(panel)
        guest.wait(panel, ".fa-status", r"\d s · transcribed by Whisper")
        guest.screenshot("long_killed")
        assert transcript(panel).startswith("This is zebra 1 of")
        assert transcript(panel).split()[-5:] == MINUTE.split()[-5:]
        assert "zebra" in guest.download(panel, "SRT", tmp_path).read_text()
        assert jobs_in(home) == [folder]
        guest.leave()
