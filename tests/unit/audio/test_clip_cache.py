"""Tests of the clip cache."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

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


class CountingFactory:
    """Factory that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        return self.calls


def test_value_of_a_clip_is_computed_once() -> None:
    factory, cache = CountingFactory(), ClipCache[int](8, lambda: 60.0)
    assert [cache.get_or_compute(clip(0.1), factory), cache.get_or_compute(clip(0.1), factory)] == [1, 1]
    assert cache.get_or_compute(clip(0.2), factory) == 2
    assert cache.get_or_compute(clip(0.1, 8_000), factory) == 3
    assert cache.get_or_compute(clip(0.1), factory, "es") == 4


def test_entries_expire_even_if_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, factory = Clock(), CountingFactory()
    monkeypatch.setattr(clip_cache, "time", clock)
    cache = ClipCache[int](8, lambda: 60.0)
    for clock.now in (0.0, 30.0, 60.0):
        assert cache.get_or_compute(clip(0.1), factory) == 1
    clock.now = 60.5
    assert cache.get_or_compute(clip(0.1), factory) == 2


def test_least_recently_used_entry_is_evicted() -> None:
    factory, cache = CountingFactory(), ClipCache[int](2, lambda: 60.0)
    for level in (0.1, 0.2, 0.1, 0.3):
        cache.get_or_compute(clip(level), factory)
    assert factory.calls == 3
    cache.get_or_compute(clip(0.1), factory)
    assert factory.calls == 3
    cache.get_or_compute(clip(0.2), factory)
    assert factory.calls == 4


def test_concurrent_callers_share_one_computation() -> None:
    started, release = threading.Event(), threading.Event()
    factory, cache = CountingFactory(), ClipCache[int](8, lambda: 60.0)

    def slow() -> int:
        started.set()
        release.wait(180)
        return factory()

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(cache.get_or_compute, clip(0.1), slow) for _ in range(4)]
        assert started.wait(180)
        assert not wait(jobs, timeout=0.2).done  # all four are in get_or_compute() or about to enter it
        release.set()
        assert [job.result() for job in jobs] == [1] * 4


def test_waiting_caller_can_be_cancelled() -> None:
    started, release, stop = threading.Event(), threading.Event(), threading.Event()
    factory, cache = CountingFactory(), ClipCache[int](8, lambda: 60.0)

    def slow() -> int:
        started.set()
        release.wait(180)
        return factory()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get_or_compute, clip(0.1), slow)
        assert started.wait(180)
        second = pool.submit(cancellable(stop, cache.get_or_compute), clip(0.1), factory)
        stop.set()
        try:
            with pytest.raises(Cancelled):
                second.result(30)
        finally:
            release.set()
        assert first.result() == 1  # the caller that was not cancelled
    assert factory.calls == 1


def test_failure_is_raised_and_not_cached() -> None:
    cache = ClipCache[int](8, lambda: 60.0)

    def fail() -> int:
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        cache.get_or_compute(clip(0.1), fail)
    assert cache.get_or_compute(clip(0.1), CountingFactory()) == 1


def test_cancelled_computation_does_not_cancel_other_callers() -> None:
    cache: ClipCache[str] = ClipCache(4, lambda: 60.0)
    started, stop = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def compute_until_stopped() -> str:
        started.set()
        stop.wait(180)
        raise Cancelled

    def first() -> None:
        try:
            cache.get_or_compute(noise(0.1), compute_until_stopped)
        except Cancelled:
            outcomes.append("stopped")

    def second() -> None:
        outcomes.append(cache.get_or_compute(noise(0.1), lambda: "computed"))

    first_thread, second_thread = threading.Thread(target=first), threading.Thread(target=second)
    first_thread.start()
    assert started.wait(180)
    second_thread.start()
    time.sleep(0.2)  # until it waits for the first
    stop.set()
    first_thread.join(180)
    second_thread.join(180)
    assert sorted(outcomes) == ["computed", "stopped"]
