"""Conversation and translation by any chat model that is told what to do: prompts, and what comes back, put right."""

from funaudio_core.engines.base import ALL_PAIRS
from funaudio_core.engines.prompted.companion import PromptedCompanion
from funaudio_core.engines.prompted.translator import PromptedTranslator
from funaudio_core.engines.prompted.writer import Message, Writer

CHATS = frozenset({"chat", "delivery"})  # what any model can do behind these prompts
TRANSLATES = frozenset({"translate", "glossary", "incremental", "fluent", ALL_PAIRS})

__all__ = ["CHATS", "TRANSLATES", "Message", "PromptedCompanion", "PromptedTranslator", "Writer"]
