"""Tests of the token buckets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from funaudio_core.runtime import rate_limit
from funaudio_core.runtime.rate_limit import RateLimited, RateLimiter


@pytest.fixture
def advance_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Return a function that advances the clock."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_tokens_are_refilled_over_time(advance_clock: Callable[[float], None]) -> None:
    requests = RateLimiter(3, 60)
    assert [requests.consume("a") for _ in range(3)] == [0, 0, 0]
    assert requests.consume("a") == pytest.approx(20)
    advance_clock(19)
    assert requests.consume("a") == pytest.approx(1)
    advance_clock(1)
    assert requests.consume("a") == 0
    assert requests.consume("a") > 0


def test_tokens_never_exceed_the_capacity(advance_clock: Callable[[float], None]) -> None:
    requests = RateLimiter(2, 60)
    requests.consume("a")
    advance_clock(10_000)
    assert [requests.consume("a") > 0 for _ in range(3)] == [False, False, True]


def test_clients_have_separate_buckets(advance_clock: Callable[[float], None]) -> None:
    del advance_clock
    requests = RateLimiter(1, 60)
    assert requests.consume("a") == 0
    assert requests.consume("b") == 0
    assert requests.consume("a") > 0


def test_request_larger_than_the_capacity_is_admitted_and_leaves_a_debt(advance_clock: Callable[[float], None]) -> None:
    seconds = RateLimiter(100, 100)
    assert seconds.consume("a", 150) == 0
    assert seconds.consume("a", 1) == pytest.approx(51)
    advance_clock(51)
    assert seconds.consume("a", 1) == 0


def test_charges_afterwards_count(advance_clock: Callable[[float], None]) -> None:
    seconds = RateLimiter(100, 100)
    for _ in range(3):
        assert seconds.consume("a", 0) == 0
        seconds.charge("a", 40)
    assert seconds.consume("a", 0) == pytest.approx(20)
    advance_clock(21)
    assert seconds.consume("a", 0) == 0


def test_oldest_clients_are_forgotten(advance_clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch) -> None:
    del advance_clock
    monkeypatch.setattr(rate_limit, "MAX_CLIENTS", 2)
    requests = RateLimiter(1, 60)
    for name in "abc":
        assert requests.consume(name) == 0
    assert requests.consume("b") > 0
    assert requests.consume("a") == 0  # dropped, so its bucket is full again


def test_error_has_the_seconds_to_wait() -> None:
    error = RateLimited("Come back in {seconds} s.", 1.2, seconds=2)
    assert (str(error), error.retry_after) == ("Come back in 2 s.", 1.2)
