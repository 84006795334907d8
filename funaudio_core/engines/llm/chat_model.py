"""Chat model Protocol: messages in, text out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Message of a chat.

    Attributes:
        role: SYSTEM, USER or ASSISTANT.
        text: Its content.
    """

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """Form that a reply must have; see match_schema() and match_grammar() of engines.llm.constraint.

    Attributes:
        grammar: Grammar in llguidance's variant of Lark.
        schema: JSON schema with the same meaning, for servers that take no grammar; None if there is none.
    """

    grammar: str
    schema: Mapping[str, Any] | None = None


class ChatModel(Protocol):
    """Chat model. Thread-safe."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the length of the messages in tokens, chat template included."""
        ...

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Generate the next message; closing the iterator stops within a token.

        Args:
            messages: The chat so far.
            max_tokens: Limit of the reply.
            seed: Of the sampling; None for greedy decoding.
            constraint: Form of the reply; None for any text. `max_tokens` may still cut the reply off.

        Returns:
            Pieces of the reply.

        Raises:
            BadInput: The messages exceed the model's context.
            Unsupported: The model can't keep to the constraint.
        """
        ...


def fit_turns(
    head: Sequence[ChatMessage],
    turns: Sequence[ChatMessage],
    budget: int,
    count_tokens: Callable[[Sequence[ChatMessage]], int],
) -> list[ChatMessage]:
    """Drop the oldest exchanges until head and turns fit into a token budget.

    An exchange is a user turn with its replies. The head and the last exchange always stay, even if they exceed the
    budget.

    Args:
        head: Messages in front of the turns.
        turns: The conversation.
        budget: Tokens.
        count_tokens: Counts the tokens of messages.

    Returns:
        The head and the turns that fit.
    """
    starts = [
        index for index, turn in enumerate(turns) if turn.role == USER and (index == 0 or turns[index - 1].role != USER)
    ] or [0]
    low, high = 0, len(starts) - 1  # binary search for the fewest exchanges to drop
    while low < high:
        middle = (low + high) // 2
        if count_tokens([*head, *turns[starts[middle] :]]) <= budget:
            high = middle
        else:
            low = middle + 1
    return [*head, *turns[starts[low] :]]
