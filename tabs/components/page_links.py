"""Addresses of pages: /#chat and /?tab=chat open a page, and the address follows the page that is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from server.events import handler
from tabs.components.layout import page_opened

_READ = "() => window.faPage || ''"
_WRITE = "() => { history.replaceState(history.state, '', '#%s'); }"


def wire(tabs: gr.Tabs, pages: Mapping[str, gr.Tab]) -> None:
    """Connect the tabs of the app with the address. pages: Tabs by id."""
    wanted = gr.Textbox(visible=False)

    @handler
    def on_open(name: str) -> Any:
        """Open the page that the address names, if there is one."""
        return gr.Tabs(selected=name) if name in pages else gr.skip()

    page_opened(on_open, wanted, tabs, js=_READ, api_visibility="private")
    for name, tab in pages.items():
        tab.select(None, js=_WRITE % name, api_visibility="private")
