"""Chat and translation with any chat model: prompts, and parsing and checking of the output."""

from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel, Constraint
from funaudio_core.engines.llm.chatbot import PromptedChatbot
from funaudio_core.engines.llm.constraint import ask_json, choose, match_grammar, match_schema
from funaudio_core.engines.llm.translator import PromptedTranslator
from funaudio_core.engines.protocols import ALL_PAIRS

CHAT_CAPABILITIES = frozenset({"chat", "delivery"})  # with these prompts, whatever the model
TRANSLATION_CAPABILITIES = frozenset({"translate", "glossary", "incremental", "fluent", ALL_PAIRS})

__all__ = [
    "CHAT_CAPABILITIES",
    "TRANSLATION_CAPABILITIES",
    "ChatMessage",
    "ChatModel",
    "Constraint",
    "PromptedChatbot",
    "PromptedTranslator",
    "ask_json",
    "choose",
    "match_grammar",
    "match_schema",
]
