"""Inputs of the Recognize page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection
from funaudio_core.engines.protocols import RecognitionOptions
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.pipelines.chunked_recognition import (
    RecognitionJobOptions,
)
from server.params import AUTO, MAX_SPEAKERS, OFF, parse_language, parse_speakers, parse_word_list
from server.updates import Inputs
from tabs.components import trained_engines
from tabs.components.inputs import (
    language_choices,
    language_picker,
)
from tabs.components.outputs import stem
from tabs.components.strings import t

MAX_HOTWORD_CHARACTERS = 1000  # in the box


@dataclass(frozen=True, slots=True)
class RecognizeRequest:
    """A clip to transcribe."""

    clip: str | None
    language: str
    itn: bool
    words: bool
    engine: str
    candidate_languages: list[str]
    hotwords: str | None
    speakers: str = OFF

    def job_options(self) -> RecognitionJobOptions:
        """Return the request without its clip. Raises BadInput if the engine or the language doesn't exist."""
        speakers = parse_speakers(self.speakers)
        options = RecognitionOptions(
            language=parse_language(self.language),
            itn=self.itn,
            words=self.words or speakers is not None,  # segments are split between words
            candidate_languages=frozenset(self.candidate_languages or ()),
            hotwords=parse_word_list(self.hotwords),
        )
        engine = selection.resolve(registry.RECOGNIZERS, self.engine).name
        return RecognitionJobOptions(options, engine, stem(self.clip, "clip"), speakers)


@dataclass(frozen=True, slots=True)
class RecognizeControls:
    """Input components of the page but the clip."""

    language: gr.Dropdown
    itn: gr.Checkbox
    words: gr.Checkbox
    engine: gr.Dropdown
    candidate_languages: gr.Dropdown
    hotwords: gr.Textbox
    speakers: gr.Dropdown

    def inputs(self, clip: gr.Audio) -> Inputs[RecognizeRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(RecognizeRequest, self, clip=clip)


def build_controls(first: EngineSpec[Any]) -> RecognizeControls:
    """Add the inputs. first: The default recognizer."""
    with gr.Row(elem_classes="fa-choices"):
        language = language_picker("recognize", first.languages, auto=True)
        engine = trained_engines.build_picker(
            registry.RECOGNIZERS, lambda: registry.available(registry.RECOGNIZERS), follows=True
        )
        speakers = gr.Dropdown(_speaker_choices(), value=OFF, label=t("recognize.speakers"))
        itn = gr.Checkbox(True, label=t("recognize.itn"))
        words = gr.Checkbox(False, label=t("recognize.words"))
    with gr.Accordion(t("more"), open=False):
        choices = language_choices(first.languages)
        candidates = gr.Dropdown(choices, value=[], multiselect=True, label=t("recognize.candidates"))
        hotwords = gr.Textbox(
            label=t("recognize.hotwords"), max_length=MAX_HOTWORD_CHARACTERS, visible="hotwords" in first.capabilities
        )
    return RecognizeControls(language, itn, words, engine, candidates, hotwords, speakers)


def _speaker_choices() -> list[tuple[str, str]]:
    """Return (label, value) pairs of the number of speakers."""
    off, auto = str(t("recognize.speakers.off")), str(t("recognize.speakers.auto"))
    return [(off, OFF), (auto, AUTO), *((str(number), str(number)) for number in range(2, MAX_SPEAKERS + 1))]
