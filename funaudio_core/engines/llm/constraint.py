"""Constraints on the form of a reply: a JSON schema, a grammar, or a choice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from funaudio_core.engines.llm.chat_model import ChatMessage, ChatModel, Constraint
from funaudio_core.errors import BadInput, FunAudioError

# No white space of the model's choice, of which a small model would write without end.
_COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
MAX_REASON_CHARACTERS = 300


def match_schema(schema: Mapping[str, Any]) -> Constraint:
    """Return the constraint that a reply is JSON of a schema, written on one line.

    Raises:
        BadInput: The schema is invalid, or llguidance does not support it.
    """
    grammar = f"start: %json {json.dumps({**schema, 'x-guidance': _COMPACT})}"
    return Constraint(_validate(grammar), schema)


def match_grammar(grammar: str) -> Constraint:
    """Return the constraint that a reply matches a grammar in llguidance's variant of Lark, from the rule `start`.

    Raises:
        BadInput: The grammar is invalid.
    """
    return Constraint(_validate(grammar))


def _validate(grammar: str) -> str:
    """Return a grammar; llama.cpp would ignore an invalid one."""
    from llguidance import LLMatcher

    if reason := LLMatcher.validate_grammar(LLMatcher.grammar_from_lark(grammar)):
        raise BadInput(
            "The chat model can't keep to this form: {reason}", reason=reason.strip()[:MAX_REASON_CHARACTERS]
        )
    return grammar


def ask_json(
    model: ChatModel,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    max_tokens: int,
    seed: int | None = None,
) -> Any:  # noqa: ANN401 (JSON)
    """Return the model's reply as JSON of a schema.

    Args:
        model: Writes the reply.
        messages: The chat so far.
        schema: JSON schema. Limit its strings and arrays, so that the reply fits into `max_tokens`.
        max_tokens: Limit of the reply.
        seed: Of the sampling; None for greedy decoding.

    Raises:
        Unsupported: The model can't keep to a constraint.
        FunAudioError: The reply is longer than `max_tokens`.
    """
    reply = "".join(model.generate(messages, max_tokens, seed, match_schema(schema)))
    try:
        return json.loads(reply)
    except ValueError:
        raise FunAudioError(
            "The answer of the chat model was cut off after {count} tokens. Shorten the text and try again.",
            count=max_tokens,
        ) from None


def choose(model: ChatModel, messages: Sequence[ChatMessage], choices: Sequence[str]) -> str:
    """Return the choice with which the model replies, greedily decoded.

    Raises:
        BadInput: There are no choices. For other errors see ask_json().
    """
    if not choices:
        raise BadInput("There is nothing to choose from. Give at least one choice.")
    max_tokens = 1 + max(len(json.dumps(choice)) for choice in choices)  # a token has a character or more
    return str(ask_json(model, messages, {"enum": list(choices)}, max_tokens))
