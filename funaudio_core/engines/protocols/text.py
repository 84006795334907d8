"""Protocols of the engines that write: chat and translation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Protocol

from funaudio_core.errors import Unsupported
from funaudio_core.languages import display_name
from funaudio_core.types import Conversation, ReplyStyle


class Chatbot(Protocol):
    """Partner in a conversation."""

    def reply(self, conversation: Conversation) -> Iterator[ReplyStyle | str]:
        """Yield the text of the reply in pieces, as they are written.

        A chatbot with the capability "delivery" may yield a ReplyStyle first.
        """
        ...


@dataclass(frozen=True, slots=True)
class TranslationContext:
    """Terms and sentences that a translation should be consistent with.

    Attributes:
        glossary: Terms with their translations (capability "glossary").
        previous: Preceding texts with their translations, in order (capability "incremental").
    """

    glossary: tuple[tuple[str, str], ...] = ()
    previous: tuple[tuple[str, str], ...] = ()


NO_CONTEXT = TranslationContext()


class Translator(Protocol):
    """Text translation.

    Capabilities: "glossary"; "incremental": suited for texts that arrive sentence by sentence; "fluent": translates a
    transcript better than a recognizer translates speech; "all-pairs": between any two of its languages, so that its
    directions are known before it is loaded.
    """

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:
        """Translate a text.

        Raises:
            Unsupported: The direction or the context is not supported; the message has the reason.
        """
        ...

    def directions(self) -> frozenset[tuple[str, str]]:
        """Return each (source, target) pair that is available now."""
        ...


ALL_PAIRS = "all-pairs"


class UnloadedTranslator:
    """Directions of a translator that are known before it is loaded; it cannot translate."""

    def __init__(
        self, title: str, languages: frozenset[str], directions: frozenset[tuple[str, str]] | None = None
    ) -> None:
        """Set the translator's directions.

        Args:
            title: Its name in errors.
            languages: Codes of its languages.
            directions: Each (source, target); None for all pairs of its languages.
        """
        self.title, self.languages = title, languages
        self._directions = frozenset(permutations(languages, 2)) if directions is None else directions

    def directions(self) -> frozenset[tuple[str, str]]:
        """Return each (source, target)."""
        return self._directions

    def translate(self, text: str, source: str, target: str, context: TranslationContext = NO_CONTEXT) -> str:  # noqa: ARG002
        """Raise Unsupported."""
        raise Unsupported(
            "{who} doesn't translate from {source} to {target}.",
            who=self.title,
            source=display_name(source),
            target=display_name(target),
        )
