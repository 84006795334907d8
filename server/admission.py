"""Admission of requests that compute: rate limits and a slot in the fair queue."""

from __future__ import annotations

import functools
import inspect
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ParamSpec, TypeVar, cast

from funaudio_core import settings
from funaudio_core.gpu import device
from funaudio_core.runtime import telemetry
from funaudio_core.runtime.cancellation import Cancelled
from funaudio_core.runtime.queue import FairQueue, Position, Ticket
from funaudio_core.runtime.rate_limit import RateLimited, RateLimiter
from server.request import LOCAL_ADDRESSES, account_id, client_id, hash_account, localize
from server.updates import Update

P = ParamSpec("P")
R = TypeVar("R")
POLL_SECONDS = 0.5  # between two checks of the position in the queue
BACKGROUND = "background"  # client of work without a page; no client id has this form
MINUTE, HOUR = 60.0, 3600.0
_LOCAL_OWNERS = frozenset(map(hash_account, LOCAL_ADDRESSES))


@cache
def fair_queue() -> FairQueue:
    """Return the queue of this process, shared by pages, tools and the API."""
    values = settings.read()
    return FairQueue(values.concurrency or device.default_concurrency(), values.queue_size, values.queue_per_client)


@cache
def _request_limiter() -> RateLimiter:
    return RateLimiter(settings.read().requests_per_minute, MINUTE)


@cache
def _compute_limiter() -> RateLimiter:
    """Return the limiter of computing time, by hash_account()."""
    return RateLimiter(settings.read().compute_seconds_per_hour, HOUR)


def check_rate_limit(payer: str) -> None:
    """Count one request of an account. Requests from this machine are not counted.

    Raises:
        RateLimited: The account has used up its requests or its computing time.
    """
    if payer in LOCAL_ADDRESSES:
        return
    if wait := _request_limiter().consume(payer):
        raise RateLimited(
            "You sent too many requests in the last minute. Try again in {seconds} s.",
            wait,
            seconds=math.ceil(wait),
        )
    if wait := _compute_limiter().consume(hash_account(payer), 0):
        raise RateLimited(
            "You have used up your computing time for this hour. Try again in {minutes} min.",
            wait,
            minutes=math.ceil(wait / MINUTE),
        )


@contextmanager
def admit(who: str, payer: str) -> Iterator[Ticket]:
    """Check the rate limits, then hold a slot of the queue; see check_rate_limit() and queue_slot()."""
    check_rate_limit(payer)
    with queue_slot(who, payer) as ticket:
        yield ticket


@contextmanager
def queue_slot(who: str, payer: str) -> Iterator[Ticket]:
    """Hold a slot of the queue and charge the time it was held to the account, except for this machine.

    Args:
        who: Client that waits.
        payer: Account that is charged.

    Yields:
        The ticket, which may still have to wait.

    Raises:
        QueueFull: There is no room.
    """
    with fair_queue().join(who, "" if payer in LOCAL_ADDRESSES else payer) as ticket:
        try:
            yield ticket
        finally:
            if payer not in LOCAL_ADDRESSES and ticket.started:
                _compute_limiter().charge(hash_account(payer), time.monotonic() - ticket.started)


def background_ticket() -> Ticket:
    """Return a ticket at the end of the queue for work without a page, which every request overtakes."""
    return fair_queue().join_in_background(BACKGROUND)


class OwnerBudget:
    """Computing time that the owners of work in the background have left, the same as that of their requests."""

    def seconds_to_wait(self, owner: str) -> float:
        """Return the seconds until an owner, see request.owner_id(), may compute; 0 for now."""
        return 0.0 if owner in _LOCAL_OWNERS else _compute_limiter().consume(owner, 0)

    def charge(self, owner: str, seconds: float) -> None:
        """Take computing time that an owner has used."""
        if owner not in _LOCAL_OWNERS:
            _compute_limiter().charge(owner, seconds)


def queued(function: Callable[P, R], *, status: str = "status") -> Callable[P, R]:
    """Return a handler that waits for a slot of the queue before it computes.

    Args:
        function: The handler. A generator also yields its position while it waits, and clears the status if it fails.
        status: Name of the output that shows the status of a generator.

    Raises:
        RateLimited: See check_rate_limit().
        QueueFull: See queue_slot().
    """
    page = function.__module__.rpartition(".")[2]
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with admit(client_id(), account_id()) as ticket:
                began = time.monotonic()
                while not ticket.wait(POLL_SECONDS):
                    yield Update(**{status: queue_message(ticket.position)})
                telemetry.record(page, "wait", time.monotonic() - began)
                try:
                    yield from telemetry.log_stream(page, cast("Iterator[Any]", function(*args, **kwargs)))
                except Cancelled:
                    raise
                except Exception:  # the status must not keep showing the last step
                    yield Update(**{status: ""})
                    raise

        return cast("Callable[P, R]", stream)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with admit(client_id(), account_id()) as ticket:
            began = time.monotonic()
            while not ticket.wait(POLL_SECONDS):
                pass
            telemetry.record(page, "wait", time.monotonic() - began)
            with telemetry.log_request(page):
                return function(*args, **kwargs)

    return call


def queue_message(position: Position) -> str:
    """Return a position in the queue as a status, in the visitor's language."""
    if position.wait_seconds is None:
        return localize("In queue: {ahead} ahead of you…", ahead=position.ahead)
    return localize(
        "In queue: {ahead} ahead of you, about {seconds:.0f} s…", ahead=position.ahead, seconds=position.wait_seconds
    )
