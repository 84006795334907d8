"""Hands-free talk: the app's voice activity detector finds utterances in the stream of a microphone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.tasks import chat
from server.events import handler
from server.updates import Update, connect
from tabs.components.inputs import GradioAudio, from_gradio
from tabs.components.outputs import write_wav
from tabs.components.strings import t

CHUNK_SECONDS = 0.5  # of the microphone; Gradio drops chunks that arrive while the previous one is processed
MAX_LISTEN_SECONDS = 600  # of one session
STATE_SECONDS = 3600  # until the detector of a closed page is deleted


@dataclass(frozen=True, slots=True)
class HandsFree:
    """Components whose changes a page follows.

    Attributes:
        utterances: Number of utterances that have begun. Follow it with trigger_mode="multiple": an interruption that
            waited for the previous one would stop the reply that has begun since.
        utterance: Path of the last one that has ended.
    """

    utterances: gr.State
    utterance: gr.State


@handler
def on_chunk(chunk: GradioAudio | None, detector: Any, utterances: int) -> Update:
    """Detect utterances in the microphone."""
    if chunk is None:
        return Update()
    detector = detector or chat.utterance_detector()
    event = detector.feed(from_gradio(chunk))
    update = Update(detector=detector)
    if event.has_started:
        update["utterances"] = utterances + 1
    if event.utterance is not None:
        update["utterance"] = write_wav(event.utterance, "utterance.wav")
    return update


def build() -> HandsFree:
    """Add the microphone."""
    microphone = gr.Audio(
        sources="microphone", streaming=True, label=t("chat.hands_free"), elem_classes="fa-hands-free"
    )
    detector = gr.State(None, time_to_live=STATE_SECONDS)
    utterances, utterance = gr.State(0), gr.State(None)
    connect(
        microphone.stream,
        on_chunk,
        [microphone, detector, utterances],
        {"detector": detector, "utterances": utterances, "utterance": utterance},
        stream_every=CHUNK_SECONDS,
        time_limit=MAX_LISTEN_SECONDS,
        show_progress="hidden",
    )
    microphone.start_recording(lambda: None, None, detector, api_visibility="private")
    return HandsFree(utterances, utterance)
