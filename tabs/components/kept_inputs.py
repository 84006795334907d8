"""Texts and settings that survive a reload of the page.

The browser keeps them in its sessionStorage, which belongs to one tab and is emptied when the tab is closed. Nothing is
sent to the server until the page is loaded again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import gradio as gr

from server.events import handler
from tabs.components.layout import page_opened

KEY = "funaudio-inputs-"  # of the browser's storage, before the name of the page
MAX_CHARACTERS = 200_000  # of the stored values
# Access to the storage may be forbidden, as in a frame of another site, and the storage may be full.
_SAVE = "(...values) => { try { sessionStorage.setItem('%s', JSON.stringify(values)); } catch { return; } }"
_READ = "() => { try { return sessionStorage.getItem('%s') || ''; } catch { return ''; } }"


def keep(page: str, inputs: Sequence[Any], *events: Any) -> None:
    """Keep the values of inputs in the browser, and put them back when the page is loaded again.

    Args:
        page: Name of the page.
        inputs: Components: text boxes, numbers, sliders, checkboxes and dropdowns.
        events: Further events at which the values are stored, such as a click that starts work.
    """
    stored = gr.Textbox(visible=False)

    @handler
    def on_reload(text: str) -> list[Any]:
        """Put the stored values back."""
        return restored_values(text, inputs)

    page_opened(on_reload, stored, list(inputs), js=_READ % (KEY + page), api_visibility="private")
    gr.on(
        [*(component.input for component in inputs), *events],
        None,
        list(inputs),
        None,
        js=_SAVE % (KEY + page),
        api_visibility="private",
        show_progress="hidden",
    )


def restored_values(text: str, inputs: Sequence[Any]) -> list[Any]:
    """Return the value of each input from what the browser stored; inputs stay as they are if a value doesn't fit."""
    try:
        values = json.loads(text) if 0 < len(text) <= MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != len(inputs):  # nothing, or of another version of the page
        return [gr.skip() for _ in inputs]
    return [value if _fits(component, value) else gr.skip() for component, value in zip(inputs, values, strict=True)]


def _fits(component: Any, value: Any) -> bool:
    """Return whether a component accepts a value, which a script may have forged."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(component, gr.Textbox):
        return isinstance(value, str)
    if isinstance(component, gr.Checkbox):
        return isinstance(value, bool)
    if isinstance(component, gr.Slider):
        return is_number and component.minimum <= value <= component.maximum
    if isinstance(component, gr.Number):
        return is_number
    codes = [code for _, code in component.choices]
    return all(each in codes for each in value) if isinstance(value, list) else value in codes
