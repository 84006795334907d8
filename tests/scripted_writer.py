"""Scripted chat model in place of a real one: it answers with given texts and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from funaudio_core.engines import registry
from funaudio_core.engines.llm import CHAT_CAPABILITIES, ChatMessage, Constraint, PromptedChatbot

NAME = "scripted-writer"
LANGUAGES = frozenset({"en", "zh"})
Answer = Callable[[dict[str, Any], Sequence[ChatMessage]], str]  # JSON schema and messages → text


@dataclass
class ScriptedModel:
    """Chat model whose answers a function writes.

    Attributes:
        answer: Writes the answer to a request.
        asked: Messages of each request.
    """

    answer: Answer
    asked: list[Sequence[ChatMessage]] = field(default_factory=list)

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Return the number of words."""
        return sum(len(message.text.split()) for message in messages)

    def generate(
        self,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        seed: int | None,
        constraint: Constraint | None = None,
    ) -> Iterator[str]:
        """Yield the answer in two pieces, at most about `max_tokens` tokens."""
        self.asked.append(messages)
        schema = dict(constraint.schema or {}) if constraint else {}
        text = self.answer(schema, messages)[: 8 * max_tokens]
        yield text[: len(text) // 2]
        yield text[len(text) // 2 :]


def always(value: Any) -> Answer:
    """Return an answer that is the same whatever was asked: a text, or a value as JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return lambda _schema, _messages: text


def install(monkeypatch: pytest.MonkeyPatch, answer: Answer, tier: str = "lite") -> ScriptedModel:
    """Offer a scripted chat model called NAME. tier: Models of the lite tier may not retell a source."""
    model = ScriptedModel(answer)
    spec = replace(
        registry.CHATBOTS["smollm2-135m"],
        name=NAME,
        title="Scripted writer",
        tier=tier,
        languages=LANGUAGES,
        load=lambda: PromptedChatbot(model, NAME, LANGUAGES),
        capabilities=CHAT_CAPABILITIES,
        artifacts=(),
        prepare=None,
    )
    monkeypatch.setitem(registry.CHATBOTS, NAME, spec)
    return model
