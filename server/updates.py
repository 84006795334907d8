"""Inputs and outputs of handlers by name: typed requests in, updates out."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, Generic, TypeVar

import gradio as gr

R = TypeVar("R")
SKIP = gr.skip()


class Update(dict[str, Any]):
    """New values, or Gradio updates, of a page's outputs by name; the other outputs stay as they are."""


@dataclasses.dataclass(frozen=True, slots=True)
class Outputs:
    """Base of frozen dataclasses that hold output components, each named by its field."""

    def components(self) -> dict[str, Any]:
        """Return the components by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def pick(self, *names: str) -> dict[str, Any]:
        """Return some of the components by name."""
        return {name: getattr(self, name) for name in names}


class Inputs(Generic[R]):
    """Input components of a typed request, each named by the field that takes its value."""

    def __init__(self, request: type[R], /, **components: Any) -> None:
        """Describe the inputs of a request.

        Args:
            request: A dataclass.
            components: The component of each field, or the Inputs of a field that is a dataclass itself.

        Raises:
            TypeError: The names are not those of the fields.
        """
        if wrong := set(_field_names(request)).symmetric_difference(components):
            raise TypeError(f"{request.__name__} and its inputs differ in {', '.join(sorted(wrong))}")
        self._request = request
        self._components = components

    @classmethod
    def gather(cls, request: type[R], controls: Any, **components: Any) -> Inputs[R]:
        """Describe the inputs of a request by the attributes of an object that have the names of its fields.

        Args:
            request: A dataclass.
            controls: Object with the components. Those that have a method `inputs` themselves become its result.
            components: Components that are not attributes of `controls`.
        """
        names = _field_names(request)
        sources = {name: components[name] if name in components else getattr(controls, name) for name in names}
        nested = {name: each.inputs() if hasattr(each, "inputs") else each for name, each in sources.items()}
        return cls(request, **nested)

    def flatten(self) -> list[tuple[str, Any]]:
        """Return (name, component) pairs in the order in which Gradio passes their values.

        Equal names of nested requests are preceded by the name of the field that holds the request.
        """
        pairs = [(field, *pair) for field, each in self._components.items() for pair in _flatten(field, each)]
        counts = Counter(name for _, name, _ in pairs)
        return [
            (name if counts[name] == 1 or name == field else f"{field}_{name}", each) for field, name, each in pairs
        ]

    def read(self, values: Iterator[Any]) -> R:
        """Return the request for the next values."""
        return self._request(**{name: _read(each, values) for name, each in self._components.items()})


def _field_names(request: type[Any]) -> list[str]:
    return [field.name for field in dataclasses.fields(request)]


def _flatten(name: str, source: Any) -> list[tuple[str, Any]]:
    return source.flatten() if isinstance(source, Inputs) else [(name, source)]


def _read(source: Any, values: Iterator[Any]) -> Any:
    return source.read(values) if isinstance(source, Inputs) else next(values)


def connect(
    listen: Callable[..., Any],
    handler: Callable[..., Any],
    inputs: Any,
    *outputs: Outputs | Mapping[str, Any],
    **options: Any,
) -> Any:
    """Attach a handler that returns or yields Updates to an event.

    Args:
        listen: Event listener of a component, such as `button.click`.
        handler: The handler.
        inputs: A component, Inputs, or a sequence of these, one for each parameter; None without parameters.
        outputs: Components that the handler may update, in groups with different names.
        options: Passed to `listen`; `api_visibility` is "private" unless given.

    Returns:
        The event, for `.then()`.

    Raises:
        ValueError: Two outputs have the same name.
    """
    sources = [] if inputs is None else list(inputs) if isinstance(inputs, Sequence) else [inputs]
    groups = [group.components() if isinstance(group, Outputs) else group for group in outputs]
    targets = {name: component for group in groups for name, component in group.items()}
    if len(targets) != sum(map(len, groups)):
        raise ValueError(f"two outputs of {handler.__name__} have the same name")
    names = list(inspect.signature(handler).parameters)[: len(sources)]
    flat = [pair for name, source in zip(names, sources, strict=True) for pair in _flatten(name, source)]
    if options.get("show_progress") == "hidden" and targets:
        # The browser client stores the progress with each of these components, at every step, although it shows none.
        options["show_progress_on"] = [next(iter(targets.values()))]
    return listen(
        _bind(handler, sources, tuple(targets), [name for name, _ in flat]),
        [component for _, component in flat] or None,
        list(targets.values()),
        **{"api_visibility": "private", **options},
    )


def values_of(update: Any, names: Sequence[str]) -> Any:
    """Return the values of an update in the order of the outputs, as Gradio takes them.

    Args:
        update: An Update; anything else, such as gr.skip(), is returned as it is.
        names: Names of the outputs.

    Raises:
        KeyError: The update names an output that does not exist.
    """
    if not isinstance(update, Update):
        return update
    if unknown := update.keys() - set(names):
        raise KeyError(f"no output is called {', '.join(sorted(unknown))}")
    values = [update.get(name, SKIP) for name in names]
    return values[0] if len(values) == 1 else values


def _bind(
    handler: Callable[..., Any], sources: Sequence[Any], outputs: Sequence[str], names: Sequence[str]
) -> Callable[..., Any]:
    """Return the handler as Gradio calls it: positional values in, positional values out."""

    def arguments(values: Sequence[Any]) -> list[Any]:
        remaining = iter(values)
        return [_read(source, remaining) for source in sources]

    def stream(*values: Any) -> Iterator[Any]:
        with closing(handler(*arguments(values))) as updates:
            for update in updates:
                yield values_of(update, outputs)

    def call(*values: Any) -> Any:
        return values_of(handler(*arguments(values)), outputs)

    bound: Any = functools.wraps(handler)(stream if inspect.isgeneratorfunction(handler) else call)
    parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    bound.__signature__ = inspect.Signature(parameters)  # Gradio names the API's parameters by it
    return bound  # type: ignore[no-any-return]
