"""Tests of the clip cache."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from funaudio_core.audio import clip_cache
from funaudio_core.audio.clip_cache import ClipCache
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.types import Audio
from tests.conftest import noise


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


def clip(level: float, rate: int = 16_000) -> Audio:
    return Audio(np.full(100, level, np.float32), rate)


class Maker:
    """Factory that counts its calls."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        return self.made


def test_the_same_sound_is_worked_on_once() -> None:
    make, held = Maker(), ClipCache[int](8, lambda: 60.0)
    assert [held.get_or_compute(clip(0.1), make), held.get_or_compute(clip(0.1), make)] == [1, 1]
    assert held.get_or_compute(clip(0.2), make) == 2
    assert held.get_or_compute(clip(0.1, 8_000), make) == 3
    assert held.get_or_compute(clip(0.1), make, "es") == 4


def test_nothing_outlives_its_time_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, make = Clock(), Maker()
    monkeypatch.setattr(clip_cache, "time", clock)
    held = ClipCache[int](8, lambda: 60.0)
    for clock.now in (0.0, 30.0, 60.0):
        assert held.get_or_compute(clip(0.1), make) == 1
    clock.now = 60.5
    assert held.get_or_compute(clip(0.1), make) == 2


def test_the_one_longest_not_asked_for_goes_first() -> None:
    make, held = Maker(), ClipCache[int](2, lambda: 60.0)
    for level in (0.1, 0.2, 0.1, 0.3):
        held.get_or_compute(clip(level), make)
    assert make.made == 3
    held.get_or_compute(clip(0.1), make)
    assert make.made == 3
    held.get_or_compute(clip(0.2), make)
    assert make.made == 4


def test_many_at_once_wait_for_one() -> None:
    begun, go = threading.Event(), threading.Event()
    make, held = Maker(), ClipCache[int](8, lambda: 60.0)

    def slow() -> int:
        begun.set()
        go.wait(30)
        return make()

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(held.get_or_compute, clip(0.1), slow) for _ in range(4)]
        begun.wait(30)
        go.set()
        assert [job.result() for job in asked] == [1] * 4


def test_whoever_waits_for_another_can_be_stopped() -> None:
    begun, go, stop = threading.Event(), threading.Event(), threading.Event()
    make, held = Maker(), ClipCache[int](8, lambda: 60.0)

    def slow() -> int:
        begun.set()
        go.wait(60)
        return make()

    with ThreadPoolExecutor(2) as pool:
        maker = pool.submit(held.get_or_compute, clip(0.1), slow)
        assert begun.wait(30)
        waits = pool.submit(cancellable(stop, held.get_or_compute), clip(0.1), make)
        stop.set()
        try:
            with pytest.raises(Cancelled):
                waits.result(30)
        finally:
            go.set()
        assert maker.result() == 1  # the caller that was not cancelled
    assert make.made == 1


def test_a_failure_is_told_and_tried_again() -> None:
    held = ClipCache[int](8, lambda: 60.0)

    def fail() -> int:
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        held.get_or_compute(clip(0.1), fail)
    assert held.get_or_compute(clip(0.1), Maker()) == 1


def test_whoever_is_stopped_stops_nobody_else() -> None:
    kept: ClipCache[str] = ClipCache(4, lambda: 60.0)
    begun, stop = threading.Event(), threading.Event()
    ends: list[str] = []

    def stopped() -> str:
        begun.set()
        stop.wait(30)
        raise Cancelled

    def first() -> None:
        try:
            kept.get_or_compute(noise(0.1), stopped)
        except Cancelled:
            ends.append("stopped")

    def second() -> None:
        ends.append(kept.get_or_compute(noise(0.1), lambda: "made anew"))

    one, other = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert begun.wait(30)
    other.start()
    time.sleep(0.2)  # until it waits for the first
    stop.set()
    one.join(30)
    other.join(30)
    assert sorted(ends) == ["made anew", "stopped"]
