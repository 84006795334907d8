"""A batch of pieces on its way through the language model, one drawn token a row and step. Knows no text.

Where a walk comes from is the caller's choice: made for the occasion, or lent by Walks, whose steps are recorded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.cosyvoice.lm import Cache, SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import DRAWS, MEMORY, allowed, draw

MIN_POSITIONS = 512  # places of a walk that is lent; others have twice as many, four times and so on
MAX_IDLE = 4  # walks that wait to be lent: 100 MB each at 8 rows of 1,024 places in bfloat16


class DecodeState:
    """All that a step reads and writes are tensors that stay where they are, so that it can be recorded.

    Holds the state of one request at a time. chance: float32 (rows, DRAWS), to be set before each draw. token: int64
    (rows,), those drawn last. doubtful: float32 (rows,), no numbers where a logit was none.
    """

    def __init__(self, model: SpeechLanguageModel, rows: int, places: int) -> None:
        weight = model.head.weight
        self.rows = rows
        self.chance = torch.zeros(rows, DRAWS, device=weight.device)
        self.doubtful = torch.zeros(rows, device=weight.device)
        self._model, self._cache = model, Cache(model.layout, rows, places, weight)
        self._recent = torch.zeros(rows, MEMORY, dtype=torch.long, device=weight.device)
        self._place, self._least = (torch.zeros(rows, dtype=torch.long, device=weight.device) for _ in range(2))

    @property
    def token(self) -> Tensor:
        """See the class."""
        return self._recent[:, -1]

    def begin(self, prefixes: Sequence[Tensor], least: Sequence[int]) -> None:
        """Read a prefix (length, hidden) a row and draw the first token. least: tokens before a row may end."""
        self._place.copy_(torch.tensor([len(prefix) for prefix in prefixes]))
        self._least.copy_(torch.tensor(least))
        self._recent.fill_(-1)
        self.doubtful.zero_()
        self._draw(self._model.prefill(prefixes, self._cache))

    def step(self, reach: int) -> None:
        """Read the token drawn last and draw the next one. reach: see SpeechLanguageModel.forward()."""
        logits = self._model.step(self.token, self._place, self._cache, reach)
        self._place += 1
        self._draw(logits)

    def _draw(self, logits: Tensor) -> None:
        self.doubtful += logits.sum(dim=1)
        layout = self._model.layout
        token = draw(allowed(logits, layout.end, self._least <= 0, layout), self._recent, self.chance)
        self._recent.copy_(torch.cat([self._recent[:, 1:], token[:, None]], dim=1))
        self._least -= 1


AcquiredState = tuple[
    DecodeState, Callable[[int], None]
]  # a walk with at least so many rows and places, and what steps it
Acquire = Callable[[SpeechLanguageModel, int, int], AbstractContextManager[AcquiredState]]
_Size = tuple[SpeechLanguageModel, int, int]  # of what, rows, places


@contextmanager
def fresh(model: SpeechLanguageModel, rows: int, places: int) -> Iterator[AcquiredState]:
    """A walk of that size for one request."""
    walk = DecodeState(model, rows, places)
    yield walk, walk.step


class DecodeStatePool:
    """Walks of a few sizes on a GPU, each with a recording of its step, lent to one request at a time. Thread-safe."""

    def __init__(self, record: cuda_graphs.Record[None] = cuda_graphs.recorded) -> None:
        self._record = record
        self._guard = threading.Lock()
        self._idle: list[tuple[_Size, DecodeState, Callable[[], None]]] = []  # used last stands last

    @contextmanager
    def acquire(self, model: SpeechLanguageModel, rows: int, places: int) -> Iterator[AcquiredState]:
        """A walk of the next larger size. One that computed what is no number is not lent again: it would last."""
        size = (model, _doubled(1, rows), _doubled(MIN_POSITIONS, places))
        walk, replay = self._waiting(size) or self._made(size)
        usable = True
        try:
            yield walk, lambda _reach: replay()
        except (ArithmeticError, RuntimeError):
            usable = False
            raise
        finally:
            if usable and not bool(walk.doubtful.isnan().any()):  # nobody may have asked before it was left
                with self._guard:
                    self._idle = [*self._idle, (size, walk, replay)][-MAX_IDLE:]

    def _waiting(self, size: _Size) -> tuple[DecodeState, Callable[[], None]] | None:
        with self._guard:
            for place, (held, walk, replay) in enumerate(self._idle):
                if held == size:
                    del self._idle[place]
                    return walk, replay
        return None

    def _made(self, size: _Size) -> tuple[DecodeState, Callable[[], None]]:
        model, rows, places = size
        walk = DecodeState(model, rows, places)
        replay, _ = self._record(lambda: walk.step(places))
        return walk, replay


def _doubled(least: int, wanted: int) -> int:
    """The first of `least`, twice that, four times that, … that is enough."""
    return least << max(0, -(-wanted // least) - 1).bit_length()
