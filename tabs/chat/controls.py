"""Inputs and outputs of the Chat page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.text.pronunciations import Pronunciation, parse_table
from server.updates import Inputs, Outputs
from tabs.chat.conversation import DEFAULT_LANGUAGE, ChatState
from tabs.components import engine_picker, spoken_text
from tabs.components.engine_picker import VoiceControls, VoiceInput
from tabs.components.inputs import engine_dropdown
from tabs.components.model_download import build_download
from tabs.components.page.browser_script import keep
from tabs.components.strings import t
from tabs.components.trained_engines import build_picker

PERSONA = "You are a warm, cheerful friend."
MAX_PERSONA_CHARACTERS = 500
STATE_SECONDS = 3600  # until the conversation of a closed page is deleted
OPENINGS = (
    "I got the job I applied for!",
    "I had a fight with my best friend and I feel awful.",
    "I have an exam tomorrow and I am so nervous.",
)


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything about a reply but the message to reply to."""

    state: ChatState
    persona: str
    synthesizer: str
    voice: VoiceInput
    chatbot: str
    recognizer: str
    pronunciations: str | None = ""

    def table(self) -> tuple[Pronunciation, ...]:
        """Return the pronunciation table. Raise BadInput for one that can't be read."""
        return parse_table(self.pronunciations or "")

    @property
    def engines(self) -> selection.EngineChoice:
        """Return the engines of the exchange."""
        return selection.EngineChoice(recognizer=self.recognizer, chatbot=self.chatbot, synthesizer=self.synthesizer)


@dataclass(frozen=True, slots=True)
class ChatControls:
    """Settings of the page."""

    state: gr.State
    persona: gr.Textbox
    synthesizer: gr.Dropdown
    voice: VoiceControls
    chatbot: gr.Dropdown
    recognizer: gr.Dropdown
    pronunciations: gr.Textbox

    def inputs(self) -> Inputs[ChatRequest]:
        """Return the components as inputs of a handler."""
        return Inputs.gather(ChatRequest, self)


@dataclass(frozen=True, slots=True)
class ChatOutput(Outputs):
    """Output components of the page. text: The box to type in, which is an output to be emptied."""

    history: gr.Chatbot
    state: gr.State
    live: gr.HTML
    status: gr.HTML
    text: gr.Textbox


def build_text() -> gr.Textbox:
    """Add the box to type in, with examples."""
    text = gr.Textbox(
        label=t("chat.type"),
        placeholder=t("chat.type.hint"),
        lines=1,
        max_lines=4,
        submit_btn=t("chat.send"),
        **keep("chat", "text"),
    )
    gr.Examples([[line] for line in OPENINGS], text, label=t("examples"))
    return text


def build_controls(spec: EngineSpec[Any]) -> ChatControls:
    """Add the settings. spec: The default synthesizer."""
    state = gr.State(ChatState(), time_to_live=STATE_SECONDS)
    with gr.Accordion(t("more"), open=False):
        persona = gr.Textbox(PERSONA, label=t("chat.persona"), lines=2, max_length=MAX_PERSONA_CHARACTERS)
        recognizer = build_picker(registry.RECOGNIZERS, selection.auto_detecting_recognizers, "engine.hears")
        chatbot = engine_dropdown(registry.available(registry.CHATBOTS), "chat.chatbot")
        build_download(registry.CHATBOTS, chatbot, "chat")
        synthesizer = engine_picker.build_engine("engine.speaks")
        language = engine_picker.supported_language(DEFAULT_LANGUAGE, spec.name)
        others = voice_catalog.reply_languages()
        voice = engine_picker.build_own_voice(
            engine_picker.build_voice(language, "chat.voice", others, "chat.voice.how")
        )
        pronunciations = spoken_text.build_table()
    return ChatControls(state, persona, synthesizer, voice, chatbot, recognizer, pronunciations)
