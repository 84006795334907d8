"""Text that is rewritten step by step while each character keeps its place in the original."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Replacement = Callable[[re.Match[str]], str | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """Rewriting rule.

    Attributes:
        pattern: Text that the rule rewrites.
        replace: Returns the spoken form of a match, or None to leave it as it is.
        pads: Put spaces between the spoken form and letters or digits beside it.
    """

    pattern: re.Pattern[str]
    replace: Replacement
    pads: bool = True


def rule(pattern: str, replacement: str | Replacement, flags: int = 0, *, pads: bool = True) -> Rule:
    """Return a rule; a fixed replacement may refer to groups of the pattern."""
    if callable(replacement):
        return Rule(re.compile(pattern, flags), replacement, pads)
    template = replacement
    return Rule(re.compile(pattern, flags), lambda match: match.expand(template), pads)


class AlignedText:
    """Text with the place of each of its characters in the text it was made from."""

    def __init__(self, written: str) -> None:
        """Start with the text as written."""
        self.written = written
        self.text = written
        self._starts = list(range(len(written)))
        self._ends = list(range(1, len(written) + 1))

    def apply(self, *rules: Rule) -> None:
        """Rewrite all matches of the rules, one rule after the other."""
        for step in rules:
            self._apply(step)

    def _apply(self, step: Rule) -> None:
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for match in step.pattern.finditer(self.text):
            new = step.replace(match)
            start, end = match.span()
            if new is None or new == match.group() or start == end:
                continue
            if step.pads:
                new = _pad(new, self.text[start - 1 : start], self.text[end : end + 1])
            parts += (self.text[position:start], new)
            starts += self._starts[position:start] + [self._starts[start]] * len(new)
            ends += self._ends[position:start] + [self._ends[end - 1]] * len(new)
            position = end
        if position:
            self.text = "".join(parts) + self.text[position:]
            self._starts = starts + self._starts[position:]
            self._ends = ends + self._ends[position:]

    def replace_span(self, start: int, end: int, new: str) -> None:
        """Replace the characters from `start` to `end` of the current text."""
        self.text = self.text[:start] + new + self.text[end:]
        first, last = self._starts[start], self._ends[end - 1]
        self._starts[start:end] = [first] * len(new)
        self._ends[start:end] = [last] * len(new)

    def replace_characters(self, text: str) -> None:
        """Replace the current text by one of the same length, character by character."""
        self.text = text

    def find(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the span of the current text that the written characters from `start` to `end` became.

        None if they became nothing, or if a rule has joined them with characters beside them.
        """
        made = [i for i in range(len(self.text)) if self._starts[i] < end and self._ends[i] > start]
        if not made or self._starts[made[0]] < start or self._ends[made[-1]] > end:
            return None
        return made[0], made[-1] + 1

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the written text that the characters from `start` to `end`, at least one, stand for."""
        return min(self._starts[start:end]), max(self._ends[start:end])


def _pad(new: str, before: str, after: str) -> str:
    """Return the text with spaces where it would run into a letter or digit beside it."""
    if new and before.isalnum() and new[0].isalnum():
        new = " " + new
    if new and after.isalnum() and new[-1].isalnum():
        new += " "
    return new


def rewriter(rules: tuple[Rule, ...]) -> Callable[[AlignedText], None]:
    """Return a function that rewrites a text with the rules, one after the other."""
    return lambda text: text.apply(*rules)
