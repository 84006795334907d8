"""How often the server's queue looks for events."""

from __future__ import annotations

import gradio as gr

from server.blocks import QUEUE_POLL_SECONDS, SessionBlocks


def test_queue_polls_less_often_than_gradios_own() -> None:
    with gr.Blocks() as plain, SessionBlocks() as app:
        pass
    assert app._queue.sleep_when_free == QUEUE_POLL_SECONDS > plain._queue.sleep_when_free
    assert app.queue(max_size=3)._queue.sleep_when_free == QUEUE_POLL_SECONDS
