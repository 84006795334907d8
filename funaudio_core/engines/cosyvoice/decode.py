"""Text and a prompt to speech tokens, a few steps at a time, several pieces at once. Knows neither words nor sound.

Rows of a batch differ in length and are drawn from generators of their own, so each piece says what it says alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.decode_state import Acquire, fresh
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import Chances
from funaudio_core.engines.cosyvoice.silence_filter import Silences
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation

LEAST, MOST = 2, 20  # speech tokens for one of text: none may end sooner, none goes on longer (CosyVoice's ratios)


@dataclass(frozen=True, slots=True)
class Piece:
    """What one run of the model goes on from, as ids.

    prompt: a transcript or an instruction, with its marks. text: what is to be spoken. speech: the tokens of the clip
    whose transcript the prompt is; () for none. seed: of the draws.
    """

    text: tuple[int, ...]
    prompt: tuple[int, ...] = ()
    speech: tuple[int, ...] = ()
    seed: int = 0


class _Row:
    """One piece on its way: what it has said, until its end token or its greatest length."""

    def __init__(self, piece: Piece, layout: LMConfig, silences: AbstractSet[int]) -> None:
        self.done = False
        self._end, self._left = layout.end, MOST * len(piece.text)
        self._silences = Silences(silences)

    def take(self, drawn: Sequence[int]) -> tuple[int, ...]:
        """The tokens to be heard among those that were drawn, in order; none after the end."""
        kept = []
        for token in drawn:
            if self.done or token == self._end:
                self.done = True
                break
            self._left -= 1
            self.done = self._left == 0
            if self._silences.heard(token):
                kept.append(token)
        return tuple(kept)


@torch.inference_mode()
def stream(
    model: SpeechLanguageModel,
    pieces: Sequence[Piece],
    silences: AbstractSet[int] = frozenset(),
    every: int = 1,
    lend: Acquire = fresh,
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """The tokens of each piece as they are drawn, in [0, codes): `every` steps at a time until all ended.

    silences: tokens of which no run is longer than silences.LONGEST. every: steps between two looks at what was drawn;
    more than one spares an accelerator the waiting. lend: where the state comes from, see walk. Raises BadInput for a
    piece without text or too long for the model, ArithmeticError see require_numbers(), stopping.Stopped between two
    looks where nobody waits any more. Thread-safe: all state is in the iterator.
    """
    layout = model.layout
    prefixes = [model.prefix((*piece.prompt, *piece.text), piece.speech) for piece in pieces]
    _check(pieces, prefixes, layout)
    rows = [_Row(piece, layout, silences) for piece in pieces]
    chances = [Chances(piece.seed) for piece in pieces]
    steps = max(MOST * len(piece.text) for piece in pieces)
    longest = max(map(len, prefixes))
    with lend(model, len(pieces), longest + steps) as (walk, step):
        spare = walk.rows - len(pieces)  # rows that say anything, and nobody listens
        least = [LEAST * len(piece.text) for piece in pieces]
        for begin in range(0, steps, every):
            cancellation.raise_if_cancelled()
            chance = torch.stack([row.next(every) for row in chances], dim=1).to(walk.chance.device)
            drawn = []
            for place in range(begin, min(begin + every, steps)):
                walk.chance[: len(pieces)] = chance[place - begin]
                if place:
                    step(longest + place)
                else:
                    walk.begin([*prefixes, *prefixes[:1] * spare], [*least, *[0] * spare])
                drawn.append(walk.token.clone())
            heard = torch.stack(drawn, dim=1).tolist()
            require_numbers(walk.doubtful[: len(pieces)])
            yield tuple(row.take(said) for row, said in zip(rows, heard, strict=False))
            if all(row.done for row in rows):
                return


def tokens(
    model: SpeechLanguageModel,
    pieces: Sequence[Piece],
    silences: AbstractSet[int] = frozenset(),
    every: int = 1,
    lend: Acquire = fresh,
) -> list[tuple[int, ...]]:
    """All tokens of each piece; see stream()."""
    reads = list(stream(model, pieces, silences, every, lend))
    return [tuple(token for read in reads for token in read[index]) for index in range(len(pieces))]


def require_numbers(logits: Tensor) -> None:
    """Raises ArithmeticError where a logit is not a number, as half precision may bring about: draws mean nothing."""
    if bool(logits.isnan().any()):
        raise ArithmeticError("The language model produced NaN values. Use a wider dtype.")


def _check(pieces: Sequence[Piece], prefixes: Sequence[Tensor], layout: LMConfig) -> None:
    for piece, prefix in zip(pieces, prefixes, strict=True):
        if not piece.text:
            raise BadInput("There is no text to speak. Enter some text first.")
        if len(prefix) + MOST * len(piece.text) > layout.longest:
            raise BadInput(
                "Text and prompt are too long ({count:,} tokens; the limit of CosyVoice is {most:,}). Shorten them.",
                count=len(prefix) + MOST * len(piece.text),
                most=layout.longest,
            )
