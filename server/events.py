"""Decorators for event handlers: errors as messages, cancellation, the queue; and API endpoints."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr

from funaudio_core.errors import FunAudioError
from funaudio_core.runtime.cancellation import Cancelled, cancel_context, iterate_in_context
from server import admission, cancellation
from server.errors import INTERNAL_ERROR, gradio_error
from server.request import language

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
QUEUE_OPTIONS: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": None}  # queued_handler() limits them


@contextmanager
def _as_sentences(name: str) -> Iterator[None]:
    """Turn errors of the body into messages for the page; log unexpected ones."""
    try:
        yield
    except FunAudioError as error:
        raise gradio_error(error.message, language()) from None
    except gr.Error:
        raise
    except Exception:
        log.exception("%s failed", name)
        raise gradio_error(INTERNAL_ERROR, language()) from None


def handler(function: Callable[P, R], *, ordered: bool = False) -> Callable[P, R]:
    """Return a handler that raises gr.Error in the visitor's language and, as a generator, can be cancelled.

    Args:
        function: The handler.
        ordered: The page shows what the generator yields in place of earlier output; see cancellation.StopRequest.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with _as_sentences(function.__name__), cancellation.running(function.__module__) as stopped:
                steps = iterate_in_context(cancel_context(stopped), cast("Iterator[Any]", function(*args, **kwargs)))
                has_yielded = False
                with closing(steps), suppress(Cancelled):
                    for values in steps:
                        if stopped.is_set():
                            break
                        if ordered and not has_yielded:
                            cancellation.mark_shown(function.__module__)
                        yield values
                        has_yielded = True
                if not has_yielded:
                    yield gr.skip()  # without any step Gradio would set every output to None

        return cast("Callable[P, R]", stream)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with _as_sentences(function.__name__):
            return function(*args, **kwargs)

    return call


def queued_handler(
    *, width: int = 1, status: int | None = None, first: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator like handler() for handlers that compute: they wait in the queue, are counted and logged.

    Args:
        width: Number of values that a generator handler yields.
        status: Index of the status line among them, which shows the position in the queue.
        first: Called with a generator handler's inputs before it waits.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        waiting = admission.queued(function, width=width, status=status)
        return handler(waiting if first is None else _after(first, waiting), ordered=True)

    return wrap


def _after(first: Callable[..., object], function: Callable[P, R]) -> Callable[P, R]:
    """Return the generator handler with a call before it."""

    @functools.wraps(function)
    def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        first(*args, **kwargs)
        yield from cast("Iterator[Any]", function(*args, **kwargs))

    return cast("Callable[P, R]", stream)


def add_endpoint(function: Callable[..., Any], inputs: list[Any], outputs: list[Any], name: str) -> None:
    """Offer a typed, documented function as an API endpoint and MCP tool.

    Args:
        function: The function.
        inputs: Hidden components, whose types become the endpoint's types.
        outputs: Hidden components of the results.
        name: Name of the endpoint.
    """
    gr.Button(visible=False).click(queued_handler()(function), inputs, outputs, api_name=name, **QUEUE_OPTIONS)
