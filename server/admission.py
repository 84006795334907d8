"""Whose turn it is: every handler that computes waits here, and says where in line it is. Knows no single page."""

from __future__ import annotations

import functools
import inspect
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr

from funaudio_core import settings
from funaudio_core.gpu import device
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.cancellation import Stopped
from funaudio_core.runtime.queue import Places, Position, Ticket
from funaudio_core.runtime.rate_limit import Allowance, Spent
from server.request import HERE, payer, say, visitor

P = ParamSpec("P")
R = TypeVar("R")
LOOK_SECONDS = 0.5  # between two looks at where in line one is
MINUTE, HOUR = 60.0, 3600.0
SKIP = gr.skip()


@cache
def places() -> Places:
    """The places of this process, for pages, tools and the API alike."""
    values = settings.read()
    return Places(values.places or device.places(), values.line, values.line_each)


@cache
def _requests() -> Allowance:
    return Allowance(settings.read().requests_per_minute, MINUTE)


@cache
def _seconds() -> Allowance:
    return Allowance(settings.read().seconds_per_hour, HOUR)


def asks(payer: str) -> None:
    """Count one request more of what `payer` may use; whoever runs the app is not counted.

    Raises Spent where the allowance is used up, of requests or of computing time.
    """
    if payer in HERE:
        return
    if wait := _requests().take(payer):
        raise Spent(
            "Many requests came from you in the last minute. Try again in {seconds} s.",
            wait,
            seconds=math.ceil(wait),
        )
    if wait := _seconds().take(payer, 0):
        raise Spent(
            "You have used the computing time that a visitor has within an hour. Come back in {minutes} min.",
            wait,
            minutes=math.ceil(wait / MINUTE),
        )


@contextmanager
def entered(who: str, payer: str) -> Iterator[Ticket]:
    """A request that asks(), and then stands in line. Raises what these raise."""
    asks(payer)
    with stands(who, payer) as ticket:
        yield ticket


@contextmanager
def stands(who: str, payer: str) -> Iterator[Ticket]:
    """A ticket in line for `who`; the time that a place was held is taken from what `payer` may use.

    Whoever runs the app pays nothing. Raises Full where there is no room.
    """
    with places().enter(who, "" if payer in HERE else payer) as ticket:
        try:
            yield ticket
        finally:
            if payer not in HERE and ticket.began:
                _seconds().owe(payer, time.monotonic() - ticket.began)


def takes_turns(function: Callable[P, R], *, width: int = 1, status: int | None = None) -> Callable[P, R]:
    """A handler that computes only when it is its turn.

    A generator handler yields `width` values; while it waits, the one at `status` tells where in line it is, and where
    it fails, that one is emptied. None: there is no such place, as with handlers that are no generators. Raises what
    entered() raises.
    """
    page = function.__module__.rpartition(".")[2]
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with entered(visitor(), payer()) as ticket:
                began = time.monotonic()
                while not ticket.wait(LOOK_SECONDS):
                    yield _shown(where(ticket.position), width, status)
                telemetry.measured(page, "wait", time.monotonic() - began)
                try:
                    yield from telemetry.requests(page, cast("Iterator[Any]", function(*args, **kwargs)))
                except Stopped:
                    raise
                except Exception:  # the status must not go on telling what was being done
                    if status is not None:
                        yield _shown("", width, status)
                    raise

        return cast("Callable[P, R]", stream)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with entered(visitor(), payer()) as ticket:
            began = time.monotonic()
            while not ticket.wait(LOOK_SECONDS):
                pass
            telemetry.measured(page, "wait", time.monotonic() - began)
            with telemetry.request(page):
                return function(*args, **kwargs)

    return call


def _shown(words: str, width: int, status: int | None) -> Any:
    values = [SKIP] * width
    if status is not None:
        values[status] = words
    return tuple(values) if width > 1 else values[0]


def where(position: Position) -> str:
    """A place in line as a status, in the visitor's language."""
    if position.seconds is None:
        return say("Waiting in line: {ahead} before you…", ahead=position.ahead)
    return say(
        "Waiting in line: {ahead} before you, about {seconds:.0f} s…", ahead=position.ahead, seconds=position.seconds
    )
