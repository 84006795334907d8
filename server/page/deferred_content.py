"""Blocks whose browsers get the content of a container when it is first shown.

Gradio's browser client builds each component that the configuration of the page has, also in tabs that nobody opens.
Here the page has a placeholder in their stead. Once that is shown, it calls the server, whose answer replaces it as
the result of gr.render does; components and functions are those of the app, as everywhere else on the server. Clients
without a browser get the whole configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import orjson
from gradio.block_function import BlockFunction
from gradio.processing_utils import add_root_url
from gradio.routes import ORJSONResponse

# Calls once it is shown, and again if it is clicked because the first call was lost.
ARRIVAL_JS = "trigger('click'); element.addEventListener('click', () => trigger('click'));"
PAGE = ""  # Gradio's name of the only page


@dataclass(slots=True)
class _Deferred:
    """Container with its content.

    Attributes:
        container: Id of the container.
        placeholder: Id of what browsers get at first.
        functions: Ids of the functions that were defined with the content.
        answer: Content as the client takes it, in JSON.
    """

    container: int
    placeholder: int
    functions: set[int] = field(default_factory=set)
    answer: bytes = b""


class DeferringBlocks(gr.Blocks):
    """Blocks that send the content of some containers later."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Create the blocks as gr.Blocks does."""
        self._deferred: dict[int, _Deferred] = {}  # by the id of the function that delivers it
        super().__init__(*args, **kwargs)

    @contextmanager
    def defer(self, placeholder: Any) -> Iterator[None]:
        """Add a container whose content, defined in the context, is sent when it is first shown.

        It can't be nested. An event of the content may listen to a component elsewhere only if no other deferred
        content does: the client keeps the listeners of the content that came last.

        Args:
            placeholder: HTML or translated string, shown until the content is there.
        """
        with gr.Column() as container:
            shown = gr.HTML(placeholder, js_on_load=ARRIVAL_JS, elem_classes="fa-arriving")
            before = set(self.fns)
            shown.click(_deliver, queue=False, show_progress="hidden", api_visibility="private")
            known = set(self.fns)
            yield
        (number,) = known - before
        ids = (container._id, shown._id)  # noqa: SLF001 (Gradio has no public name)
        self._deferred[number] = _Deferred(*ids, set(self.fns) - known)

    def get_config_file(self) -> Any:
        """Return the configuration; its page lacks what is deferred (overrides gr.Blocks)."""
        config: dict[str, Any] = dict(super().get_config_file())
        if self._deferred:
            _Division(config, list(self._deferred.values())).divide()
        return config

    async def process_api(self, block_fn: BlockFunction | int, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run one step of a function, with the content if the function delivers it (overrides gr.Blocks)."""
        output = await super().process_api(block_fn, *args, **kwargs)
        number = block_fn if isinstance(block_fn, int) else block_fn._id  # noqa: SLF001 (as above)
        if deferred := self._deferred.get(number):
            content = orjson.loads(deferred.answer)
            output["render_config"] = add_root_url(content, kwargs.get("root_path") or "", None)
        return output


def _deliver() -> None:
    """Send the content; see process_api()."""


class _Division:
    """Division of a configuration into what the page has at first and what is deferred."""

    def __init__(self, config: dict[str, Any], deferred: list[_Deferred]) -> None:
        self._config = config
        self._deferred = deferred
        self._containers = {each.container: each for each in deferred}
        self._components = {each["id"]: each for each in config["components"]}
        self._dependencies = {each["id"]: each for each in config["dependencies"]}
        self._outside = self._only_for_api()
        self._inputs = {id_ for each in config["dependencies"] for id_ in each["inputs"]}
        self._outputs = {id_ for each in config["dependencies"] for id_ in each["outputs"]}

    def divide(self) -> None:
        """Reduce the page of the configuration, and store the answers that bring the rest."""
        page = self._config["page"][PAGE]
        layout = self._prune(page["layout"])
        late = {number for each in self._deferred for number in each.functions if not self._is_public(number)}
        page["layout"] = layout
        page["components"] = sorted(_ids(layout) - {layout["id"]})
        page["dependencies"] = [number for number in page["dependencies"] if number not in late]
        for render_id, each in enumerate(self._deferred):
            each.answer = self._answer(render_id, each)

    def _answer(self, render_id: int, deferred: _Deferred) -> bytes:
        whole = _find(self._config["layout"], deferred.container)
        shown = [child for child in whole["children"] if child["id"] != deferred.placeholder]
        layout = {"id": deferred.container, "children": self._prune_all(shown)}
        functions = [number for number in sorted(deferred.functions) if not self._is_public(number)]
        content = {
            "render_id": render_id,
            "layout": layout,
            "components": [self._complete(self._components[number]) for number in sorted(_ids(layout))],
            "dependencies": [self._dependencies[number] for number in functions],
        }
        return bytes(ORJSONResponse(content).body)

    def _complete(self, component: dict[str, Any]) -> dict[str, Any]:
        """Return a component that says whether it takes input: the client would look at the first functions alone."""
        number, props = component["id"], component["props"]
        if "interactive" in props:
            return component
        is_empty = props.get("value") in (None, "", 0, False, [])
        takes_input = number in self._inputs or (number not in self._outputs and is_empty)
        return {**component, "props": {**props, "interactive": takes_input}}

    def _prune(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return a node of the layout without what is deferred or serves the API alone."""
        if deferred := self._containers.get(node["id"]):
            return {"id": node["id"], "children": [{"id": deferred.placeholder}]}
        return {**node, "children": self._prune_all(node["children"])} if "children" in node else node

    def _prune_all(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self._prune(node) for node in nodes if node["id"] not in self._outside]

    def _only_for_api(self) -> set[int]:
        """Return the ids of invisible components that only public functions use."""
        by_people: set[int] = set()
        for_api: set[int] = set()
        for number, each in self._dependencies.items():
            used = {*each["inputs"], *each["outputs"], *(target for target, _ in each["targets"])}
            (for_api if self._is_public(number) else by_people).update(used)
        return {number for number in for_api - by_people if self._components[number]["props"].get("visible") is False}

    def _is_public(self, function: int) -> bool:
        return bool(self._dependencies[function]["api_visibility"] == "public")


def _ids(node: dict[str, Any]) -> set[int]:
    """Return the ids in a layout."""
    return {node["id"], *(number for child in node.get("children", ()) for number in _ids(child))}


def _find(node: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the node of a layout with an id. Raises StopIteration if there is none."""
    if node["id"] == number:
        return node
    return next(_find(child, number) for child in node.get("children", ()) if number in _ids(child))
