"""Pickers of an engine that also offer those that the visitor trained or added, whose names the browser remembers.

The name of such an engine can't be guessed, and it is in no table: only who knows the name can use it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr

from funaudio_core.engines import registry
from funaudio_core.engines.adapted import links
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import FunAudioError
from funaudio_core.training.runs.adapters import keep_engines
from server.updates import Update, connect
from tabs.components.inputs import engine_choices
from tabs.components.layout import surrounding_blocks
from tabs.components.page.arrivals import build_browser_memory
from tabs.components.page.page_load import SharedEvent, page_opened
from tabs.components.strings import t

STORAGE_KEY = "funaudio-trained"
MAX_REMEMBERED = 10
Table = dict[str, EngineSpec[Any]]
_memories: WeakKeyDictionary[gr.Blocks, gr.BrowserState] = WeakKeyDictionary()
_memory_change = SharedEvent()
memory_changed = _memory_change.add


def memory() -> gr.BrowserState:
    """Return the browser's memory of the app that is being built: a list of names, the latest first."""
    blocks = surrounding_blocks()[0]
    if blocks not in _memories:
        _memories[blocks] = build_browser_memory(STORAGE_KEY)
    return _memories[blocks]


def wire_memory(app: gr.Blocks) -> None:
    """Attach the handlers that memory_changed() added for an app."""
    if app in _memories:
        _memory_change.attach(app, _memories[app].change)


def remember(remembered: object, engine: str) -> list[str]:
    """Return the value of memory() with another engine."""
    return [engine, *(name for name in _names(remembered) if name != engine)][:MAX_REMEMBERED]


def forget(remembered: object, engine: str) -> list[str]:
    """Return the value of memory() without an engine."""
    return [name for name in _names(remembered) if name != engine]


def _names(remembered: object) -> list[str]:
    """Return the names in the value of memory(), which a script may have forged."""
    rows = remembered if isinstance(remembered, list) else []
    return [name for name in rows if isinstance(name, str) and links.is_adapted(name)][:MAX_REMEMBERED]


def trained(remembered: object, table: Table) -> Table:
    """Return the engines for a table that the browser remembers, those that still exist."""
    found: Table = {}
    names = _names(remembered)
    keep_engines(names)
    for name in names:
        try:
            found[name] = registry.find(table, name)
        except FunAudioError:  # deleted, or of another table
            continue
    return found


def offered_engines(remembered: object, table: Table) -> Table:
    """Return the available engines of a table and those that the browser remembers."""
    return {**registry.available(table), **trained(remembered, table)}


def build_picker(
    table: Table, offered: Callable[[], Table], key: str = "engine", *, follows: bool = False
) -> gr.Dropdown:
    """Add a dropdown of engines, the first one selected; it is invisible while there is only one.

    Args:
        table: Table of the registry to which the engines belong.
        offered: Returns the engines that everybody is offered.
        key: String of the label.
        follows: The engine that the visitor has just chosen to use becomes selected.
    """
    choices = engine_choices(offered())
    picker = gr.Dropdown(choices, value=choices[0][1], label=t(key), visible=len(choices) > 1)

    def on_remembered(remembered: object) -> Update:
        own = trained(remembered, table)
        rows = {**offered(), **own}
        options: dict[str, Any] = {"choices": engine_choices(rows), "visible": len(rows) > 1}
        if follows and (latest := _names(remembered)[:1]) and latest[0] in own:
            options["value"] = latest[0]
        return Update(picker=gr.Dropdown(**options))

    outputs = {"picker": picker}
    for event in (page_opened, memory_changed):  # the page may come to the browser after the visitor's choice
        connect(event, on_remembered, memory(), outputs)
    return picker
