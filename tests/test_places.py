"""Who computes and who waits: fair between visitors, bounded, and told how long."""

from __future__ import annotations

import threading

import pytest

from funaudio_core.runtime.queue import Full, Places


def test_places_are_given_in_turn_of_visitors_not_of_requests() -> None:
    places = Places(1, 20, 10)
    first = places.enter("greedy")
    greedy = [places.enter("greedy") for _ in range(3)]
    modest, other = places.enter("modest"), places.enter("other")
    assert [ticket.position.ahead for ticket in (modest, other, *greedy)] == [0, 1, 2, 3, 4]
    served = []
    current = first
    for _ in range(5):
        current.__exit__()
        (current,) = [ticket for ticket in (*greedy, modest, other) if ticket.wait(0) and ticket not in served]
        served.append(current)
    assert served == [modest, other, *greedy]


def test_so_many_at_a_time_and_the_rest_in_line() -> None:
    places = Places(2, 20, 10)
    tickets = [places.enter(name) for name in "abc"]
    assert [ticket.wait(0) for ticket in tickets] == [True, True, False]
    assert (places.running, places.waiting) == (2, 1)
    with tickets[0]:
        pass
    assert tickets[2].wait(0)


def test_leaving_the_line_lets_the_next_move_up() -> None:
    places = Places(1, 20, 10)
    running, impatient, patient = (places.enter(name) for name in "abc")
    assert patient.position.ahead == 1
    impatient.__exit__()
    assert patient.position.ahead == 0
    running.__exit__()
    assert patient.wait(0)


def test_a_full_line_and_a_greedy_visitor_are_told() -> None:
    places = Places(1, 2, 2)
    for name in "abc":
        places.enter(name)
    with pytest.raises(Full, match="2 visitors are waiting already"):
        places.enter("d")
    places = Places(1, 20, 2)
    places.enter("a"), places.enter("a")
    with pytest.raises(Full, match="You have 2 requests under way"):
        places.enter("a")
    places.enter("b")


def test_one_source_has_half_of_the_line_and_leaves_the_rest_to_others() -> None:
    places = Places(1, 4, 2)
    running = places.enter("a", "here")  # who computes is not in line
    first, _ = places.enter("b", "here"), places.enter("c", "here")
    with pytest.raises(Full, match="2 requests from where you are wait already"):
        places.enter("d", "here")
    places.enter("e", "there"), places.enter("f")
    running.__exit__()
    assert first.wait(0)
    places.enter("g", "here")


def test_the_wait_is_estimated_by_what_places_were_held_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    places = Places(1, 20, 10)
    first, second, third = (places.enter(name) for name in "abc")
    assert second.position.seconds is None
    now += 8
    first.__exit__()
    assert places.usual == 8
    assert second.wait(0)
    assert third.position.seconds == 8


def test_many_threads_never_hold_more_places_than_there_are() -> None:
    places, holding, most = Places(3, 100, 100), [], []
    guard = threading.Lock()

    def visit(name: str) -> None:
        with places.enter(name) as ticket:
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
    assert (places.running, places.waiting) == (0, 0)
