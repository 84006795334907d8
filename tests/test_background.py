"""Captions read behind the visitor's back: nothing waits, nothing is lost, nothing is swallowed."""

from __future__ import annotations

import threading
import time
from typing import cast

import numpy as np
import pytest

from funaudio_core.errors import BadInput
from funaudio_core.pipelines.background import BackgroundCaptions
from funaudio_core.pipelines.captions import Captions, LiveCaptions
from funaudio_core.types import Audio, Segment

RATE = 16_000


class Slow:
    """Reads only when allowed; writes down how much it heard."""

    def __init__(self) -> None:
        self.allowed = threading.Event()
        self.heard: list[float] = []

    def feed(self, chunk: Audio) -> Captions:
        assert self.allowed.wait(10)
        if chunk.samples.max() > 0.9:
            raise BadInput("The stream broke. Start it again.")
        self.heard.append(chunk.duration)
        return Captions((Segment(0, 1, f"{len(self.heard)}", "en"),), "…")


def _chunk(value: float = 0.1) -> Audio:
    return Audio(np.full(RATE // 2, value, np.float32), RATE)


def _until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_feeding_never_waits_and_nothing_is_lost() -> None:
    slow = Slow()
    live = BackgroundCaptions(cast("LiveCaptions", slow))
    for _ in range(8):
        live.feed(_chunk())
    assert live.captions() == ((), "")
    slow.allowed.set()
    _until(lambda: sum(slow.heard) >= 4.0)
    assert sum(slow.heard) == pytest.approx(4.0)
    _until(lambda: live.captions()[1] == "…")
    assert [segment.text for segment in live.captions()[0]] == [str(n + 1) for n in range(len(slow.heard))]


def test_an_error_reaches_the_next_feed() -> None:
    slow = Slow()
    slow.allowed.set()
    live = BackgroundCaptions(cast("LiveCaptions", slow))
    live.feed(_chunk(0.95))

    def broke() -> bool:
        try:
            live.feed(_chunk())
        except BadInput:
            return True
        return False

    _until(broke)


def test_a_hopeless_backlog_is_bounded() -> None:
    slow = Slow()
    live = BackgroundCaptions(cast("LiveCaptions", slow))
    for _ in range(200):
        live.feed(_chunk())
    assert sum(part.duration for part in live._unread) <= 30.0
    slow.allowed.set()
    _until(lambda: not live._reading)
