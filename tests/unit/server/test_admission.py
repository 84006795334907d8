"""Handlers that compute wait for their turn, tell where in line they are, and keep within what a visitor may use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from gradio.context import LocalContext

from funaudio_core import settings
from funaudio_core.errors import BadInput
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.runtime.rate_limit import RateLimited
from server import admission
from server.request import account_id


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FUNAUDIO_CONCURRENCY", "1")
    monkeypatch.setenv("FUNAUDIO_QUEUE_PER_CLIENT", "2")
    caches = (settings.read, admission.fair_queue, admission._request_limiter, admission._compute_limiter)
    for each in caches:
        each.cache_clear()
    yield
    for each in caches:
        each.cache_clear()


@pytest.fixture
def visit() -> Iterator[Callable[..., None]]:
    """Become a visitor with an address and headers."""
    tokens = []

    def become(host: str, **headers: str) -> None:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        client = SimpleNamespace(host=host)
        request = SimpleNamespace(client=client, headers=headers, session_hash=f"page of {host}", username=None)
        tokens.append(LocalContext.request.set(request))  # type: ignore[arg-type]

    yield become
    for token in reversed(tokens):
        LocalContext.request.reset(token)


def compute(steps: int = 2) -> Iterator[tuple[Any, ...]]:
    """A handler of three outputs."""
    for step in range(steps):
        yield "", f"step {step}", step


HANDLER = admission.queued(compute, width=3, status=1)


def test_who_comes_second_is_told_and_then_served(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    first = iter(HANDLER())
    assert next(first)[1] == "step 0"
    visit("2.2.2.2")
    second = iter(HANDLER())
    told = next(second)
    assert told[1] == "In queue: 0 ahead of you…"
    assert told[0] == told[2] == admission.SKIP
    assert [values[1] for values in first] == ["step 1"]
    assert [values[1] for values in second] == ["step 0", "step 1"]


def test_whatever_fails_does_not_leave_its_status_behind(visit: Callable[..., None]) -> None:
    def fail(error: Exception) -> Iterator[tuple[Any, ...]]:
        yield "", "Transcribing…", 0
        raise error

    visit("1.1.1.1")
    steps = iter(admission.queued(fail, width=3, status=1)(BadInput("No.")))
    assert next(steps)[1] == "Transcribing…"
    assert next(steps) == (admission.SKIP, "", admission.SKIP)
    with pytest.raises(BadInput, match="No"):
        next(steps)
    stopped = iter(admission.queued(fail, width=3, status=1)(Cancelled()))
    assert next(stopped)[1] == "Transcribing…"
    with pytest.raises(Cancelled):  # what Stop says is left to it
        next(stopped)
    assert admission.fair_queue().active == 0


def test_leaving_gives_the_place_back(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    first = HANDLER()
    next(iter(first))
    assert admission.fair_queue().active == 1
    first.close()  # type: ignore[attr-defined]
    assert admission.fair_queue().active == 0


def test_one_visitor_can_not_fill_the_line(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    running = [iter(HANDLER()) for _ in range(2)]
    for each in running:
        next(each)
    with pytest.raises(QueueFull, match="2 requests running"):
        next(iter(HANDLER()))
    visit("2.2.2.2")
    assert "In queue" in next(iter(HANDLER()))[1]


def test_requests_and_seconds_are_counted_but_not_those_of_whoever_runs_the_app(
    visit: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNAUDIO_REQUESTS_PER_MINUTE", "2")
    settings.read.cache_clear()
    answer = admission.queued(lambda: "done")
    visit("9.9.9.9")
    assert [answer(), answer()] == ["done", "done"]
    with pytest.raises(RateLimited, match=r"Try again in \d+ s"):
        answer()
    visit("127.0.0.1")
    assert [answer() for _ in range(5)] == ["done"] * 5
    visit("8.8.8.8")
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with admission.admitted("a page", "8.8.8.8"):
        now += 1_801
    with pytest.raises(RateLimited, match=r"Try again in \d min"):
        answer()


def test_what_calls_from_a_tool_wait_for_is_their_turn() -> None:
    order: list[str] = []

    def tool() -> None:
        order.append("tool")

    with admission.admitted("page", "") as ticket:
        assert ticket.wait(0)
        thread = threading.Thread(target=admission.queued(tool))
        thread.start()
        thread.join(1)
        order.append("page")
    thread.join(30)
    assert order == ["page", "tool"]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        ("0", "6.6.6.6", "10.0.0.1"),
        ("1", "6.6.6.6, 5.5.5.5", "5.5.5.5"),
        ("2", "6.6.6.6, 5.5.5.5, 10.0.0.2", "5.5.5.5"),
        ("1", "", "10.0.0.1"),
    ],
)
def test_an_address_is_believed_only_from_our_own_proxies(
    visit: Callable[..., None], monkeypatch: pytest.MonkeyPatch, proxies: str, forwarded: str, expected: str
) -> None:
    monkeypatch.setenv("FUNAUDIO_TRUSTED_PROXIES", proxies)
    settings.read.cache_clear()
    visit("10.0.0.1", **({"x_forwarded_for": forwarded} if forwarded else {}))
    assert account_id() == expected


def test_one_address_never_has_all_of_the_line_but_whoever_runs_the_app_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_QUEUE_SIZE", "4")
    settings.read.cache_clear()
    for address, most in (("9.9.9.9", 1 + 2), ("127.0.0.1", 1 + 4)):
        admission.fair_queue.cache_clear()
        with ExitStack() as tickets:
            for number in range(most):
                tickets.enter_context(admission.queue_slot(f"page {number}", address))
            with pytest.raises(QueueFull):
                admission.queue_slot("one page more", address).__enter__()
