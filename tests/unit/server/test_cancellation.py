"""Stop ends the work of one session on one page, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, cast

import gradio as gr
import pytest

from funaudio_core.runtime.cancellation import Cancelled
from server import cancellation
from server.events import handler, queued_handler
from server.request import localize
from tabs import chat
from tabs.chat.conversation import ChatState
from tabs.components import speech_output
from tabs.components.player import SILENT

CHAT = chat.__name__


def counter(page: str, handler: Callable[..., Any] = handler) -> Callable[[], Generator[int]]:
    def count() -> Iterator[int]:
        yield from range(1000)

    count.__module__ = page
    return cast("Callable[[], Generator[int]]", handler(count))


def order(page: str) -> Generator[int]:
    """Start a handler on a page and show its first value."""
    running = counter(page, queued_handler())()
    next(running)
    return running


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def become(session: str) -> None:
        monkeypatch.setattr(cancellation, "session_id", lambda: session)

    become("ann")
    return become


def test_stop_ends_the_page_it_is_on_and_no_other(visit: Callable[[str], None]) -> None:
    here, there = counter("tabs.here")(), counter("tabs.there")()
    assert (next(here), next(there)) == (0, 0)
    request = cancellation.request_stop("tabs.here")
    assert not cancellation.wait_until_stopped(request, seconds=0.2)
    assert list(here) == []
    assert next(there) == 1
    assert cancellation.wait_until_stopped(request)
    request = cancellation.request_stop("tabs.there")
    assert not cancellation.wait_until_stopped(request, seconds=0.2)
    there.close()
    assert cancellation.wait_until_stopped(request)


def test_stop_spares_other_sessions(visit: Callable[[str], None]) -> None:
    mine = counter("tabs.here")()
    next(mine)
    visit("bob")
    other = counter("tabs.here")()
    next(other)
    cancellation.request_stop("tabs.here")
    assert list(other) == []
    assert next(mine) == 1
    mine.close()


def test_stop_older_spares_the_newest(visit: Callable[[str], None]) -> None:
    before, now = counter("tabs.chat")(), counter("tabs.chat")()
    next(before)
    next(now)
    cancellation.stop_older("tabs.chat")
    assert list(before) == []
    assert next(now) == 1
    now.close()


def test_a_handler_stopped_before_its_first_value_changes_nothing() -> None:
    """Check the value in place of none at all, which Gradio would turn into a None for every output."""

    def gives_up() -> Iterator[int]:
        raise Cancelled
        yield 0

    assert list(handler(gives_up)()) == [gr.skip()]


def test_a_call_without_a_session_cannot_be_stopped(visit: Callable[[str], None]) -> None:
    visit("")
    direct = counter("tabs.here")()
    next(direct)
    cancellation.request_stop("tabs.here")
    assert next(direct) == 1
    direct.close()


def test_stop_waits_for_older_handlers_only(visit: Callable[[str], None]) -> None:
    old = counter("tabs.here")()
    next(old)
    request = cancellation.request_stop("tabs.here")
    captions = counter("tabs.here")()  # which don't take the place of what the page shows
    next(captions)
    assert not cancellation.wait_until_stopped(request, seconds=0.2)
    assert list(old) == []
    assert cancellation.wait_until_stopped(request, seconds=0.2)
    assert not request.superseded
    captions.close()


def test_a_handler_started_after_stop_supersedes_it(visit: Callable[[str], None]) -> None:
    old = order("tabs.here")
    stop = speech_output.stop_page("tabs.here")
    assert next(stop) == {"status": localize("Stopping…"), "live": SILENT}
    waits = counter("tabs.here", queued_handler())()  # of which nothing is seen yet
    other = order("tabs.there")
    new = order("tabs.here")
    assert next(stop, None) is None
    assert list(old) == []
    for running in (waits, other, new):
        running.close()


def test_stop_is_shown_if_nothing_else_was_started(visit: Callable[[str], None]) -> None:
    old, stop = order("tabs.here"), speech_output.stop_page("tabs.here")
    next(stop)
    other = order("tabs.there")
    visit("bob")
    theirs = order("tabs.here")
    visit("ann")
    assert list(old) == []
    assert list(stop) == [{"status": localize("Stopped."), "live": SILENT}]
    for running in (other, theirs):
        running.close()


def test_a_reply_that_follows_an_interruption_is_left_alone(visit: Callable[[str], None]) -> None:
    interrupted = {"live": SILENT, "status": localize("Interrupted.")}
    old, interrupt = order(CHAT), chat.on_interrupt()
    assert next(interrupt) == interrupted
    new = order(CHAT)
    assert next(interrupt, None) is None
    assert list(old) == []
    assert next(new) == 1
    new.close()
    interrupt = chat.on_interrupt()
    assert list(interrupt) == [interrupted, interrupted]


def test_interruptions_run_at_once() -> None:
    """Check that it runs at once: a queued one would silence the reply to a later message."""
    with gr.Blocks() as page:
        chat.build()
    events = [each for each in page.fns.values() if each.name == chat.on_interrupt.__name__]
    assert [each.trigger_mode for each in events] == ["multiple"] * 2


def test_clear_forgets_at_once_and_leaves_the_next_conversation_alone(visit: Callable[[str], None]) -> None:
    old, clear = order(CHAT), chat.on_clear()
    shown = next(clear)
    assert (shown["history"], shown["state"].messages, shown["state"].turns) == ([], (), ())
    new = order(CHAT)
    assert next(clear, None) is None
    assert list(old) == []
    new.close()
    again = list(chat.on_clear())
    assert [update["state"] for update in again] == [ChatState(), ChatState()]
    assert "text" not in again[1]  # the visitor may be typing
