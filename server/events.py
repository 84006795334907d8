"""What every page shares: pickers fed by tables, sound in and out, errors as sentences. Knows no single page."""

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
QUEUE_OPTIONS: dict[str, Any] = {
    "concurrency_id": "heavy",
    "concurrency_limit": None,
}  # they wait in our line: see computes()


@contextmanager
def _as_sentences(name: str) -> Iterator[None]:
    """What goes wrong in the body reaches the page as one sentence; what is our fault goes to the log as well."""
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
    """Turn FunAudioError into gr.Error in the visitor's language; log the rest and apologise. Also for generators.

    ordered: whether the page shows what a generator yields in place of what it showed before; see halting.Halted.
    """
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
            with _as_sentences(function.__name__), cancellation.running(function.__module__) as stopped:
                steps = iterate_in_context(cancel_context(stopped), cast("Iterator[Any]", function(*args, **kwargs)))
                told = False
                with closing(steps), suppress(Cancelled):
                    for values in steps:
                        if stopped.is_set():
                            break
                        if ordered and not told:
                            cancellation.mark_shown(function.__module__)
                        yield values
                        told = True
                if not told:
                    yield gr.skip()  # of nothing at all Gradio makes a None for every output

        return cast("Callable[P, R]", stream)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with _as_sentences(function.__name__):
            return function(*args, **kwargs)

    return call


def queued_handler(
    *, width: int = 1, status: int | None = None, first: Callable[..., object] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """shows_errors() for a handler that computes: it waits for its turn, and is counted and logged.

    width: how many values a generator handler yields. status: the place among them of the status line, which tells
    where in line the visitor is. first: of a generator handler, called with what it is given before it waits in line.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        waiting = admission.queued(function, width=width, status=status)
        return handler(waiting if first is None else _after(first, waiting), ordered=True)

    return wrap


def _after(first: Callable[..., object], function: Callable[P, R]) -> Callable[P, R]:
    """The generator handler, but for a call that comes first."""

    @functools.wraps(function)
    def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        first(*args, **kwargs)
        yield from cast("Iterator[Any]", function(*args, **kwargs))

    return cast("Callable[P, R]", stream)


def add_endpoint(function: Callable[..., Any], inputs: list[Any], outputs: list[Any], name: str) -> None:
    """Offer a typed, documented function as an API endpoint and MCP tool, beside the page's own richer events.

    inputs, outputs: components made with visible=False; their types become the endpoint's types.
    """
    gr.Button(visible=False).click(queued_handler()(function), inputs, outputs, api_name=name, **QUEUE_OPTIONS)
