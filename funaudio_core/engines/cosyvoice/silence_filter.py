"""Limit on consecutive silent speech tokens."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

MAX_SILENT_TOKENS = 5  # in a row, a fifth of a second; CosyVoice 3's value


class SilenceFilter:
    """Filter of one stream of speech tokens that drops long runs of silent tokens. Stateful."""

    def __init__(self, silent: AbstractSet[int]) -> None:
        """Set the ids of the silent tokens; an empty set keeps everything."""
        self._silent, self._run = silent, 0

    def keeps(self, token: int) -> bool:
        """Return whether to keep the next token: not if it is silent and follows MAX_SILENT_TOKENS silent ones."""
        self._run = self._run + 1 if token in self._silent else 0
        return self._run <= MAX_SILENT_TOKENS
