"""Tests of the fair queue: order, limits and estimated waiting time."""

from __future__ import annotations

import threading

import pytest

from funaudio_core.runtime.queue import FairQueue, QueueFull


def test_slots_alternate_between_clients() -> None:
    queue = FairQueue(1, 20, 10)
    first = queue.join("greedy")
    greedy = [queue.join("greedy") for _ in range(3)]
    modest, other = queue.join("modest"), queue.join("other")
    assert [ticket.position.ahead for ticket in (modest, other, *greedy)] == [0, 1, 2, 3, 4]
    served = []
    current = first
    for _ in range(5):
        current.__exit__()
        (current,) = [ticket for ticket in (*greedy, modest, other) if ticket.wait(0) and ticket not in served]
        served.append(current)
    assert served == [modest, other, *greedy]


def test_requests_beyond_the_capacity_are_queued() -> None:
    queue = FairQueue(2, 20, 10)
    tickets = [queue.join(name) for name in "abc"]
    assert [ticket.wait(0) for ticket in tickets] == [True, True, False]
    assert (queue.active, queue.queued) == (2, 1)
    with tickets[0]:
        pass
    assert tickets[2].wait(0)


def test_leaving_the_queue_moves_the_next_request_up() -> None:
    queue = FairQueue(1, 20, 10)
    running, impatient, patient = (queue.join(name) for name in "abc")
    assert patient.position.ahead == 1
    impatient.__exit__()
    assert patient.position.ahead == 0
    running.__exit__()
    assert patient.wait(0)


def test_full_queue_and_too_many_requests_of_a_client_are_refused() -> None:
    queue = FairQueue(1, 2, 2)
    for name in "abc":
        queue.join(name)
    with pytest.raises(QueueFull, match=r"queue is full \(2"):
        queue.join("d")
    queue = FairQueue(1, 20, 2)
    queue.join("a"), queue.join("a")
    with pytest.raises(QueueFull, match="You already have 2 requests running"):
        queue.join("a")
    queue.join("b")


def test_one_network_may_fill_half_of_the_queue() -> None:
    queue = FairQueue(1, 4, 2)
    running = queue.join("a", "here")  # a running request is not queued
    first, _ = queue.join("b", "here"), queue.join("c", "here")
    with pytest.raises(QueueFull, match="Your network already has 2 requests"):
        queue.join("d", "here")
    queue.join("e", "there"), queue.join("f")
    running.__exit__()
    assert first.wait(0)
    queue.join("g", "here")


def test_waiting_time_is_estimated_from_earlier_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    queue = FairQueue(1, 20, 10)
    first, second, third = (queue.join(name) for name in "abc")
    assert second.position.wait_seconds is None
    now += 8
    first.__exit__()
    assert second.wait(0)
    assert third.position.wait_seconds == 8


def test_many_threads_never_exceed_the_capacity() -> None:
    queue, running, running_counts = FairQueue(3, 100, 100), [], []
    lock, three_run = threading.Lock(), threading.Barrier(3, timeout=180)

    def request(name: str) -> None:
        with queue.join(name) as ticket:
            assert ticket.wait(180)
            with lock:
                running.append(name)
                running_counts.append(len(running))
            three_run.wait()  # holds the slot until all three are in use
            with lock:
                running.remove(name)

    threads = [threading.Thread(target=request, args=(f"client {n % 7}",)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    assert len(running_counts) == 60
    assert max(running_counts) == 3
    assert (queue.active, queue.queued) == (0, 0)
