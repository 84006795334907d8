"""Models and voice that the abilities of the page share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import loader, preload, registry, selection, voice_catalog
from funaudio_core.engines.protocols import HasPresetVoices
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.engines.spoken_chat import HEARS, SPEAKS, TOOLS, UNDERSTANDS, SpokenChatbot
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.tasks import spoken_chat
from funaudio_core.tasks.spoken_chat import Speech
from funaudio_core.types import Style, Voice
from funaudio_core.voices.examples import example_voices
from server.events import handler
from server.params import resolve_seed
from server.request import language as language_of_visitor
from server.request import localize
from server.updates import Inputs, Update, connect
from tabs.components import engine_picker
from tabs.components.engine_picker import CLONES, IMITATES, OWN_VOICE
from tabs.components.inputs import voice_choices
from tabs.components.layout import badges, loading_text
from tabs.components.model_download import build_download
from tabs.components.page.page_load import page_opened
from tabs.components.reference_voice import ReferenceControls, ReferenceInput
from tabs.components.strings import t
from tabs.components.trained_engines import build_picker

PAGE = "tabs.audio_chat"  # by which Stop and the statistics find the handlers of all abilities
DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Models:
    """Models and voice of an answer.

    Attributes:
        chatbot: Name of the spoken chatbot; "" for the default.
        synthesizer: Name of the speech model, for a chatbot that does not speak itself.
        voice: Id of the voice; "" for the default.
        seed: Seed of the sampling, negative for a random one.
        reference: The visitor's own clip, for the voice OWN_VOICE.
    """

    chatbot: str = ""
    synthesizer: str = ""
    voice: str | None = ""
    seed: float | None = 0
    reference: ReferenceInput | None = None

    @property
    def spec(self) -> EngineSpec[SpokenChatbot]:
        """Return the specification of the chatbot."""
        return spoken_chat.resolve(self.chatbot)

    @property
    def fixed_seed(self) -> int:
        """Return the seed as a number."""
        return resolve_seed(self.seed)

    def speech(self, style: Style | None = None) -> Speech:
        """Return what speaks the answers of a chatbot that doesn't itself."""
        return Speech(self.synthesizer, "" if self.voice == OWN_VOICE else self.voice or "", style)

    def own_voice(self) -> Voice | None:
        """Return the visitor's own voice, or that of a chatbot that speaks itself; else None, also for its default.

        Raises:
            BadInput: There is no such voice; or see ReferenceInput.voice().
            Unsupported: The speech model can't imitate a voice.
        """
        if self.voice == OWN_VOICE and self.reference is not None:
            if not can_imitate(self.chatbot, self.synthesizer):
                engine_picker.spec_of(self.synthesizer).require(CLONES)
            return self.reference.voice()
        if SPEAKS not in self.spec.capabilities or not self.voice:
            return None
        found = _own_voices(self.spec).get(self.voice)
        if found is None:
            raise BadInput(
                "{engine} has no voice called {name!r}. Choose one from the list.",
                engine=self.spec.title,
                name=self.voice,
            )
        return found

    def require(self, capability: str) -> None:
        """Raise Unsupported, in words, unless the chatbot has a capability."""
        if capability in self.spec.capabilities:
            return
        able = tuple(
            spec.title
            for spec in registry.available(registry.SPOKEN_CHATBOTS).values()
            if capability in spec.capabilities
        )
        raise Unsupported(
            "{engine} can't do this: it is too small. Choose another conversation model: {able}.",
            engine=self.spec.title,
            able=able or ("Qwen2.5-Coder-1.5B-Instruct",),
        )

    def load(self) -> Iterator[Update]:
        """Yield the status while the engines are loaded."""
        others = [] if HEARS in self.spec.capabilities else listening_engines()
        for status in loading_text(preload.load_all(*others, *spoken_chat.engines_of(self.chatbot, self.speech()))):
            yield Update(status=status)


def listening_engines() -> list[EngineSpec[Any]]:
    """Return the engines that tell a chatbot that can't hear what is in a clip."""
    recognizer = selection.recognizer_for_dialogue()
    return [recognizer, *selection.analysis_engines(recognizer)]


def _own_voices(spec: EngineSpec[SpokenChatbot]) -> dict[str, Voice]:
    """Return the voices of a chatbot that speaks itself: those in its weights once it is loaded, and example clips."""
    loaded = loader.get_loaded(spec)
    names: tuple[str, ...] = loaded.presets if isinstance(loaded, HasPresetVoices) else ()
    return {**{name: Voice(name, "zh", preset=name) for name in names}, **example_voices()}


def offered_voices(chatbot: str, synthesizer: str) -> dict[str, Voice]:
    """Return the voices of the answers by id, those of the visitor's language first."""
    spec = spoken_chat.resolve(chatbot)
    if SPEAKS in spec.capabilities:
        return _own_voices(spec)
    codes = [DEFAULT_LANGUAGE, *sorted(spec.languages - {DEFAULT_LANGUAGE})]
    found: dict[str, Voice] = {}
    for code in codes:
        if code in engine_picker.spec_of(synthesizer).languages:
            found |= voice_catalog.voices_for_language(code, synthesizer)
    return found


def can_imitate(chatbot: str, synthesizer: str) -> bool:
    """Return whether what speaks the answers can imitate the voice of a clip, or at least come near it."""
    if SPEAKS in spoken_chat.resolve(chatbot).capabilities:
        return True
    return not engine_picker.spec_of(synthesizer).capabilities.isdisjoint(IMITATES)


def _choices(chatbot: str, synthesizer: str) -> list[tuple[str, str]]:
    """Return the voices of the answers and, at the end, the visitor's own."""
    own = [(localize("Your own clip…"), OWN_VOICE)] if can_imitate(chatbot, synthesizer) else []
    return voice_choices(offered_voices(chatbot, synthesizer)) + own


def note_key(spec: EngineSpec[SpokenChatbot]) -> str:
    """Return the key of the note on what to expect of a chatbot."""
    if HEARS in spec.capabilities:
        return "audio_chat.note.full" if SPEAKS in spec.capabilities else "audio_chat.note.remote"
    return "audio_chat.note.lite" if spec.capabilities >= {TOOLS, UNDERSTANDS} else "audio_chat.note.small"


def engines_shown(chatbot: str, synthesizer: str) -> list[EngineSpec[Any]]:
    """Return the engines for the badges, the one that answers first."""
    spec = spoken_chat.resolve(chatbot)
    others = [] if HEARS in spec.capabilities else listening_engines()
    return [*spoken_chat.engines_of(chatbot, Speech(synthesizer))[:1], *others, *_speaking(spec, synthesizer)]


def _speaking(spec: EngineSpec[SpokenChatbot], synthesizer: str) -> list[EngineSpec[Any]]:
    return [] if SPEAKS in spec.capabilities else [engine_picker.spec_of(synthesizer)]


@dataclass(frozen=True, slots=True)
class ModelControls:
    """Components of Models."""

    chatbot: gr.Dropdown
    synthesizer: gr.Dropdown
    voice: gr.Dropdown
    seed: gr.Number
    reference: ReferenceControls

    def inputs(self) -> Inputs[Models]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(Models, self)


@handler
def on_models(chatbot: str, synthesizer: str, voice: str | None) -> Update:
    """Update voices, badges and note for the chosen models."""
    choices = _choices(chatbot, synthesizer)
    ids = [name for _, name in choices]
    speaks = SPEAKS in spoken_chat.resolve(chatbot).capabilities
    kept: dict[str, Any] = (
        {} if voice in ids else {"value": next(iter(ids), None)}
    )  # the visitor may choose another one meanwhile
    return Update(
        voice=gr.Dropdown(choices=choices, **kept),
        synthesizer=gr.Dropdown(visible=not speaks and len(engine_picker.offered_engines(())) > 1),
        badges=badges(engines_shown(chatbot, synthesizer), language_of_visitor()),
        note=t(note_key(spoken_chat.resolve(chatbot))),
    )


def build_models(badge_line: gr.HTML, note: gr.Markdown) -> ModelControls:
    """Add the pickers of models and voice, which the badges and the note follow."""
    first = spoken_chat.default_chatbot()
    offered = dict(registry.available(registry.SPOKEN_CHATBOTS))
    table = {first.name: offered.pop(first.name, first), **offered}
    with gr.Accordion(t("more"), open=False):
        with gr.Row():
            with gr.Column():
                chatbot = build_picker(registry.SPOKEN_CHATBOTS, lambda: table, "audio_chat.model", follows=True)
                build_download(registry.SPOKEN_CHATBOTS, chatbot, "audio_chat")
            synthesizer = engine_picker.build_engine("engine.speaks")
            choices = _choices(first.name, "")
            voice = gr.Dropdown(choices, value=choices[0][1] if choices else None, label=t("audio_chat.voice"))
            seed = gr.Number(0, label=t("seed"), precision=0)
        own = engine_picker.build_own_voice(voice)
    controls = ModelControls(chatbot, synthesizer, voice, seed, own.reference)
    outputs = {"voice": voice, "synthesizer": synthesizer, "badges": badge_line, "note": note}
    sources = [chatbot, synthesizer, voice]
    for picker in (chatbot, synthesizer):
        connect(picker.change, on_models, sources, outputs)
    connect(page_opened, on_models, sources, outputs)
    return controls
