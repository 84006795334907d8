"""Live captions of a microphone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from html import escape
from typing import Any

import gradio as gr

from funaudio_core.engines import selection
from funaudio_core.pipelines.caption_worker import BackgroundCaptions
from funaudio_core.tasks import recognition
from server.events import handler
from server.params import parse_language
from tabs.components.inputs import GradioAudio, from_gradio
from tabs.components.layout import badge
from tabs.components.strings import add_computed_strings, t

SHOWN_CAPTIONS = 12
MAX_SECONDS = 300  # of one visitor's captions; the microphone holds a place in Gradio's queue
STATE_SECONDS = 3600  # until the captions of a closed page are deleted
CHUNK_SECONDS = 0.5
POLL_SECONDS = 0.2


@handler
def on_chunk(
    chunk: GradioAudio | None, captions: BackgroundCaptions | None, language: str
) -> tuple[BackgroundCaptions | None, Any]:
    """Feed a chunk of the microphone; show the finished captions and, dimmed, the one that is still growing."""
    if chunk is None:
        return captions, gr.skip()
    captions = captions or recognition.live_captions(parse_language(language))
    captions.feed(from_gradio(chunk))
    return captions, captions_html(captions)


@handler
def on_end(captions: BackgroundCaptions | None) -> Iterator[str]:
    """Show the last captions once the microphone is off and they are transcribed."""
    if captions is None:
        return
    captions.close()
    while captions.is_busy:
        time.sleep(POLL_SECONDS)
        yield captions_html(captions)
    yield captions_html(captions)


def captions_html(captions: BackgroundCaptions) -> str:
    """Return the latest captions as HTML."""
    finished, partial = captions.captions()
    lines = "<br>".join(escape(segment.text) for segment in finished[-SHOWN_CAPTIONS:])
    return f'<div class="fa-captions" dir="auto">{lines} <span class="fa-partial">{escape(partial)}</span></div>'


def build(language: gr.Dropdown) -> None:
    """Add the microphone and the captions, and connect them. language: Picker of the spoken language."""
    captions = gr.State(None, time_to_live=STATE_SECONDS)
    add_computed_strings({"recognize.live.model": lambda code: badge(selection.cpu_recognizer(), code)})
    gr.HTML(t("recognize.live.model"), elem_classes="fa-models")
    microphone = gr.Audio(sources="microphone", streaming=True, type="numpy", label=t("recognize.live.mic"))
    shown = gr.HTML('<div class="fa-captions"></div>')
    microphone.stream(
        on_chunk,
        [microphone, captions, language],
        [captions, shown],
        stream_every=CHUNK_SECONDS,
        time_limit=MAX_SECONDS,
        api_visibility="private",
        show_progress="hidden",
    )
    microphone.start_recording(lambda: (None, ""), None, [captions, shown], api_visibility="private")
    microphone.stop_recording(on_end, captions, shown, show_progress="hidden", api_visibility="private")
