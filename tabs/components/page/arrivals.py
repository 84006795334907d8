"""What the browser remembers of a page, and how a visitor who opens the page comes back to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from gradio.context import Context

from server.events import handler
from server.updates import Update, connect
from tabs.components.layout import surrounding_blocks

# Gradio encrypts what the browser stores, by default with a key that a restart of the app changes. The id of the
# visitor's own job needs no secrecy.
ENCRYPTION_KEY = "funaudio"
# Takes the id in an address such as /#PAGE/0123…, with a mark, else the one that the browser remembers.
ADDRESS_JS = """(last, shown) => {
  const found = location.hash.match(/^#PAGE\\/([0-9a-f]{32})$/);
  return [found ? [found[1], 'address'] : last, shown];
}"""


def build_browser_memory(storage_key: str) -> gr.BrowserState:
    """Add a list that the browser remembers, outside the tabs: in one it would not be read before that is opened."""
    block, Context.block = Context.block, surrounding_blocks()[0]
    memory = gr.BrowserState([], storage_key=storage_key, secret=ENCRYPTION_KEY)
    Context.block = block
    return memory


def arrivals() -> Callable[..., Any]:
    """Return the listener of the events at which a visitor comes to the page that is being built.

    The page comes to the browser when its tab is first opened, so that the first event of the tab is over then.
    """
    blocks, tab = surrounding_blocks()
    return partial(gr.on, [blocks.load, tab.select] if tab else [blocks.load])


def is_from_address(last: object) -> bool:
    """Return whether the id that a handler of wire_arrival() gets is that of the address, and so perhaps another's."""
    return isinstance(last, list) and len(last) > 1


def wire_arrival(name: str, on_arrival: Callable[..., Update], known: list[Any], *outputs: Any) -> None:
    """Call a handler when the page or its tab is opened, with the id in the address or the last job.

    Args:
        name: Name of the page.
        on_arrival: The handler.
        known: Its inputs: the browser's memory of the last job, in whose place comes the id, and what the page shows.
        outputs: Outputs as connect() takes them.
    """
    js = ADDRESS_JS.replace("PAGE", name)
    connect(arrivals(), handler(on_arrival), known, *outputs, js=js, show_progress="hidden")
