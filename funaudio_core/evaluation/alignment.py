"""Alignment of a hypothesis with its reference, token by token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Self

from rapidfuzz.distance import Levenshtein


class Kind(Enum):
    """Kind of an alignment step; the values are those of rapidfuzz."""

    EQUAL = "equal"
    SUBSTITUTION = "replace"
    DELETION = "delete"
    INSERTION = "insert"


@dataclass(frozen=True, slots=True)
class Step:
    """Pair of aligned tokens; `reference` is "" for an insertion, `hypothesis` for a deletion."""

    kind: Kind
    reference: str
    hypothesis: str


@dataclass(frozen=True, slots=True)
class ErrorCounts:
    """Number of steps by kind."""

    equal: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @classmethod
    def of(cls, steps: Iterable[Step]) -> Self:
        """Count the steps of an alignment."""
        kinds = Counter(step.kind for step in steps)
        return cls(kinds[Kind.EQUAL], kinds[Kind.SUBSTITUTION], kinds[Kind.DELETION], kinds[Kind.INSERTION])

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        """Return the sums."""
        return ErrorCounts(
            self.equal + other.equal,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )

    @property
    def errors(self) -> int:
        """Return the number of substitutions, deletions and insertions."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_tokens(self) -> int:
        """Return the number of tokens of the reference."""
        return self.equal + self.substitutions + self.deletions

    @property
    def rate(self) -> float:
        """Return the errors per token of the reference; 0 for an empty reference, as compute-wer does."""
        return self.errors / self.reference_tokens if self.reference_tokens else 0.0


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Step, ...]:
    """Return an alignment with the fewest errors."""
    steps: list[Step] = []
    for step in Levenshtein.opcodes(reference, hypothesis):
        expected = reference[step.src_start : step.src_end]
        heard = hypothesis[step.dest_start : step.dest_end]
        blanks = [""] * max(len(expected), len(heard))
        pairs = zip(expected or blanks, heard or blanks, strict=True)
        steps += [Step(Kind(step.tag), *pair) for pair in pairs]
    return tuple(steps)
