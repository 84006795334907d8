"""English for people that remembers how it was made, so that a page can say it in another language. Knows no other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Self


class Message(str):
    """A sentence or a word for people: a template of ours with values in it. As a string it is its English.

    template: as str.format reads it; without values it stands as it is. Whatever came from outside is a value, never
    part of a template. A value that is a Phrase is said in the other language too; a tuple is a list of such words.
    """

    template: str
    values: dict[str, object]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fill the template. Raises KeyError where a value is missing."""
        message = super().__new__(cls, template.format(**_join_tuples(values)) if values else template)
        message.template, message.values = template, values
        return message


def join_messages(messages: Sequence[str]) -> str:
    """Several phrases, one after the other; at least one."""
    return reduce(lambda first, then: Message("{first} {then}", first=first, then=then), messages)


def _join_tuples(values: dict[str, object]) -> dict[str, object]:
    return {name: ", ".join(map(str, value)) if isinstance(value, tuple) else value for name, value in values.items()}
