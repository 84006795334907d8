"""Keeps a voice from breathing and pausing on and on. Knows token ids alone."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

LONGEST = 5  # silent tokens in a row that are heard (CosyVoice 3's value): a fifth of a second


class Silences:
    """Watches one stream of speech tokens; holds its state. A model without silent tokens has an empty set."""

    def __init__(self, silent: AbstractSet[int]) -> None:
        self._silent, self._run = silent, 0

    def heard(self, token: int) -> bool:
        """Whether the next token is to be heard; one more than LONGEST silent ones in a row is not."""
        self._run = self._run + 1 if token in self._silent else 0
        return self._run <= LONGEST
