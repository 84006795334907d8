"""Addresses of pages: /#chat and /?tab=chat open a page. That the address follows the page is in browser_script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from server.events import handler
from tabs.components.layout import page_opened

_READ = "() => window.faPage"


def wire(tabs: gr.Tabs, pages: Sequence[str]) -> None:
    """Open the page that the address names. pages: Ids of the tabs."""
    wanted = gr.Textbox(visible=False)

    @handler
    def on_open(name: str) -> Any:
        """Open the page that the address names, if there is one."""
        return gr.Tabs(selected=name) if name in pages else gr.skip()

    page_opened(on_open, wanted, tabs, js=_READ, api_visibility="private")
