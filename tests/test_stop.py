"""What Stop ends: the visitor's own work, on the page where it was pressed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import gradio as gr
import pytest

from funaudio_core.stopping import Stopped
from tabs import common


def counter(page: str) -> Callable[[], Iterator[int]]:
    def count() -> Iterator[int]:
        yield from range(1000)

    count.__module__ = page
    return common.shows_errors(count)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def become(session: str) -> None:
        monkeypatch.setattr(common, "session", lambda: session)

    become("ann")
    return become


def test_stop_ends_the_page_it_is_on_and_no_other(visit: Callable[[str], None]) -> None:
    here, there = counter("tabs.here")(), counter("tabs.there")()
    assert (next(here), next(there)) == (0, 0)
    common.halt("tabs.here")
    assert list(here) == []
    assert next(there) == 1
    assert common.settled("tabs.here")
    assert not common.settled("tabs.there", seconds=0.2)
    there.close()  # type: ignore[attr-defined]
    assert common.settled("tabs.there")


def test_stop_leaves_other_visitors_alone(visit: Callable[[str], None]) -> None:
    mine = counter("tabs.here")()
    next(mine)
    visit("bob")
    other = counter("tabs.here")()
    next(other)
    common.halt("tabs.here")
    assert list(other) == []
    assert next(mine) == 1
    mine.close()  # type: ignore[attr-defined]


def test_who_speaks_up_ends_what_went_before_but_not_itself(visit: Callable[[str], None]) -> None:
    before, now = counter("tabs.chat")(), counter("tabs.chat")()
    next(before)
    next(now)
    common.halt_others("tabs.chat")
    assert list(before) == []
    assert next(now) == 1
    now.close()  # type: ignore[attr-defined]


def test_who_is_stopped_before_a_first_value_changes_nothing_on_the_page() -> None:
    """Of a handler that yields nothing at all Gradio would make a None for every output."""

    def gives_up() -> Iterator[int]:
        raise Stopped
        yield 0

    assert list(common.shows_errors(gives_up)()) == [gr.skip()]


def test_a_call_without_a_session_is_nobodys_to_stop(visit: Callable[[str], None]) -> None:
    visit("")
    direct = counter("tabs.here")()
    next(direct)
    common.halt("tabs.here")
    assert next(direct) == 1
    direct.close()  # type: ignore[attr-defined]
