"""Chatbot on any chat model; the model gets notes on the user's voice and chooses the style of its reply."""

from __future__ import annotations

from collections.abc import Iterator

from funaudio_core import languages
from funaudio_core.engines.llm import prompts, reply_parser
from funaudio_core.engines.llm.chat_model import USER, ChatModel, fit_turns
from funaudio_core.errors import BadInput
from funaudio_core.text import is_speakable
from funaudio_core.types import Conversation, ReplyStyle

CONTEXT_TOKENS = 4096  # persona, instructions and the last turns
REPLY_TOKENS = 256  # about ten sentences; the prompt asks for three


class PromptedChatbot:
    """Chatbot. Stateless; as thread-safe as its model."""

    def __init__(
        self, model: ChatModel, title: str, supported_languages: frozenset[str], *, examples: bool = False
    ) -> None:
        """Wrap a chat model.

        Args:
            model: Writes the replies.
            title: Name of the engine in errors.
            supported_languages: Codes of the languages that it answers in.
            examples: Show it example exchanges, without which a small model repeats the user's words.
        """
        self._model, self._title, self._languages = model, title, supported_languages
        self._has_examples = examples

    @property
    def model(self) -> ChatModel:
        """Return the chat model, for tasks with prompts of their own."""
        return self._model

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        """Generate the reply to the last turn, which is the user's.

        Its text contains no markup but the event tags that the conversation allows. The oldest turns are dropped
        beyond CONTEXT_TOKENS. Closing the iterator stops within a token.

        Args:
            conversation: Persona, language and turns.

        Returns:
            The reply's style if the model gives one, then its text in pieces.

        Raises:
            BadInput: The last turn is empty or not the user's, its language is not supported, or it is too long.
        """
        languages.require_language(conversation.language, self._languages, self._title)
        turns = conversation.turns
        if not turns or turns[-1].role != USER or not is_speakable(turns[-1].text):
            raise BadInput("There is nothing to reply to: the last turn must come from the user.")
        turn_messages = [prompts.turn_message(turn) for turn in turns]
        head = [prompts.chat_prompt(conversation)]
        if self._has_examples:
            head += prompts.example_messages(conversation.language)
        messages = fit_turns(head, turn_messages, CONTEXT_TOKENS, self._model.count_tokens)
        pieces = self._model.generate(messages, REPLY_TOKENS, conversation.seed)
        return reply_parser.parse_reply(pieces, conversation.language, conversation.tags)
