"""Captions in the background: no blocking, no lost audio, no lost errors."""

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


class BlockingCaptions:
    """Captions that wait until they are allowed, and record the audio and the number of close() calls."""

    def __init__(self) -> None:
        self.allowed = threading.Event()
        self.heard: list[float] = []
        self.closed = 0

    def feed(self, chunk: Audio) -> CaptionUpdate:
        assert self.allowed.wait(180)
        assert not self.closed
        if chunk.samples.max() > 0.9:
            raise BadInput("The stream broke. Start it again.")
        self.heard.append(chunk.duration)
        return CaptionUpdate((Segment(0, 1, f"{len(self.heard)}", "en"),), "…")

    def close(self) -> CaptionUpdate:
        self.closed += 1
        return CaptionUpdate((Segment(1, 2, LAST, "en"),), "")


def _background(blocking: object) -> BackgroundCaptions:
    return BackgroundCaptions(cast("LiveCaptions", blocking))


def _chunk(value: float = 0.1) -> Audio:
    return Audio(np.full(RATE // 2, value, np.float32), RATE)


def _until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_feed_does_not_block_and_loses_nothing() -> None:
    blocking = BlockingCaptions()
    live = _background(blocking)
    for _ in range(8):
        live.feed(_chunk())
    assert live.captions() == ((), "")
    blocking.allowed.set()
    _until(lambda: not live.is_busy)
    assert sum(blocking.heard) == pytest.approx(4.0)
    finished, partial = live.captions()
    assert [segment.text for segment in finished] == [str(n + 1) for n in range(len(blocking.heard))]
    assert partial == "…"


def test_error_is_raised_by_next_feed_once() -> None:
    blocking = BlockingCaptions()
    blocking.allowed.set()
    live = _background(blocking)
    live.feed(_chunk(0.95))
    _until(lambda: not live.is_busy)
    with pytest.raises(BadInput, match="stream broke"):
        live.feed(_chunk())
    for _ in range(5):
        live.feed(_chunk())
    live.close()
    assert not live.is_busy
    assert live.captions() == ((), "")
    assert not blocking.heard
    assert not blocking.closed


def test_unexpected_error_is_raised_too() -> None:
    class Broken(BlockingCaptions):
        def feed(self, chunk: Audio) -> CaptionUpdate:
            raise ZeroDivisionError

    live = _background(Broken())
    live.feed(_chunk())
    _until(lambda: not live.is_busy)
    with pytest.raises(ZeroDivisionError):
        live.feed(_chunk())


def test_long_backlog_is_refused() -> None:
    blocking = BlockingCaptions()
    live = _background(blocking)
    live.feed(_chunk())
    _until(lambda: not live._pending)  # taken by a worker, which waits
    for _ in range(int(MAX_BACKLOG_SECONDS / 0.5)):
        live.feed(_chunk())
    with pytest.raises(BadInput, match=r"keep up: 30 s.*File tab"):
        live.feed(_chunk())
    live.feed(_chunk())
    blocking.allowed.set()
    _until(lambda: not live.is_busy)
    assert blocking.heard == [0.5]
    assert [segment.text for segment in live.captions()[0]] == ["1"]


def test_close_processes_pending_audio_first() -> None:
    blocking = BlockingCaptions()
    live = _background(blocking)
    for _ in range(4):
        live.feed(_chunk())
    live.close()
    live.close()
    live.feed(_chunk())
    assert live.is_busy
    assert live.captions() == ((), "")
    blocking.allowed.set()
    _until(lambda: not live.is_busy)
    live.close()
    assert not live.is_busy
    assert blocking.closed == 1
    assert sum(blocking.heard) == pytest.approx(2.0)
    finished, partial = live.captions()
    assert finished[-1].text == LAST
    assert partial == ""


def test_error_after_close_is_raised_once_by_captions() -> None:
    blocking = BlockingCaptions()
    live = _background(blocking)
    live.feed(_chunk(0.95))
    live.close()
    blocking.allowed.set()
    _until(lambda: not live.is_busy)
    with pytest.raises(BadInput, match="stream broke"):
        live.captions()
    assert live.captions() == ((), "")


def test_stream_with_constant_backlog_does_not_block_others() -> None:
    """Each worker has a stream that gets audio during each turn; one more stream is processed all the same."""
    waiting = BlockingCaptions()
    waiting.allowed.set()

    class Endless(BlockingCaptions):
        live: BackgroundCaptions

        def feed(self, chunk: Audio) -> CaptionUpdate:
            self.heard.append(chunk.duration)
            if not waiting.heard and len(self.heard) < 200:
                self.live.feed(_chunk())
                time.sleep(0.01)
            return CaptionUpdate((), "")

    busy = [Endless() for _ in range(WORKERS)]
    for one in busy:
        one.live = _background(one)
        one.live.feed(_chunk())
    live = _background(waiting)
    live.feed(_chunk())
    _until(lambda: not live.is_busy and not any(one.live.is_busy for one in busy), 60)
    assert waiting.heard == [0.5]
    assert all(len(one.heard) < 200 for one in busy)
