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

OWNER: contextvars.ContextVar[str] = contextvars.ContextVar("owner", default="nobody")


def test_items_keep_their_order_and_the_context_of_the_caller() -> None:
    def items() -> Iterator[str]:
        for number in range(3):
            yield f"{OWNER.get()} {number} {threading.current_thread() is threading.main_thread()}"

    OWNER.set("ours")
    assert list(prefetch(items())) == ["ours 0 False", "ours 1 False", "ours 2 False"]


def test_error_is_raised_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    prefetched = prefetch(items())
    assert next(prefetched) == 1
    with pytest.raises(ValueError, match="two"):
        next(prefetched)


def test_closing_cancels_the_work() -> None:
    ended = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        try:
            while True:
                time.sleep(0.01)
                cancellation.raise_if_cancelled()
        finally:
            ended.set()

    with closing(prefetch(items())) as prefetched:
        assert next(prefetched) == 1
    assert ended.is_set()


def test_cancellation_reaches_nested_work() -> None:
    stop, started = threading.Event(), threading.Event()
    outcomes: list[str] = []

    def inner() -> Iterator[int]:
        started.set()
        while True:
            time.sleep(0.01)
            cancellation.raise_if_cancelled()
            if len(outcomes) > 5:  # never true: makes this a generator
                yield 1

    def outer() -> None:
        try:
            list(prefetch(inner()))
        except Cancelled:
            outcomes.append("stopped")

    thread = threading.Thread(target=cancellable(stop, outer))
    thread.start()
    assert started.wait(180)
    stop.set()
    thread.join(180)
    assert outcomes == ["stopped"]


def test_heartbeats_are_yielded_while_there_is_no_item() -> None:
    release = threading.Event()

    def items() -> Iterator[str | None]:
        yield "first"
        yield None
        release.wait(180)
        yield "second"

    received: list[tuple[str | None] | None] = []
    for item in prefetch_with_heartbeat(items(), 0.05):
        received.append(item)
        if received.count(None) == 3:
            release.set()
    assert [item for item in received if item] == [("first",), (None,), ("second",)]
    assert received.count(None) >= 3


def test_work_without_a_stop_event_is_never_cancelled() -> None:
    def work() -> str:
        cancellation.raise_if_cancelled()
        return "finished"

    assert work() == "finished"


def test_merged_items_are_in_the_order_of_time() -> None:
    """Merge two iterators, the second fed by the first; each reports its end."""
    words = ThreadQueue[str]()
    received: list[str] = []
    with closing(ThreadedMerge[str](2)) as merge:
        merge.add(iter(["a", "b"]), ("written",))
        for item in merge.items():
            received.append(item)
            if item == "written":
                merge.add((f"heard {word}" for word in words), ("heard all",))
            if item in ("written", "heard c"):
                words.put("c" if item == "written" else "d")
            if item == "heard d":
                words.close()
    assert received == ["a", "b", "written", "heard c", "heard d", "heard all"]
    assert list(words) == []  # it stays closed


def test_error_in_one_merged_iterator_ends_the_other() -> None:
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

    with closing(ThreadedMerge[int](2)) as merge:
        merge.add(endless())
        merge.add(broken())
        with pytest.raises(ValueError, match="three"):
            list(merge.items())
    assert ended.is_set()
