"""English messages for people that keep their template, so that pages can translate them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Self


class Message(str):
    """Sentence or word for people; as a string it is the English text.

    Outside input is always a value, never part of the template. A value that is a Message is translated too; a tuple is
    a list of such values.

    Attributes:
        template: Format string; literal text if there are no values.
        values: Values of the template by name.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fill the template. Raise KeyError if a value is missing."""
        message = super().__new__(cls, template.format(**_join_tuples(values)) if values else template)
        message.template, message.values = template, values
        return message


def join_messages(messages: Sequence[str]) -> str:
    """Return at least one message, joined by spaces."""
    return reduce(lambda first, then: Message("{first} {then}", first=first, then=then), messages)


def _join_tuples(values: dict[str, object]) -> dict[str, object]:
    return {name: ", ".join(map(str, value)) if isinstance(value, tuple) else value for name, value in values.items()}
