"""Tests of the estimate of the time left: only when it is sure, and by the pace so far."""

from __future__ import annotations

import pytest

from funaudio_core.runtime.time_left import MIN_SECONDS, Pace


@pytest.mark.parametrize(
    ("seconds", "done", "total", "left"),
    [
        (10.0, 25.0, 100.0, 30.0),
        (10.0, 100.0, 100.0, 0.0),
        (10.0, 120.0, 100.0, 0.0),  # the total was an estimate too
        (10.0, 9.0, 100.0, None),
        (MIN_SECONDS - 0.1, 50.0, 100.0, None),
        (10.0, 5.0, 0.0, None),
    ],
)
def test_estimate_follows_the_pace(seconds: float, done: float, total: float, left: float | None) -> None:
    times = iter((100.0, 100.0 + seconds))
    assert Pace(lambda: next(times)).seconds_left(done, total) == left
