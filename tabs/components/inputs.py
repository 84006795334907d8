"""Inputs that the pages share: clips, examples, and pickers of languages and engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio, settings
from funaudio_core.engines import loader
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES
from funaudio_core.message import Message
from funaudio_core.tasks import chat
from funaudio_core.types import Audio, Voice
from funaudio_core.voices.examples import EXAMPLES, FOLDER
from server.events import handler
from server.params import AUTO
from server.request import localize
from server.sessions import track_upload
from server.updates import Update, connect
from tabs.components.outputs import write_wav
from tabs.components.page.browser_script import CLIP_CLASS, keep
from tabs.components.page.page_load import on_page_load
from tabs.components.strings import t

A_CLIP = Message("a clip")
GradioAudio = tuple[int, NDArray[np.int16]]  # rate in Hz and samples, as a streaming microphone sends them
MAX_TURN_SECONDS = 300.0  # of a clip to translate or to answer
CHUNK_SECONDS = 0.5  # of a streaming microphone; Gradio drops chunks that arrive while the previous one is processed
MAX_LISTEN_SECONDS = 600  # of one hands-free session
DETECTOR_SECONDS = 3600  # until the detector of a closed page is deleted


def read_clip(path: str | None, what: Message = A_CLIP, limit: float | None = None, rate: int | None = None) -> Audio:
    """Return an uploaded or recorded file.

    Args:
        path: Path of the file, None without one.
        what: What the page expects, for the message without a file.
        limit: Maximum length in seconds if it is shorter than the setting's.
        rate: Sample rate in Hz to convert to; None keeps the file's own.

    Raises:
        BadInput: There is no file, or it can't be used.
    """
    return audio.load(_uploaded(path, what), limit or settings.read().max_clip_seconds, rate)


def read_channels(path: str | None, rate: int) -> tuple[Audio, ...]:
    """Return an uploaded or recorded file like read_clip(), or the channels of a call, see audio.load_channels()."""
    return audio.load_channels(_uploaded(path, A_CLIP), settings.read().max_clip_seconds, rate)


def _uploaded(path: str | None, what: Message) -> str:
    if not path:
        raise BadInput("No audio yet. Upload or record {what}, or click an example.", what=what)
    track_upload(path)
    return path


def from_gradio(value: tuple[int, NDArray[Any]]) -> Audio:
    """Return a chunk of a streaming microphone as Audio."""
    return audio.from_array(*value)


def clip_examples(clip: gr.Audio) -> None:
    """Add the example clips; they are served from their folder, since copies would be deleted with old uploads."""
    gr.set_static_paths([FOLDER])
    gr.Examples(
        [[str(row.path)] for row in EXAMPLES],
        clip,
        label=t("examples"),
        example_labels=[row.label for row in EXAMPLES],
        examples_per_page=len(EXAMPLES) or 1,
    )


def language_choices(codes: frozenset[str], auto: bool = False) -> list[tuple[str, str]]:
    """Return (label, code) pairs in the order of LANGUAGES, after automatic detection if `auto` is set."""
    rows = [(str(t(f"language.{code}")), code) for code in LANGUAGES if code in codes]
    return ([(str(t("auto")), AUTO)] if auto else []) + rows


def language_picker(
    page: str, codes: frozenset[str], auto: bool = False, value: str | None = None, key: str = "language"
) -> gr.Dropdown:
    """Add a dropdown of languages that survives a reload of the page.

    Args:
        page: Name of the page.
        codes: Codes of the languages.
        auto: Offer automatic detection first.
        value: Code of the selected language; None for the first choice.
        key: String of the label.
    """
    choices = language_choices(codes, auto)
    return gr.Dropdown(choices, value=value or choices[0][1], label=t(key), **keep(page, "language"))


def engine_dropdown(table: dict[str, EngineSpec[Any]], key: str = "engine") -> gr.Dropdown:
    """Add a dropdown of engines, the first one selected; it is invisible if there is only one."""
    choices, is_visible = engine_choices(table), len(table) > 1
    picker = gr.Dropdown(choices, value=choices[0][1], label=t(key), visible=is_visible)
    if is_visible:
        on_page_load(lambda: gr.Dropdown(choices=engine_choices(table)), picker)
    return picker


def engine_choices(table: dict[str, EngineSpec[Any]]) -> list[tuple[str, str]]:
    """Return (label, name) pairs; labels include the remaining download, in the visitor's language.

    The first is AUTO if the default engine is chosen for each request, see EngineSpec.preferred.
    """
    automatic = [(localize("Automatic: the best model on this server"), AUTO)]
    choices = [(localize(_engine_label(spec)), name) for name, spec in table.items()]
    return automatic + choices if any(spec.preferred for spec in table.values()) else choices


def parse_engine(value: str) -> str:
    """Return the name of an engine as tasks take it, "" for AUTO."""
    return "" if value == AUTO else value


def _engine_label(spec: EngineSpec[Any]) -> Message:
    label = Message("{engine} ({tier})", engine=Message(spec.title), tier=Message(spec.tier))
    if size := loader.download_size(spec):
        label = Message("{engine}, {size:.0f} MB to download", engine=label, size=size / 1e6)
    return label


def voice_choices(voices: dict[str, Voice]) -> list[tuple[str, str]]:
    """Return (name, id) pairs of voices by id."""
    return [(localize(voice.name), name) for name, voice in voices.items()]


def clip_input(key: str) -> gr.Audio:
    """Add an upload or recorder; its value is the path of a file, which the handler decodes."""
    return gr.Audio(sources=["upload", "microphone"], type="filepath", label=t(key), elem_classes=CLIP_CLASS)


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


def build_hands_free() -> HandsFree:
    """Add a microphone for talk without pressing keys: the app's voice activity detector finds the utterances."""
    microphone = gr.Audio(
        sources="microphone", streaming=True, label=t("chat.hands_free"), elem_classes="fa-hands-free"
    )
    detector = gr.State(None, time_to_live=DETECTOR_SECONDS)
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
