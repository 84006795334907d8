"""Captions read behind the visitor's back: nothing waits, nothing is lost, nothing is swallowed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.pipelines.caption_worker import MAX_BACKLOG_SECONDS, WORKERS, BackgroundCaptions
from funaudio_core.pipelines.captions import CaptionUpdate, LiveCaptions
from funaudio_core.types import Audio, Segment

RATE = 16_000
LAST = "the end"


class Slow:
    """Reads only when allowed; writes down how much it heard and how often it was closed."""

    def __init__(self) -> None:
        self.allowed = threading.Event()
        self.heard: list[float] = []
        self.closed = 0

    def feed(self, chunk: Audio) -> CaptionUpdate:
        assert self.allowed.wait(10)
        assert not self.closed
        if chunk.samples.max() > 0.9:
            raise BadInput("The stream broke. Start it again.")
        self.heard.append(chunk.duration)
        return CaptionUpdate((Segment(0, 1, f"{len(self.heard)}", "en"),), "…")

    def close(self) -> CaptionUpdate:
        self.closed += 1
        return CaptionUpdate((Segment(1, 2, LAST, "en"),), "")


def _live(slow: object) -> BackgroundCaptions:
    return BackgroundCaptions(cast("LiveCaptions", slow))


def _chunk(value: float = 0.1) -> Audio:
    return Audio(np.full(RATE // 2, value, np.float32), RATE)


def _until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_feeding_never_waits_and_nothing_is_lost() -> None:
    slow = Slow()
    live = _live(slow)
    for _ in range(8):
        live.feed(_chunk())
    assert live.captions() == ((), "")
    slow.allowed.set()
    _until(lambda: not live.is_busy)
    assert sum(slow.heard) == pytest.approx(4.0)
    finished, partial = live.captions()
    assert [segment.text for segment in finished] == [str(n + 1) for n in range(len(slow.heard))]
    assert partial == "…"


def test_an_error_reaches_the_next_feed_and_that_one_only() -> None:
    slow = Slow()
    slow.allowed.set()
    live = _live(slow)
    live.feed(_chunk(0.95))
    _until(lambda: not live.is_busy)
    with pytest.raises(BadInput, match="stream broke"):
        live.feed(_chunk())
    for _ in range(5):
        live.feed(_chunk())
    live.close()
    assert not live.is_busy
    assert live.captions() == ((), "")
    assert not slow.heard
    assert not slow.closed


def test_a_defect_is_told_like_any_other_error() -> None:
    class Broken(Slow):
        def feed(self, chunk: Audio) -> CaptionUpdate:
            raise ZeroDivisionError

    live = _live(Broken())
    live.feed(_chunk())
    _until(lambda: not live.is_busy)
    with pytest.raises(ZeroDivisionError):
        live.feed(_chunk())


def test_a_hopeless_backlog_is_refused_so_that_times_stay_true() -> None:
    slow = Slow()
    live = _live(slow)
    live.feed(_chunk())
    _until(lambda: not live._pending)  # taken by a reader, who waits
    for _ in range(int(MAX_BACKLOG_SECONDS / 0.5)):
        live.feed(_chunk())
    with pytest.raises(BadInput, match=r"keep up: 30 s.*File tab"):
        live.feed(_chunk())
    live.feed(_chunk())
    slow.allowed.set()
    _until(lambda: not live.is_busy)
    assert slow.heard == [0.5]
    assert [segment.text for segment in live.captions()[0]] == ["1"]


def test_closing_finishes_the_open_caption_after_the_unread_sound() -> None:
    slow = Slow()
    live = _live(slow)
    for _ in range(4):
        live.feed(_chunk())
    live.close()
    live.close()
    live.feed(_chunk())
    assert live.is_busy
    assert live.captions() == ((), "")
    slow.allowed.set()
    _until(lambda: not live.is_busy)
    live.close()
    assert not live.is_busy
    assert slow.closed == 1
    assert sum(slow.heard) == pytest.approx(2.0)
    finished, partial = live.captions()
    assert finished[-1].text == LAST
    assert partial == ""


def test_an_error_after_closing_is_told_once_by_captions() -> None:
    slow = Slow()
    live = _live(slow)
    live.feed(_chunk(0.95))
    live.close()
    slow.allowed.set()
    _until(lambda: not live.is_busy)
    with pytest.raises(BadInput, match="stream broke"):
        live.captions()
    assert live.captions() == ((), "")


def test_a_visitor_who_is_always_behind_holds_no_reader() -> None:
    """Every reader has a visitor who speaks on during each reading; one more visitor is read all the same."""
    patient = Slow()
    patient.allowed.set()

    class Endless(Slow):
        live: BackgroundCaptions

        def feed(self, chunk: Audio) -> CaptionUpdate:
            self.heard.append(chunk.duration)
            if not patient.heard and len(self.heard) < 200:
                self.live.feed(_chunk())
                time.sleep(0.01)
            return CaptionUpdate((), "")

    greedy = [Endless() for _ in range(WORKERS)]
    for one in greedy:
        one.live = _live(one)
        one.live.feed(_chunk())
    live = _live(patient)
    live.feed(_chunk())
    _until(lambda: not live.is_busy and not any(one.live.is_busy for one in greedy), 60)
    assert patient.heard == [0.5]
    assert all(len(one.heard) < 200 for one in greedy)
