"""The Chat page: speak or type, hear a reply that fits the mood."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from funaudio_core.engines import preload, registry, selection, voice_catalog
from funaudio_core.engines.protocols import Chatbot
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import synthesis
from funaudio_core.types import Turn, Voice
from server import cancellation
from server.events import QUEUE_OPTIONS, add_endpoint, handler, queued_handler
from server.request import localize
from server.updates import Update, connect
from tabs.chat import history as chat_history
from tabs.chat.api import build_conversation, chat
from tabs.chat.controls import (
    ChatControls,
    ChatOutput,
    ChatRequest,
    build_controls,
    build_text,
)
from tabs.chat.conversation import DEFAULT_LANGUAGE, ChatState, audio_message, run_exchange, text_message
from tabs.components import demonstrations, engine_picker
from tabs.components.demonstrations import Demonstration
from tabs.components.inputs import MAX_TURN_SECONDS, HandsFree, build_hands_free, clip_input, read_clip
from tabs.components.layout import heading, loading_text, status_line
from tabs.components.page.page_load import page_opened
from tabs.components.player import SILENT, build_player
from tabs.components.strings import t

NAME = "chat"
STYLED = "delivery"  # capability of chat models that choose the style of a reply


def _stop_reply(message: str | None, _: ChatRequest) -> None:
    """Stop the reply under way before the new message waits for the slot that it holds."""
    if message:
        cancellation.stop_older(__name__)


@queued_handler(before=_stop_reply)
def on_clip(path: str | None, request: ChatRequest) -> Iterator[Update]:
    """Reply to a recorded or uploaded clip."""
    if not path:
        return
    state, engines = request.state, request.engines
    clip = read_clip(path, limit=MAX_TURN_SECONDS)
    messages = [*state.messages, audio_message("user", path)]
    yield Update(history=messages, live=SILENT, status=localize("Transcribing…"))
    voice = yield from _prepare(request, selection.recognizer_for_dialogue(engines))
    conversation = build_conversation(state, request.persona, engines)
    events = chat_tasks.reply_to_audio(clip, conversation, voice, state.baseline, engines, request.table())
    yield from run_exchange(events, state, request.synthesizer, path, clip)


@queued_handler(before=_stop_reply)
def on_text(text: str, request: ChatRequest) -> Iterator[Update]:
    """Reply to a typed message."""
    engines = request.engines
    text = synthesis.validate_text(text)
    voice = yield from _prepare(request)
    conversation = build_conversation(request.state, request.persona, engines)
    language = chat_tasks.reply_language(text, conversation.language, engines)
    turn = chat_tasks.text_turn(text, language)
    state = request.state.add(turn, text_message("user", chat_history.user_message(turn)))
    yield state.update(live=SILENT, status=localize("Thinking…"), text="")
    conversation = replace(conversation, turns=state.turns, language=language)
    events = chat_tasks.reply(conversation, voice, engines, request.table())
    yield from run_exchange(events, state, request.synthesizer)


def _prepare(request: ChatRequest, *others: EngineSpec[Any]) -> Generator[Update, None, Voice]:
    """Load the engines, yield the status meanwhile, and return the voice. others: Engines besides those that reply."""
    spec = engine_picker.spec_of(request.synthesizer)
    language = engine_picker.supported_language(DEFAULT_LANGUAGE, spec.name)
    voice = request.voice.resolve(language, spec.name)
    chatbot = selection.resolve(registry.CHATBOTS, request.chatbot)
    for status in loading_text(preload.load_all(*others, chatbot, spec)):
        yield Update(status=status)
    return voice


def on_interrupt() -> Iterator[Update]:
    """Stop the reply; it is remembered as far as it was shown. A newer message is left alone."""
    request = cancellation.request_stop(__name__)
    yield Update(live=SILENT, status=localize("Interrupted."))
    cancellation.wait_until_stopped(request)
    if not request.superseded:
        yield Update(live=SILENT, status=localize("Interrupted."))


def on_clear() -> Iterator[Update]:
    """Delete the conversation, at once and, unless there is a newer message, again after the reply has ended."""
    request = cancellation.request_stop(__name__)
    yield ChatState().update(live=SILENT, status="", text="")
    cancellation.wait_until_stopped(request)
    if not request.superseded:
        yield ChatState().update(live=SILENT, status="")


@handler
def on_engines(synthesizer: str, chatbot: str, recognizer: str, voice: str) -> Update:
    """Update voices, badges and note for the chosen engines."""
    chat_spec = selection.resolve(registry.CHATBOTS, chatbot)
    engines = selection.EngineChoice(recognizer=recognizer, chatbot=chatbot, synthesizer=synthesizer)
    language = engine_picker.supported_language(DEFAULT_LANGUAGE, synthesizer)
    others = voice_catalog.reply_languages(engines)
    return Update(
        voice=engine_picker.voices(synthesizer, language, voice, others),
        badges=engine_picker.badges_html(synthesizer, chat_spec, selection.recognizer_for_dialogue(engines)),
        note=t(note_key(chat_spec)),
    )


def note_key(spec: EngineSpec[Chatbot]) -> str:
    """Return the key of the note on what to expect of a chat model."""
    if STYLED not in spec.capabilities:
        return "chat.note"
    return "chat.note.small" if spec.tier == "lite" else "chat.note.large"


def _show_demonstration(demonstration: Demonstration) -> Update:
    """Show a message and its reply in place of the conversation, which then can go on."""
    message, reply = demonstration.inputs["text"], demonstration.texts["reply"]
    state = ChatState().add(Turn("user", message), text_message("user", chat_history.escape_markdown(message)))
    state = state.add(Turn("assistant", reply), text_message("assistant", chat_history.reply_message(reply)))
    live = demonstrations.stored_playback(demonstration)
    return state.update(live=live, status=demonstrations.stored_text(demonstration), text="")


def build() -> None:
    """Add the page and connect it."""
    synthesizer, chatbot = engine_picker.default_synthesizer(), selection.default(registry.CHATBOTS)
    recognizer = selection.recognizer_for_dialogue()
    badge_line, note = heading(NAME, synthesizer, chatbot, recognizer, note=note_key(chatbot))
    buttons = demonstrations.build(NAME)
    with gr.Row():
        with gr.Column(scale=3):
            history = gr.Chatbot(label=t("chat.history"), height=420, placeholder=t("chat.placeholder"))
            status = status_line()
            live = build_player("fa-live-chat")
        with gr.Column(scale=2):
            clip = clip_input("chat.mic")
            text = build_text()
            with gr.Row():
                interrupt = gr.Button(t("chat.interrupt"), variant="stop")
                clear = gr.Button(t("chat.clear"))
            controls = build_controls(synthesizer)
            talk = build_hands_free()
    output = ChatOutput(history, controls.state, live, status, text)
    _wire_messages(controls, output, clip)
    _wire_hands_free(controls, output, talk)
    connect(interrupt.click, on_interrupt, None, output.pick("live", "status"), trigger_mode="multiple")
    connect(clear.click, on_clear, None, output)
    voice = controls.voice.voice
    pickers = [controls.synthesizer, controls.chatbot, controls.recognizer]
    followers = {"voice": voice, "badges": badge_line, "note": note}
    for picker in pickers:
        connect(picker.change, on_engines, [*pickers, voice], followers)
    if engine_picker.is_dynamic(synthesizer, chatbot, recognizer):

        def on_open() -> Update:
            return on_engines(synthesizer.name, chatbot.name, recognizer.name, "")

        connect(page_opened, on_open, None, followers)
    demonstrations.wire(NAME, buttons, _show_demonstration, output)
    add_endpoint(chat, __name__)


def _wire_messages(controls: ChatControls, output: ChatOutput, clip: gr.Audio) -> None:
    """Reply to clips and typed messages."""
    inputs = controls.inputs()
    public = {"api_visibility": "undocumented", **QUEUE_OPTIONS}
    events = [
        connect(clip.stop_recording, on_clip, [clip, inputs], output, **QUEUE_OPTIONS),
        connect(clip.upload, on_clip, [clip, inputs], output, api_name="on_chat", **public),
        connect(output.text.submit, on_text, [output.text, inputs], output, api_name="on_chat_text", **public),
    ]
    for event in events:
        engine_picker.refresh_voices(event, controls.synthesizer, controls.voice.voice)


def _wire_hands_free(controls: ChatControls, output: ChatOutput, talk: HandsFree) -> None:
    """Reply to utterances of the microphone; one that starts interrupts the reply."""
    connect(talk.utterances.change, on_interrupt, None, output.pick("live", "status"), trigger_mode="multiple")
    event = connect(talk.utterance.change, on_clip, [talk.utterance, controls.inputs()], output, **QUEUE_OPTIONS)
    engine_picker.refresh_voices(event, controls.synthesizer, controls.voice.voice)
