"""Tests of the fair queue: order, limits and estimated waiting time."""

from __future__ import annotations

import threading

import pytest

from funaudio_core.runtime.queue import FairQueue, QueueFull


def test_places_are_given_in_turn_of_visitors_not_of_requests() -> None:
    places = FairQueue(1, 20, 10)
    first = places.join("greedy")
    greedy = [places.join("greedy") for _ in range(3)]
    modest, other = places.join("modest"), places.join("other")
    assert [ticket.position.ahead for ticket in (modest, other, *greedy)] == [0, 1, 2, 3, 4]
    served = []
    current = first
    for _ in range(5):
        current.__exit__()
        (current,) = [ticket for ticket in (*greedy, modest, other) if ticket.wait(0) and ticket not in served]
        served.append(current)
    assert served == [modest, other, *greedy]


def test_so_many_at_a_time_and_the_rest_in_line() -> None:
    places = FairQueue(2, 20, 10)
    tickets = [places.join(name) for name in "abc"]
    assert [ticket.wait(0) for ticket in tickets] == [True, True, False]
    assert (places.active, places.queued) == (2, 1)
    with tickets[0]:
        pass
    assert tickets[2].wait(0)


def test_leaving_the_line_lets_the_next_move_up() -> None:
    places = FairQueue(1, 20, 10)
    running, impatient, patient = (places.join(name) for name in "abc")
    assert patient.position.ahead == 1
    impatient.__exit__()
    assert patient.position.ahead == 0
    running.__exit__()
    assert patient.wait(0)


def test_a_full_line_and_a_greedy_visitor_are_told() -> None:
    places = FairQueue(1, 2, 2)
    for name in "abc":
        places.join(name)
    with pytest.raises(QueueFull, match=r"queue is full \(2"):
        places.join("d")
    places = FairQueue(1, 20, 2)
    places.join("a"), places.join("a")
    with pytest.raises(QueueFull, match="You already have 2 requests running"):
        places.join("a")
    places.join("b")


def test_one_source_has_half_of_the_line_and_leaves_the_rest_to_others() -> None:
    places = FairQueue(1, 4, 2)
    running = places.join("a", "here")  # a running request is not queued
    first, _ = places.join("b", "here"), places.join("c", "here")
    with pytest.raises(QueueFull, match="Your network already has 2 requests"):
        places.join("d", "here")
    places.join("e", "there"), places.join("f")
    running.__exit__()
    assert first.wait(0)
    places.join("g", "here")


def test_the_wait_is_estimated_by_what_places_were_held_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    places = FairQueue(1, 20, 10)
    first, second, third = (places.join(name) for name in "abc")
    assert second.position.wait_seconds is None
    now += 8
    first.__exit__()
    assert places.average_seconds == 8
    assert second.wait(0)
    assert third.position.wait_seconds == 8


def test_many_threads_never_hold_more_places_than_there_are() -> None:
    places, holding, most = FairQueue(3, 100, 100), [], []
    guard = threading.Lock()

    def visit(name: str) -> None:
        with places.join(name) as ticket:
            assert ticket.wait(30)
            with guard:
                holding.append(name)
                most.append(len(holding))
            with guard:
                holding.remove(name)

    threads = [threading.Thread(target=visit, args=(f"visitor {n % 7}",)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(most) == 60
    assert max(most) <= 3
    assert (places.active, places.queued) == (0, 0)
