"""Tests of prefetching: order, context, errors and closing."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from funaudio_core.runtime import cancellation
from funaudio_core.runtime.cancellation import Cancelled, cancellable
from funaudio_core.runtime.prefetch import ThreadedMerge, ThreadQueue, prefetch, prefetch_with_heartbeat

WHOSE: contextvars.ContextVar[str] = contextvars.ContextVar("whose", default="nobody's")


def test_items_come_in_order_and_in_the_context_of_whoever_asks() -> None:
    def items() -> Iterator[str]:
        for number in range(3):
            yield f"{WHOSE.get()} {number} {threading.current_thread() is threading.main_thread()}"

    WHOSE.set("ours")
    assert list(prefetch(items())) == ["ours 0 False", "ours 1 False", "ours 2 False"]


def test_errors_arrive_behind_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    got: list[int] = []
    with pytest.raises(ValueError, match="two"):
        got.extend(prefetch(items()))
    drawn = prefetch(items())
    assert next(drawn) == 1


def test_closing_ends_work_that_asks_whether_it_is_to_stop() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        try:
            while True:
                time.sleep(0.01)
                cancellation.raise_if_cancelled()
        finally:
            ended.set()

    with closing(prefetch(items())) as drawn:
        assert next(drawn) == 1
    assert ended.is_set()


def test_a_stop_outside_reaches_work_within_work() -> None:
    stop, begun = threading.Event(), threading.Event()
    ended: list[str] = []

    def inner() -> Iterator[int]:
        begun.set()
        while True:
            time.sleep(0.01)
            cancellation.raise_if_cancelled()
            if len(ended) > 5:  # never true: makes this a generator
                yield 1

    def outer() -> None:
        try:
            list(prefetch(inner()))
        except Cancelled:
            ended.append("stopped")

    thread = threading.Thread(target=cancellable(stop, outer))
    thread.start()
    begun.wait(30)
    stop.set()
    thread.join(30)
    assert ended == ["stopped"]


def test_beats_come_while_nothing_else_does() -> None:
    go = threading.Event()

    def items() -> Iterator[str | None]:
        yield "first"
        yield None
        go.wait(30)
        yield "second"

    got: list[tuple[str | None] | None] = []
    for item in prefetch_with_heartbeat(items(), 0.05):
        got.append(item)
        if got.count(None) == 3:
            go.set()
    assert [item for item in got if item] == [("first",), (None,), ("second",)]
    assert got.count(None) >= 3


def test_without_anyone_to_stop_it_work_goes_on() -> None:
    cancellation.raise_if_cancelled()


def test_what_comes_of_several_is_one_stream_in_the_order_of_time() -> None:
    """Two iterators, the second fed by the first; each reports its end."""
    words = ThreadQueue[str]()
    came: list[str] = []
    with closing(ThreadedMerge[str](2)) as drawing:
        drawing.add(iter(["a", "b"]), ("written",))
        for item in drawing.items():
            came.append(item)
            if item == "written":
                drawing.add((f"heard {word}" for word in words), ("heard all",))
            if item in ("written", "heard c"):
                words.put("c" if item == "written" else "d")
            if item == "heard d":
                words.close()
    assert came == ["a", "b", "written", "heard c", "heard d", "heard all"]
    assert list(words) == []  # it stays ended


def test_what_breaks_one_of_several_ends_the_other() -> None:
    ended = threading.Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                time.sleep(0.01)
                cancellation.raise_if_cancelled()
                yield 1
        finally:
            ended.set()

    def broken() -> Iterator[int]:
        yield 2
        raise ValueError("three")

    with closing(ThreadedMerge[int](2)) as drawing:
        drawing.add(endless())
        drawing.add(broken())
        with pytest.raises(ValueError, match="three"):
            list(drawing.items())
    assert ended.is_set()
