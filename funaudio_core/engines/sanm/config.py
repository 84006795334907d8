"""The sizes of a FunASR model with a SAN-M encoder and of the rows it reads. Knows neither weights nor sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes. rate: Hz. window, shift: milliseconds of one mel frame. stack, skip: mel frames in and between rows.

    hidden, heads, feed, kernel: of every encoder block. blocks: those before the first final norm, timed: those after.
    """

    rate: int
    mels: int
    window: float
    shift: float
    stack: int
    skip: int
    hidden: int
    heads: int
    feed: int
    kernel: int
    blocks: int
    timed: int

    @property
    def width(self) -> int:
        """Numbers in one row of features."""
        return self.mels * self.stack

    @property
    def row_seconds(self) -> float:
        """Time from one row to the next, seconds."""
        return self.shift * self.skip / 1000
