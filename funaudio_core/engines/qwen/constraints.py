"""Constraints on the tokens of a reply, by llguidance."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from funaudio_core.engines.llm.chat_model import Constraint

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast

SILENT = 0  # log level of llguidance


class TokenMask:
    """Tokens of one reply that its constraint allows."""

    def __init__(self, matcher: LLMatcher) -> None:
        """Start before the first token."""
        self._matcher = matcher

    def apply(self, logits: Tensor) -> Tensor:
        """Return logits, float32 (vocabulary,), with those of tokens that may not follow set to minus infinity."""
        import torch

        bias = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
        return logits.masked_fill((bias == 0).to(logits.device), float("-inf"))

    def accept(self, token: int) -> None:
        """Add a token that apply() allowed."""
        self._matcher.consume_token(token)


class TokenConstraints:
    """Constraints for the vocabulary of one model. Thread-safe."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, vocabulary_size: int, eos_ids: Sequence[int]) -> None:
        """Set the vocabulary.

        Args:
            tokenizer: The model's tokenizer.
            vocabulary_size: Number of logits, which may exceed the number of tokens.
            eos_ids: Tokens that end a reply.
        """
        self._hub_tokenizer, self._vocabulary_size, self._eos_ids = tokenizer, vocabulary_size, list(eos_ids)
        self._lock = threading.Lock()

    @cached_property
    def _tokenizer(self) -> LLTokenizer:
        from llguidance import hf

        return hf.from_tokenizer(self._hub_tokenizer, n_vocab=self._vocabulary_size, eos_token=self._eos_ids)

    def start(self, constraint: Constraint | None) -> TokenMask | None:
        """Return the mask of a new reply; None without a constraint."""
        if constraint is None:
            return None
        from llguidance import LLMatcher

        with self._lock:  # the first call builds the tokenizer, in about a second
            tokenizer = self._tokenizer
        return TokenMask(LLMatcher(tokenizer, LLMatcher.grammar_from_lark(constraint.grammar), log_level=SILENT))
