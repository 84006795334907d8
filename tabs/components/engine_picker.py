"""Pickers of engines, their languages and their voices on the speaking pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Voice
from server.events import handler
from server.request import language as language_of_visitor
from server.request import localize
from server.updates import Inputs, Update, connect
from tabs.components import reference_voice
from tabs.components.inputs import language_choices, voice_choices
from tabs.components.layout import badges
from tabs.components.page.page_load import on_page_load
from tabs.components.reference_voice import ReferenceControls, ReferenceInput
from tabs.components.strings import t
from tabs.components.trained_engines import build_picker

OWN_VOICE = "(own)"  # id of the visitor's own clip among the voices
MIN_WIDTH_PIXELS = 240  # for the name of a voice
CLONES = "voice-clone"  # capability of engines that speak in the voice of any clip
IMITATES = (CLONES, "voice-match")  # of those that speak in a voice at least similar to that of a clip
STYLES = ("style", "instruct")  # of those that heed an instruction


@dataclass(frozen=True, slots=True)
class VoiceInput:
    """A voice as the visitor chooses it.

    Attributes:
        voice: Id of a voice of the engine, "" for the default, or OWN_VOICE.
        reference: The visitor's own clip.
    """

    voice: str
    reference: ReferenceInput

    def resolve(self, language: str, engine: str) -> Voice:
        """Return the voice.

        Raises:
            BadInput: The engine doesn't have the voice; or see ReferenceInput.voice().
            Unsupported: The engine can't clone voices.
        """
        if self.voice == OWN_VOICE:
            spec_of(engine).require(CLONES)
            return self.reference.voice()
        return voice_catalog.get_voice(self.voice, engine, language)


@dataclass(frozen=True, slots=True)
class VoiceControls:
    """Input components of a voice."""

    voice: gr.Dropdown
    reference: ReferenceControls

    def inputs(self) -> Inputs[VoiceInput]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(VoiceInput, self)


def default_synthesizer() -> EngineSpec[Synthesizer]:
    """Return the default synthesizer."""
    return selection.default(registry.SYNTHESIZERS)


def spec_of(engine: str) -> EngineSpec[Synthesizer]:
    """Return the synthesizer of this name, the default for "". Raises BadInput if it doesn't exist."""
    return selection.resolve(registry.SYNTHESIZERS, engine)


def is_dynamic(*specs: EngineSpec[Any]) -> bool:
    """Return whether any of the engines learns its capabilities later, so that the page needs an update."""
    return any(spec.refresh is not None for spec in specs)


def build_engine(key: str = "engine", needed: Collection[str] = (), *, follows: bool = False) -> gr.Dropdown:
    """Add the picker of a synthesizer, see offered_engines(); those that the visitor trained are offered too."""
    return build_picker(registry.SYNTHESIZERS, lambda: offered_engines(needed), key, follows=follows)


def offered_engines(needed: Collection[str]) -> dict[str, EngineSpec[Synthesizer]]:
    """Return the synthesizers that have one of the capabilities, if any are needed, or may learn of one later.

    The default synthesizer is always among them.
    """
    return {
        name: spec
        for name, spec in registry.available(registry.SYNTHESIZERS).items()
        if not needed or spec.refresh or spec == default_synthesizer() or not spec.capabilities.isdisjoint(needed)
    }


def badges_html(engine: str, *others: EngineSpec[Any]) -> str:
    """Return the badges of the chosen synthesizer and of the other engines of a page."""
    return badges([spec_of(engine), *others], language_of_visitor())


def note_key(spec: EngineSpec[Synthesizer]) -> str:
    """Return the key of the note on how near the voice comes to the reference."""
    return "zero_shot.note.clone" if CLONES in spec.capabilities else "zero_shot.note"


def supported_language(language: str, engine: str) -> str:
    """Return the language if the engine speaks it, else the engine's first."""
    supported = spec_of(engine).languages
    return language if language in supported else next(code for code in LANGUAGES if code in supported)


def languages(engine: str, value: str) -> Any:
    """Return the update of a language picker with the languages of an engine."""
    return gr.Dropdown(language_choices(spec_of(engine).languages), value=value)


def sample(text: str, language: str) -> str:
    """Return the sample text of a language if the text is a sample itself, else the text."""
    return LANGUAGES[language].sample if text in {row.sample for row in LANGUAGES.values()} else text


@handler
def on_engine(engine: str, language: str, text: str) -> Update:
    """Update a cloning page for the chosen engine."""
    code = supported_language(language, engine)
    return Update(
        language=languages(engine, code),
        text=sample(text, code),
        badges=badges_html(engine, *selection.check_engines()),
        note=t(note_key(spec_of(engine))),
    )


def wire_engine(
    engine: gr.Dropdown, language: gr.Dropdown, text: gr.Textbox, badge_line: gr.HTML, note: gr.Markdown
) -> None:
    """Let a cloning page follow the chosen engine and language."""
    outputs = {"language": language, "text": text, "badges": badge_line, "note": note}
    connect(engine.change, on_engine, [engine, language, text], outputs)
    language.change(sample, [text, language], text, api_visibility="private")


def voices(engine: str, language: str, chosen: str = "", others: Collection[str] = ()) -> Any:
    """Return the update of a voice picker; the chosen voice stays if it is offered.

    Args:
        engine: Name of the synthesizer.
        language: Code of the language whose voices come first.
        chosen: Id of the chosen voice.
        others: Codes of other languages whose voices are offered too.
    """
    choices = _voice_choices(engine, language, others)
    ids = [name for _, name in choices]
    return gr.Dropdown(choices, value=chosen if chosen in ids else next(iter(ids), None))


def _voice_choices(engine: str, language: str, others: Collection[str] = ()) -> list[tuple[str, str]]:
    codes = [language, *(code for code in LANGUAGES if code in others)]
    offered: dict[str, Voice] = {}
    for code in codes:
        for name, voice in voice_catalog.voices_for_language(code, engine).items():
            offered.setdefault(name, voice)
    own = [(localize("Your own clip…"), OWN_VOICE)] if CLONES in spec_of(engine).capabilities else []
    return voice_choices(offered) + own


def build_voice(language: str, key: str, others: Collection[str] = (), info: str | None = None) -> gr.Dropdown:
    """Add the picker of a voice of the default engine.

    Args:
        language: Code of the language.
        key: String of the label.
        others: See voices().
        info: String of a hint below the label.
    """
    engine = default_synthesizer().name
    choices = _voice_choices(engine, language, others)
    name = gr.Dropdown(
        choices,
        value=choices[0][1] if choices else None,
        label=t(key),
        info=t(info) if info else None,
        min_width=MIN_WIDTH_PIXELS,
    )
    on_page_load(lambda: gr.Dropdown(choices=_voice_choices(engine, language, others)), name)
    return name


def build_own_voice(voice: gr.Dropdown) -> VoiceControls:
    """Add the block for the visitor's own clip, visible while OWN_VOICE is chosen."""
    with gr.Column(visible=False) as block:
        reference = reference_voice.build_reference(examples=False)
    voice.change(lambda chosen: gr.Column(visible=chosen == OWN_VOICE), voice, block, api_visibility="private")
    return VoiceControls(voice, reference)


def refresh_voices(event: Any, engine: gr.Dropdown, voice: gr.Dropdown, language: gr.Dropdown | None = None) -> None:
    """Offer the voices that came with an engine's weights once it has spoken for the first time.

    Args:
        event: The event that speaks.
        engine: Picker of the engine.
        voice: Picker of the voice.
        language: Picker of the language; None on a page without one, where voices of all languages are offered.
    """

    def on_spoken(engine: str, chosen: str = "") -> Any:
        spec = spec_of(engine)
        code, others = (chosen, frozenset()) if chosen else (supported_language("en", engine), spec.languages)
        has_presets = any(each.preset for each in voice_catalog.voices_for_language(code, engine).values())
        if CLONES in spec.capabilities and has_presets:
            return gr.Dropdown(choices=_voice_choices(engine, code, others))
        return gr.skip()

    if any(CLONES in spec.capabilities for spec in registry.available(registry.SYNTHESIZERS).values()):
        inputs = [engine, language] if language else [engine]
        event.then(on_spoken, inputs, voice, show_progress="hidden", api_visibility="private")
