"""Decorators for event handlers: errors as messages, cancellation, the queue; and API endpoints."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, ParamSpec, TypeVar, cast, get_args, get_origin, get_type_hints

import gradio as gr
from gradio.components import Component

from funaudio_core.errors import FunAudioError
from funaudio_core.runtime.cancellation import Cancelled, cancel_context, iterate_in_context
from server import admission, cancellation
from server.errors import INTERNAL_ERROR, gradio_error
from server.params import AudioPath, FilePath
from server.request import language

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")
QUEUE_OPTIONS: dict[str, Any] = {"concurrency_id": "heavy", "concurrency_limit": None}  # queued_handler() limits them


@contextmanager
def _as_messages(name: str) -> Iterator[None]:
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
            with _as_messages(function.__name__), cancellation.track_handler(function.__module__) as stopped:
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
        with _as_messages(function.__name__):
            return function(*args, **kwargs)

    return call


def queued_handler(
    *, status: str = "status", before: Callable[..., object] | None = None, page: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator like handler() for handlers that compute: they wait in the queue, are counted and logged.

    Args:
        status: Name of the output that shows a generator's position in the queue.
        before: Called with a generator handler's inputs before it waits.
        page: The `__name__` of the page's module, if the handler is defined in another one; Stop and the statistics of
            a page find its handlers by it.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        function.__module__ = page or function.__module__
        waiting = admission.queued(function, status=status)
        return handler(waiting if before is None else _call_first(before, waiting), ordered=True)

    return wrap


def _call_first(first: Callable[..., object], function: Callable[P, R]) -> Callable[P, R]:
    """Return the generator handler with a call before it."""

    @functools.wraps(function)
    def stream(*args: P.args, **kwargs: P.kwargs) -> Iterator[Any]:
        first(*args, **kwargs)
        yield from cast("Iterator[Any]", function(*args, **kwargs))

    return cast("Callable[P, R]", stream)


def add_endpoint(function: Callable[..., Any], page: str = "", *, is_queued: bool = True) -> None:
    """Offer a documented function as an API endpoint and MCP tool of the same name.

    Its parameters and results become hidden components by their annotations: AudioPath, FilePath, str,
    int, float, bool and dict.

    Args:
        function: The function.
        page: The `__name__` of the page's module, if the function is defined in another one.
        is_queued: It computes, so it waits in the queue and counts against the limits.

    Raises:
        KeyError: An annotation is none of these.
    """
    hints = get_type_hints(function, include_extras=True)
    returned = hints.pop("return")
    results = get_args(returned)
    if get_origin(returned) is not tuple or len(results) < 2:  # Gradio takes a tuple of one for the value itself
        results = (returned,)
    inputs = [
        _hidden_component(hints[name], None if parameter.default is parameter.empty else parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    ]
    gr.Button(visible=False).click(
        queued_handler(page=page)(function) if is_queued else handler(function),
        inputs,
        [_hidden_component(result) for result in results],
        api_name=function.__name__,
        **(QUEUE_OPTIONS if is_queued else {}),
    )


def _hidden_component(annotation: Any, default: Any = None) -> Component:
    """Return an invisible component for values of a type."""
    if annotation == AudioPath:
        return gr.Audio(type="filepath", visible=False)
    if annotation in (FilePath, FilePath | None):  # Gradio takes None as the default of a file alone
        return gr.File(type="filepath", visible=False)
    kinds: dict[Any, Callable[..., Component]] = {
        str: gr.Textbox,
        bool: gr.Checkbox,
        int: functools.partial(gr.Number, precision=0),
        float: gr.Number,
        dict: gr.JSON,
    }
    return kinds[get_origin(annotation) or annotation](default, visible=False)
