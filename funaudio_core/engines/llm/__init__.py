"""Conversation and translation by any chat model that is told what to do: prompts, and what comes back, put right."""

from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel
from funaudio_core.engines.llm.chatbot import PromptedChatbot
from funaudio_core.engines.llm.translator import PromptedTranslator
from funaudio_core.engines.protocols import ALL_PAIRS

CHAT_CAPABILITIES = frozenset({"chat", "delivery"})  # what any model can do behind these prompts
TRANSLATION_CAPABILITIES = frozenset({"translate", "glossary", "incremental", "fluent", ALL_PAIRS})

__all__ = [
    "CHAT_CAPABILITIES",
    "TRANSLATION_CAPABILITIES",
    "ChatMessage",
    "ChatModel",
    "PromptedChatbot",
    "PromptedTranslator",
]
