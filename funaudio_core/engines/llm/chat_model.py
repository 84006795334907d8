"""What a chat model is to those who use it: messages in, text as it is written out. Knows no model and no task."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message to or of the model. role: SYSTEM, USER or ASSISTANT."""

    role: str
    text: str


class ChatModel(Protocol):
    """A chat model. Any number of visitors may have something written at once."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """How long the messages are for the model, in tokens, with all that stands around them."""
        ...

    def generate(self, messages: Sequence[ChatMessage], most: int, seed: int | None) -> Iterator[str]:
        """The next message in pieces, at most so many tokens; closing the iterator ends it within a token.

        seed: decides among the likely texts; None for the likeliest. Raises BadInput for messages that are longer than
        the model can read.
        """
        ...


def fit_turns(
    head: Sequence[ChatMessage],
    turns: Sequence[ChatMessage],
    budget: int,
    tokens: Callable[[Sequence[ChatMessage]], int],
) -> list[ChatMessage]:
    """As many of the last turns as fit behind the head into a budget of tokens.

    The oldest go first, each of the user's with the replies to it. The head and the last turn of the user with what
    follows it always stay, even where they alone are more.
    """
    starts = [
        place for place, turn in enumerate(turns) if turn.role == USER and (place == 0 or turns[place - 1].role != USER)
    ] or [0]
    low, high = 0, len(starts) - 1  # the least number of exchanges that must go is found by halving
    while low < high:
        middle = (low + high) // 2
        if tokens([*head, *turns[starts[middle] :]]) <= budget:
            high = middle
        else:
            low = middle + 1
    return [*head, *turns[starts[low] :]]
