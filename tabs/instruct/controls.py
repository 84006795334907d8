"""Inputs and outputs of the Instruct page."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import LANGUAGES
from funaudio_core.tasks import cost
from funaudio_core.text import instructions
from server.updates import Inputs
from tabs.components import engine_picker, speech_output, spoken_text
from tabs.components.engine_picker import VoiceControls, VoiceInput
from tabs.components.inputs import language_picker
from tabs.components.outputs import labelled_html
from tabs.components.page.browser_script import keep
from tabs.components.speech_output import SpeechOutput
from tabs.components.strings import add_strings, t
from tabs.instruct import view

KEPT_TEXT = keep("instruct", "text")
# Inserts a tag at the cursor or around the selected words, and tells Gradio that the text has changed.
INSERT_TAG = """() => {
  const area = document.querySelector('#%s textarea');
  const [opens, closes] = [%r, %r];
  const [from, to] = [area.selectionStart, area.selectionEnd];
  const words = closes ? area.value.slice(from, to) : '';
  area.setRangeText(opens + words + closes, from, to, 'end');
  if (closes && !words) area.setSelectionRange(from + opens.length, from + opens.length);
  area.dispatchEvent(new Event('input', {bubbles: true}));
  area.focus();
}"""


@dataclass(frozen=True, slots=True)
class InstructRequest:
    """A text to speak and an instruction."""

    text: str
    instruction: str
    language: str
    voice: VoiceInput
    speed: float
    seed: float
    compare: bool
    engine: str
    pronunciations: str = ""


@dataclass(frozen=True, slots=True)
class InstructControls:
    """Input components of the page."""

    engine: gr.Dropdown
    text: gr.Textbox
    tags: dict[str, gr.Button]
    phones: gr.Markdown
    instruction: gr.Textbox
    presets: gr.Dropdown
    understood: gr.HTML
    language: gr.Dropdown
    voice: VoiceControls
    speed: gr.Slider
    seed: gr.Number
    compare: gr.Checkbox
    pronunciations: gr.Textbox

    def inputs(self) -> Inputs[InstructRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(InstructRequest, self)


@dataclass(frozen=True, slots=True)
class InstructOutput(SpeechOutput):
    """Output components of the page.

    Attributes:
        understood: The instruction as it was understood.
        change: Measured differences from the neutral take.
        neutral: The neutral take.
    """

    understood: gr.HTML
    change: gr.HTML
    neutral: gr.Audio


def build_controls(spec: EngineSpec[Synthesizer]) -> InstructControls:
    """Add the inputs. spec: The default synthesizer."""
    engine = engine_picker.build_engine(needed=engine_picker.STYLES)
    text = gr.Textbox(LANGUAGES["en"].sample, label=t("zero_shot.text"), lines=3, **KEPT_TEXT)
    tags = _build_tags(spec)
    phones = gr.Markdown(t("instruct.phones"), elem_classes="fa-note", visible="phones" in spec.capabilities)
    first = view.first_instruction(spec)
    instruction = gr.Textbox(
        first,
        label=t("instruct.instruction"),
        lines=2,
        max_length=instructions.MAX_LENGTH,
        **keep("instruct", "instruction"),
    )
    presets = gr.Dropdown(view.preset_choices(spec), value=None, label=t("instruct.presets"))
    understood = labelled_html("instruct.understood", view.understood_html(first, "en", spec))
    with gr.Row():
        language = language_picker("instruct", spec.languages, value="en")
        voice_name = engine_picker.build_voice("en", "voice")
    voice = engine_picker.build_own_voice(voice_name)
    table = spoken_text.build(text, language).pronunciations
    with gr.Accordion(t("more"), open=False):
        speed = speech_output.build_speed()
        seed = gr.Number(-1, label=t("seed"), precision=0)
        compare = gr.Checkbox(not cost.is_metered(), label=t("instruct.compare"))
    return InstructControls(
        engine, text, tags, phones, instruction, presets, understood, language, voice, speed, seed, compare, table
    )


def _build_tags(spec: EngineSpec[Synthesizer]) -> dict[str, gr.Button]:
    """Add a button for each event tag, disabled if the engine doesn't support it; return them by capability."""
    buttons = {}
    with gr.Row(elem_classes="fa-tags"):
        for tag in view.event_tags():
            key = f"tag.{tag.capability.replace(':', '.')}"
            add_strings({key: (tag.opening, f"{tag.opening} · {tag.zh}")})
            button = gr.Button(t(key), size="sm", interactive=tag.capability in spec.capabilities)
            button.click(
                None, js=INSERT_TAG % (KEPT_TEXT["elem_id"], tag.opening, tag.closing), api_visibility="private"
            )
            buttons[tag.capability] = button
    return buttons
