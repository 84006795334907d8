"""Choosing who takes part: engines, their languages, a voice. Shared by the pages that speak; knows no single page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

import gradio as gr

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.protocols import Recognizer, Synthesizer
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.languages import LANGUAGES
from funaudio_core.types import Voice
from server.events import handler
from server.request import language as language_of_visitor
from server.request import localize
from tabs.components import reference_voice
from tabs.components.inputs import engine_dropdown, language_choices, voice_choices
from tabs.components.layout import badges, on_page_load
from tabs.components.reference_voice import Reference
from tabs.components.strings import t

T = TypeVar("T")
OWN_VOICE = "(own)"  # among the ids of voices: the visitor's own clip
WIDTH = 240  # px that the name of a voice needs
CLONES = "voice-clone"  # the capability of engines to which any clip is a voice


def default_synthesizer() -> EngineSpec[Synthesizer]:
    """The engine that speaks unless another one is chosen."""
    return selection.default(registry.SYNTHESIZERS)


def spec_of(engine: str) -> EngineSpec[Synthesizer]:
    """The engine that speaks called that, the first for "". Raises BadInput where there is none."""
    return selection.resolve(registry.SYNTHESIZERS, engine)


def recognizers() -> dict[str, EngineSpec[Recognizer]]:
    """Engines that hear, the one first that hears unless another one is chosen."""
    usual = selection.recognizer_for_dialogue()
    return {usual.name: usual, **registry.available(registry.RECOGNIZERS)}


def choice(*tables: dict[str, EngineSpec[Any]]) -> bool:
    """Whether there is anything to choose in any of the tables."""
    return any(len(table) > 1 for table in tables)


def is_dynamic(*specs: EngineSpec[Any]) -> bool:
    """Whether any of them finds out what it can do, so that it may know more than when the page was built."""
    return any(spec.refreshed is not None for spec in specs)


def build_engine(key: str = "engine") -> gr.Dropdown:
    """The choice of an engine that speaks; nothing to see where there is only one."""
    return engine_dropdown(registry.available(registry.SYNTHESIZERS), key)


def models(engine: str, *others: EngineSpec[Any]) -> str:
    """The marks of a chosen engine and of whatever else answers on the page."""
    return badges([spec_of(engine), *others], language_of_visitor())


def disclaimer_key(spec: EngineSpec[Synthesizer]) -> str:
    """Which words say whether a voice is cloned."""
    return "zero_shot.claim.clone" if CLONES in spec.capabilities else "zero_shot.claim"


def supported_language(language: str, engine: str) -> str:
    """The language where the engine speaks it, else its first."""
    known = spec_of(engine).languages
    return language if language in known else next(code for code in LANGUAGES if code in known)


def languages(engine: str, value: str) -> Any:
    """The update that offers what an engine speaks."""
    return gr.Dropdown(language_choices(spec_of(engine).languages), value=value)


def sample(text: str, language: str) -> str:
    """The sample line of a language in place of a text that is one of the samples."""
    return LANGUAGES[language].sample if text in {row.sample for row in LANGUAGES.values()} else text


@handler
def on_engine(engine: str, language: str, text: str) -> tuple[Any, str, str, str]:
    """Languages, text, models and claim of a page that speaks in the voice of a clip."""
    code = supported_language(language, engine)
    claim = t(disclaimer_key(spec_of(engine)))
    return languages(engine, code), sample(text, code), models(engine, *selection.check_engines()), claim


def wire_engine(
    engine: gr.Dropdown, language: gr.Dropdown, text: gr.Textbox, shown: gr.HTML, claim: gr.Markdown
) -> None:
    """Let such a page follow the engine that is chosen. shown: the models."""
    outputs = [language, text, shown, claim]
    engine.change(on_engine, [engine, language, text], outputs, api_visibility="private")
    language.change(sample, [text, language], text, api_visibility="private")


def voices(engine: str, language: str, chosen: str = "", also: Collection[str] = ()) -> Any:
    """The update that offers the voices of an engine for a language; the chosen one stays where it is among them.

    also: codes of other languages, whose voices come after those.
    """
    choices = _choices(engine, language, also)
    ids = [name for _, name in choices]
    return gr.Dropdown(choices, value=chosen if chosen in ids else next(iter(ids), None))


def _choices(engine: str, language: str, also: Collection[str] = ()) -> list[tuple[str, str]]:
    offered = dict(voice_catalog.voices_for_language(language, engine))
    for code in LANGUAGES:
        if code in also:
            offered |= {
                name: voice
                for name, voice in voice_catalog.voices_for_language(code, engine).items()
                if name not in offered
            }
    found = voice_choices(offered)
    own = [(localize("Your own clip…"), OWN_VOICE)] if CLONES in spec_of(engine).capabilities else []
    return found + own


def build_voice(language: str, key: str, also: Collection[str] = (), info: str | None = None) -> gr.Dropdown:
    """The choice of a voice of the first engine. also: as in voices(). info: key of what is said below the label."""
    name = default_synthesizer().name
    choices = _choices(name, language, also)
    chosen = gr.Dropdown(
        choices,
        value=choices[0][1] if choices else None,
        label=t(key),
        info=t(info) if info else None,
        min_width=WIDTH,
    )
    on_page_load(lambda: gr.Dropdown(choices=_choices(name, language, also)), chosen)
    return chosen


def refresh_voices(spoken: Any, engine: gr.Dropdown, voice: gr.Dropdown, language: gr.Dropdown | None = None) -> None:
    """Once an engine has spoken it is loaded: offer the voices that came with its weights, where there are any.

    spoken: the event. language: None on a page where none is chosen, and that may speak any.
    """

    def on_spoken(engine: str, chosen: str = "") -> Any:
        spec = spec_of(engine)
        code, also = (chosen, frozenset()) if chosen else (supported_language("en", engine), spec.languages)
        cloning = CLONES in spec.capabilities
        brought = cloning and any(voice.preset for voice in voice_catalog.voices_for_language(code, engine).values())
        return gr.Dropdown(choices=_choices(engine, code, also)) if brought else gr.skip()

    if any(CLONES in spec.capabilities for spec in registry.available(registry.SYNTHESIZERS).values()):
        inputs = [engine, language] if language else [engine]
        spoken.then(on_spoken, inputs, voice, show_progress="hidden", api_visibility="private")


def build_own(voice: gr.Dropdown) -> Reference:
    """The block for the visitor's own clip, seen while that is the voice chosen."""
    with gr.Column(visible=False) as block:
        own = reference_voice.build_reference(examples=False)
    voice.change(lambda chosen: gr.Column(visible=chosen == OWN_VOICE), voice, block, api_visibility="private")
    return own


def voice_of(chosen: str, language: str, engine: str, path: str | None, transcript: str, consent: bool) -> Voice:
    """The chosen voice. Raises BadInput where the engine lacks it, and what reference.voice_of raises."""
    if chosen == OWN_VOICE:
        spec_of(engine).require(CLONES)
        return reference_voice.voice_of(path, transcript, consent)
    return voice_catalog.get_voice(chosen, engine, language)
