"""The endpoint and tool of the Chat page, and the conversation that both send to the chat model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from funaudio_core import languages
from funaudio_core.engines import registry, selection, voice_catalog
from funaudio_core.errors import BadInput
from funaudio_core.languages import LANGUAGES
from funaudio_core.pipelines.chat import Done
from funaudio_core.tasks import chat as chat_tasks
from funaudio_core.tasks import synthesis
from funaudio_core.text.pronunciations import parse_table
from funaudio_core.types import Conversation
from server.params import AudioPath
from tabs.chat.controls import MAX_PERSONA_CHARACTERS, PERSONA
from tabs.chat.conversation import DEFAULT_LANGUAGE, ChatState
from tabs.components import engine_picker
from tabs.components.outputs import write_wav


def chat(
    text: str,
    persona: str = PERSONA,
    voice: str = "",
    engine: str = "",
    chatbot: str = "",
    language: str = "",
    pronunciations: str = "",
) -> tuple[AudioPath, str, dict[str, Any]]:
    """Send a message to the chat model and get a spoken reply.

    Args:
        text: Message, in a language that the chat model supports; SmolLM2 supports English only.
        persona: Who replies, in a sentence or two.
        voice: Voice of the speech model: for kokoro a preset such as "af_heart", for cosyvoice3 an example clip such as
            "en_neutral". Empty for the default, which also replaces a voice that doesn't support the language of the
            reply.
        engine: Id of the speech model, such as "cosyvoice3" or "kokoro"; empty for the default.
        chatbot: Id of the chat model, such as "qwen-chat" or "smollm2-135m"; empty for the default.
        language: ISO 639 code of the reply, such as "en" or "zh"; empty for the language of the text, if both models
            support it.
        pronunciations: How words are said, one "word = respelling" or "word = /IPA/" a line.

    Returns:
        The reply as a WAV file; its text, which may contain tags for sounds, such as [laughter]; and the detected
        emotion with the language, voice and style of the reply, and its words with their times.
    """
    engines = selection.EngineChoice(chatbot=chatbot, synthesizer=engine)
    if language:
        titles = selection.resolve(registry.CHATBOTS, chatbot).title, engine_picker.spec_of(engine).title
        languages.require_language(language, voice_catalog.reply_languages(engines), " + ".join(titles))
    default = default_reply_language(DEFAULT_LANGUAGE, engines)
    code = language or chat_tasks.reply_language(text, default, engines)
    state = ChatState().add(chat_tasks.text_turn(text, code))
    speaker = voice_catalog.voice_for_language(code, voice_catalog.get_voice(voice, engine, code), engines)
    done = None
    conversation = replace(build_conversation(state, persona, engines), language=code)
    for event in chat_tasks.reply(conversation, speaker, engines, parse_table(pronunciations)):
        if isinstance(event, Done):
            done = event
    if done is None:
        raise BadInput("The model gave no reply. Rephrase your message.")
    user, reply = done.turns
    facts: dict[str, Any] = {"language": done.language, "voice": speaker.preset or str(speaker.name)}
    facts["words"] = synthesis.word_table(done.take)
    if user.emotion:
        facts |= {"emotion": user.emotion.label, "confidence": user.emotion.confidence}
    if reply.style:
        facts |= {"reply_emotion": reply.style.emotion, "reply_style": reply.style.description}
    return write_wav(done.take.audio, "reply.wav"), reply.text, facts


def default_reply_language(language: str, engines: selection.EngineChoice) -> str:
    """Return the language if replies can be in it, else English, else the first in which they can be.

    Raises:
        BadInput: The chat model and the speech model have no language in common.
    """
    supported = voice_catalog.reply_languages(engines)
    for code in (language, DEFAULT_LANGUAGE, *LANGUAGES):
        if code in supported:
            return code
    raise BadInput(
        "{chatbot} and {engine} have no language in common. Choose another chat or speech model.",
        chatbot=selection.resolve(registry.CHATBOTS, engines.chatbot).title,
        engine=engine_picker.spec_of(engines.synthesizer).title,
    )


def build_conversation(state: ChatState, persona: str, engines: selection.EngineChoice) -> Conversation:
    """Return the input of the chat model. Raise BadInput if the persona is too long."""
    if len(persona) > MAX_PERSONA_CHARACTERS:
        raise BadInput(
            "The persona is too long ({count} characters; the limit is {most}). Shorten it.",
            count=len(persona),
            most=MAX_PERSONA_CHARACTERS,
        )
    return Conversation(state.turns, persona, default_reply_language(state.language, engines))
