"""Handlers that compute wait in the queue, show their position and respect the rate limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from gradio.context import LocalContext

from funaudio_core import settings
from funaudio_core.errors import BadInput
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.runtime.queue import QueueFull
from funaudio_core.runtime.rate_limit import RateLimited
from server import admission
from server.request import account_id
from server.updates import Update


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
    """Return a function that sets the address and headers of the current request."""
    tokens = []

    def become(host: str, **headers: str) -> None:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        client = SimpleNamespace(host=host)
        request = SimpleNamespace(client=client, headers=headers, session_hash=f"page of {host}", username=None)
        tokens.append(LocalContext.request.set(request))  # type: ignore[arg-type]

    yield become
    for token in reversed(tokens):
        LocalContext.request.reset(token)


def compute(steps: int = 2) -> Iterator[Update]:
    for step in range(steps):
        yield Update(progress=f"step {step}", number=step)


HANDLER = admission.queued(compute, status="progress")


def test_a_second_request_shows_its_position_until_a_slot_is_free(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    first = iter(HANDLER())
    assert next(first)["progress"] == "step 0"
    visit("2.2.2.2")
    second = iter(HANDLER())
    assert next(second) == {"progress": "In queue: 0 ahead of you…"}
    assert list(first) == [{"progress": "step 1", "number": 1}]
    assert [update["progress"] for update in second] == ["step 0", "step 1"]


def test_an_error_clears_the_status(visit: Callable[..., None]) -> None:
    def fail(error: Exception) -> Iterator[Update]:
        yield Update(status="Transcribing…")
        raise error

    visit("1.1.1.1")
    steps = iter(admission.queued(fail)(BadInput("No.")))
    assert next(steps) == {"status": "Transcribing…"}
    assert next(steps) == {"status": ""}
    with pytest.raises(BadInput, match="No"):
        next(steps)
    stopped = iter(admission.queued(fail)(Cancelled()))
    assert next(stopped) == {"status": "Transcribing…"}
    with pytest.raises(Cancelled):  # the handler of Stop shows the next status
        next(stopped)
    assert admission.fair_queue().active == 0


def test_closing_a_handler_frees_its_slot(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    first = HANDLER()
    next(iter(first))
    assert admission.fair_queue().active == 1
    first.close()  # type: ignore[attr-defined]
    assert admission.fair_queue().active == 0


def test_one_client_cannot_fill_the_queue(visit: Callable[..., None]) -> None:
    visit("1.1.1.1")
    running = [iter(HANDLER()) for _ in range(2)]
    for each in running:
        next(each)
    with pytest.raises(QueueFull, match="2 requests running"):
        next(iter(HANDLER()))
    visit("2.2.2.2")
    assert "In queue" in next(iter(HANDLER()))["progress"]


def test_requests_and_seconds_are_counted_except_for_this_machine(
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
    with admission.admit("a page", "8.8.8.8"):
        now += 1_801
    with pytest.raises(RateLimited, match=r"Try again in \d min"):
        answer()


def test_calls_of_a_tool_wait_in_the_queue() -> None:
    order: list[str] = []

    def tool() -> None:
        order.append("tool")

    with admission.admit("page", "") as ticket:
        assert ticket.wait(0)
        thread = threading.Thread(target=admission.queued(tool))
        thread.start()
        thread.join(1)
        order.append("page")
    thread.join(180)
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
def test_a_forwarded_address_is_trusted_only_from_trusted_proxies(
    visit: Callable[..., None], monkeypatch: pytest.MonkeyPatch, proxies: str, forwarded: str, expected: str
) -> None:
    monkeypatch.setenv("FUNAUDIO_TRUSTED_PROXIES", proxies)
    settings.read.cache_clear()
    visit("10.0.0.1", **({"x_forwarded_for": forwarded} if forwarded else {}))
    assert account_id() == expected


def test_only_this_machine_may_fill_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUNAUDIO_QUEUE_SIZE", "4")
    settings.read.cache_clear()
    for address, most in (("9.9.9.9", 1 + 2), ("127.0.0.1", 1 + 4)):
        admission.fair_queue.cache_clear()
        with ExitStack() as tickets:
            for number in range(most):
                tickets.enter_context(admission.queue_slot(f"page {number}", address))
            with pytest.raises(QueueFull):
                admission.queue_slot("one page more", address).__enter__()
