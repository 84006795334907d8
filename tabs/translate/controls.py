"""Inputs and outputs of the Translate page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection
from funaudio_core.engines.translators import used_translators
from server.params import AUTO
from server.updates import Inputs, Outputs
from tabs.components import engine_picker
from tabs.components.inputs import clip_examples, clip_input, engine_dropdown, parse_engine
from tabs.components.layout import status_line
from tabs.components.model_download import build_download
from tabs.components.outputs import (
    download_buttons,
    labelled_html,
)
from tabs.components.page.browser_script import keep
from tabs.components.player import build_player
from tabs.components.strings import t
from tabs.components.trained_engines import build_picker
from tabs.translate import language_pairs

DEFAULT_TARGET = "es"  # the first example clips are English
STATE_SECONDS = 3600  # until the translation of a closed page is deleted
GLOSSARY = "glossary"  # capability of translators that keep to one
MAX_GLOSSARY_CHARACTERS = 10_000


@dataclass(frozen=True, slots=True)
class EnginesInput:
    """Names of the engines that the visitor chose."""

    synthesizer: str
    translator: str
    recognizer: str

    def choice(self) -> selection.EngineChoice:
        """Return the names as tasks take them."""
        return selection.EngineChoice(
            recognizer=self.recognizer, translator=parse_engine(self.translator), synthesizer=self.synthesizer
        )


@dataclass(frozen=True, slots=True)
class TranslateRequest:
    """A clip to translate."""

    clip: str | None
    source: str
    target: str
    same_voice: bool
    engines: EnginesInput
    glossary: str | None


@dataclass(frozen=True, slots=True)
class TranslateControls:
    """Input components of the page."""

    clip: gr.Audio
    source: gr.Dropdown
    target: gr.Dropdown
    missing: gr.HTML
    same_voice: gr.Checkbox
    synthesizer: gr.Dropdown
    translator: gr.Dropdown
    recognizer: gr.Dropdown
    glossary: gr.Textbox

    def engines(self) -> Inputs[EnginesInput]:
        """Return the engine pickers as inputs of a handler."""
        return Inputs.gather(EnginesInput, self)

    def inputs(self) -> Inputs[TranslateRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(TranslateRequest, self, engines=self.engines())


@dataclass(frozen=True, slots=True)
class TranslateOutput(Outputs):
    """Output components of the page."""

    status: gr.HTML
    live: gr.HTML
    transcript: gr.HTML
    text: gr.Textbox
    result: gr.Audio
    emotions: gr.HTML
    wav: gr.DownloadButton
    source_srt: gr.DownloadButton
    target_srt: gr.DownloadButton
    vtt: gr.DownloadButton
    last: gr.State


def build_controls() -> TranslateControls:
    """Add the inputs."""
    clip = clip_input("clip")
    clip_examples(clip)
    with gr.Row(elem_classes="fa-choices"):
        choices = language_pairs.source_choices(selection.DEFAULT_CHOICE)
        spoken = language_pairs.choice_or_first(choices, AUTO) or AUTO
        source = gr.Dropdown(choices, value=spoken, label=t("translate.source"), **keep("translate", "source"))
        choices = language_pairs.target_choices(spoken, selection.DEFAULT_CHOICE)
        default = language_pairs.choice_or_first(choices, DEFAULT_TARGET)
        target = gr.Dropdown(choices, value=default, label=t("translate.target"), **keep("translate", "target"))
    missing = gr.HTML(language_pairs.missing_html(spoken))
    same_voice = gr.Checkbox(False, label=t("translate.same_voice"))
    return TranslateControls(clip, source, target, missing, same_voice, *_build_engines())


def _build_engines() -> tuple[gr.Dropdown, gr.Dropdown, gr.Dropdown, gr.Textbox]:
    """Add the pickers of synthesizer, translator and recognizer, and the glossary; hide them if there is no choice."""
    synthesizers = registry.available(registry.SYNTHESIZERS)
    translators = registry.available(registry.TRANSLATORS)
    default = selection.recognizer_for_dialogue()
    recognizers = {default.name: default, **registry.available(registry.RECOGNIZERS)}
    has_glossary = any(GLOSSARY in spec.capabilities for spec in translators.values())
    uses_glossary = any(GLOSSARY in spec.capabilities for spec in used_translators())
    has_choice = any(len(table) > 1 for table in (synthesizers, translators, recognizers))
    with gr.Accordion(t("more"), open=False, visible=has_choice or has_glossary):
        recognizer = build_picker(registry.RECOGNIZERS, lambda: recognizers, "engine.hears")
        translator = engine_dropdown(translators, "translate.translator")
        build_download(registry.TRANSLATORS, translator, "translate")
        synthesizer = engine_picker.build_engine("engine.speaks")
        glossary = gr.Textbox(
            label=t("translate.glossary"),
            info=glossary_hint(uses_glossary),
            lines=3,
            max_length=MAX_GLOSSARY_CHARACTERS,
            interactive=uses_glossary,
            visible=has_glossary,
        )
    return synthesizer, translator, recognizer, glossary


def build_output() -> tuple[TranslateOutput, gr.Button]:
    """Add the outputs and the button that speaks the edited text."""
    live = build_player("fa-live-translate", compares=True)
    status = status_line()
    transcript = labelled_html("translate.transcript")
    with gr.Column(elem_classes="fa-translation"):
        text = gr.Textbox(label=t("translate.translation"), lines=2, interactive=True)
        respeak = gr.Button(t("translate.respeak"))
    result = gr.Audio(label=t("result"), interactive=False, elem_classes="fa-take")
    emotions = labelled_html("translate.emotion")
    with gr.Row():
        wav, source_srt, target_srt, vtt = download_buttons(
            "wav", "translate.srt_source", "translate.srt_target", "vtt"
        )
    last = gr.State(None, time_to_live=STATE_SECONDS)
    output = TranslateOutput(status, live, transcript, text, result, emotions, wav, source_srt, target_srt, vtt, last)
    return output, respeak


def glossary_hint(uses_glossary: bool) -> Any:
    """Return the hint below the glossary. uses_glossary: The translator keeps to a glossary."""
    return t("translate.glossary.how" if uses_glossary else "translate.glossary.unable")


def followers(controls: TranslateControls, badge_line: gr.HTML, note: gr.Markdown) -> dict[str, Any]:
    """Return the components that change with the engines."""
    return {
        "source": controls.source,
        "target": controls.target,
        "missing": controls.missing,
        "badges": badge_line,
        "note": note,
        "glossary": controls.glossary,
    }
