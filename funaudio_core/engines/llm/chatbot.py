"""A partner in conversation out of any chat model: with feelings told and a delivery chosen. Knows no model."""

from __future__ import annotations

from collections.abc import Iterator

from funaudio_core import languages
from funaudio_core.engines.llm import prompts, reply_parser
from funaudio_core.engines.llm.chat_model import USER, ChatModel, fitted
from funaudio_core.errors import BadInput
from funaudio_core.text import is_speakable
from funaudio_core.types import Conversation, ReplyStyle

CONTEXT_TOKENS = 4096  # persona, instructions and as many turns as fit
REPLY_TOKENS = 256  # about ten sentences; three are asked for


class PromptedCompanion:
    """Companion. Keeps nothing of a conversation; as many may be under way as the writer takes.

    who: whose name stands in errors. offered: codes of the languages that it answers in.
    """

    def __init__(self, writer: ChatModel, who: str, offered: frozenset[str]) -> None:
        self._writer, self._who, self._offered = writer, who, offered

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        """A Delivery, where the model told one, then the words in the language of the conversation as they are written.

        The words may hold the tags that the conversation offers, and no other markup. Closing the iterator ends the
        writing within a token. The oldest turns are forgotten where all come to more than CONTEXT_TOKENS. Raises
        BadInput where the last turn is not the user's, for a language that it lacks and for a turn that is too long.
        """
        languages.require_language(conversation.language, self._offered, self._who)
        turns = conversation.turns
        if not turns or turns[-1].role != USER or not is_speakable(turns[-1].text):
            raise BadInput("There is nothing to reply to: the last turn must come from the user.")
        told = [prompts.said(turn) for turn in turns]
        messages = fitted([prompts.chat(conversation)], told, CONTEXT_TOKENS, self._writer.tokens)
        written = self._writer.write(messages, REPLY_TOKENS, conversation.seed)
        return reply_parser.read(written, conversation.language, conversation.tags)
