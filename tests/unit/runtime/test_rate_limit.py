"""Tests of the token buckets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from funaudio_core.runtime import rate_limit
from funaudio_core.runtime.rate_limit import RateLimited, RateLimiter


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that advances the clock."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_what_is_used_up_comes_back_with_time(later: Callable[[float], None]) -> None:
    requests = RateLimiter(3, 60)
    assert [requests.consume("a") for _ in range(3)] == [0, 0, 0]
    assert requests.consume("a") == pytest.approx(20)
    later(19)
    assert requests.consume("a") == pytest.approx(1)
    later(1)
    assert requests.consume("a") == 0
    assert requests.consume("a") > 0


def test_it_never_grows_beyond_the_most(later: Callable[[float], None]) -> None:
    requests = RateLimiter(2, 60)
    requests.consume("a")
    later(10_000)
    assert [requests.consume("a") > 0 for _ in range(3)] == [False, False, True]


def test_visitors_do_not_share(later: Callable[[float], None]) -> None:
    del later
    requests = RateLimiter(1, 60)
    assert requests.consume("a") == 0
    assert requests.consume("b") == 0
    assert requests.consume("a") > 0


def test_more_than_there_can_ever_be_costs_all_of_it_and_a_debt(later: Callable[[float], None]) -> None:
    seconds = RateLimiter(100, 100)
    assert seconds.consume("a", 150) == 0
    assert seconds.consume("a", 1) == pytest.approx(51)
    later(51)
    assert seconds.consume("a", 1) == 0


def test_what_was_used_already_is_owed(later: Callable[[float], None]) -> None:
    seconds = RateLimiter(100, 100)
    for _ in range(3):
        assert seconds.consume("a", 0) == 0
        seconds.charge("a", 40)
    assert seconds.consume("a", 0) == pytest.approx(20)
    later(21)
    assert seconds.consume("a", 0) == 0


def test_visitors_of_long_ago_are_forgotten(later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    del later
    monkeypatch.setattr(rate_limit, "MAX_CLIENTS", 2)
    requests = RateLimiter(1, 60)
    for name in "abc":
        assert requests.consume(name) == 0
    assert requests.consume("b") > 0
    assert requests.consume("a") == 0  # dropped, so its bucket is full again


def test_the_error_tells_programs_how_long_to_wait() -> None:
    error = RateLimited("Come back in {seconds} s.", 1.2, seconds=2)
    assert (str(error), error.retry_after) == ("Come back in 2 s.", 1.2)
