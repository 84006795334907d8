"""Decode state: what a batch carries from one step of the language model to the next.

A state is created for one request, or comes from a DecodeStatePool, whose steps are captured as CUDA graphs. Nobody
has measured the pool on a GPU yet.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.cosyvoice.lm import KVCache, SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import UNIFORMS_PER_TOKEN, WINDOW_TOKENS, mask_logits, sample

MIN_POSITIONS = 512  # of a pooled state; larger ones have this times a power of two
MAX_IDLE = 4  # pooled states that wait for a request: 100 MB each at 8 rows of 1,024 positions in bfloat16


class DecodeState:
    """Decode state of a batch. All tensors that a step reads and writes stay in place, so that it can be captured.

    Holds the state of one request at a time.

    Attributes:
        rows: Batch size.
        uniforms: Uniform numbers of the next step, float32 (rows, UNIFORMS_PER_TOKEN); set them before each step.
        nan_probe: float32 (rows,), NaN once a logit of the row was NaN.
    """

    def __init__(self, model: SpeechLanguageModel, rows: int, capacity: int) -> None:
        """Allocate a state.

        Args:
            model: The language model.
            rows: Batch size.
            capacity: Positions of the KV cache.
        """
        weight = model.head.weight
        self.rows = rows
        self.uniforms = torch.zeros(rows, UNIFORMS_PER_TOKEN, device=weight.device)
        self.nan_probe = torch.zeros(rows, device=weight.device)
        self._model, self._cache = model, KVCache(model.config, rows, capacity, weight)
        self._recent = torch.zeros(rows, WINDOW_TOKENS, dtype=torch.long, device=weight.device)
        self._position, self._min_tokens = (torch.zeros(rows, dtype=torch.long, device=weight.device) for _ in range(2))

    @property
    def last_tokens(self) -> Tensor:
        """Tokens sampled last, int64 (rows,)."""
        return self._recent[:, -1]

    def prefill(self, prefixes: Sequence[Tensor], min_tokens: Sequence[int]) -> None:
        """Process a prefix (length, hidden) per row and sample the first tokens.

        Args:
            prefixes: Embedded rows.
            min_tokens: Tokens of each row before it may end.
        """
        self._position.copy_(torch.tensor([len(prefix) for prefix in prefixes]))
        self._min_tokens.copy_(torch.tensor(min_tokens))
        self._recent.fill_(-1)
        self.nan_probe.zero_()
        self._sample(self._model.prefill(prefixes, self._cache))

    def step(self, kv_length: int) -> None:
        """Process the tokens sampled last and sample the next; kv_length: see SpeechLanguageModel.forward()."""
        logits = self._model.step(self.last_tokens, self._position, self._cache, kv_length)
        self._position += 1
        self._sample(logits)

    def _sample(self, logits: Tensor) -> None:
        self.nan_probe += logits.sum(dim=1)
        config = self._model.config
        tokens = sample(
            mask_logits(logits, config.eos_token_id, self._min_tokens <= 0, config), self._recent, self.uniforms
        )
        self._recent.copy_(torch.cat([self._recent[:, 1:], tokens[:, None]], dim=1))
        self._min_tokens -= 1


AcquiredState = tuple[DecodeState, Callable[[int], None]]  # a state, and its step function of kv_length
# Provides a state for a model with at least so many rows and positions.
Acquire = Callable[[SpeechLanguageModel, int, int], AbstractContextManager[AcquiredState]]
_Size = tuple[SpeechLanguageModel, int, int]  # model, rows, positions


@contextmanager
def new_state(model: SpeechLanguageModel, rows: int, positions: int) -> Iterator[AcquiredState]:
    """Yield a state for one request."""
    state = DecodeState(model, rows, positions)
    yield state, state.step


class DecodeStatePool:
    """Decode states of a few sizes on a GPU, each with a captured step, used by one request at a time. Thread-safe."""

    def __init__(self, capture: cuda_graphs.CaptureFunction[None] = cuda_graphs.capture) -> None:
        """Set how steps are captured; tests replace it."""
        self._capture = capture
        self._lock = threading.Lock()
        self._idle: list[tuple[_Size, DecodeState, Callable[[], None]]] = []  # the last used is the last

    @contextmanager
    def acquire(self, model: SpeechLanguageModel, rows: int, positions: int) -> Iterator[AcquiredState]:
        """Yield an idle or new state of the next larger size.

        A state with a NaN is not used again, since its cache would keep it.
        """
        size = (model, _size_class(1, rows), _size_class(MIN_POSITIONS, positions))
        state, replay = self._pop_idle(size) or self._create(size)
        usable = True
        try:
            yield state, lambda _reach: replay()
        except (ArithmeticError, RuntimeError):
            usable = False
            raise
        finally:
            if usable and not bool(state.nan_probe.isnan().any()):  # the caller may have stopped before it checked
                with self._lock:
                    self._idle = [*self._idle, (size, state, replay)][-MAX_IDLE:]

    def _pop_idle(self, size: _Size) -> tuple[DecodeState, Callable[[], None]] | None:
        with self._lock:
            for index, (idle_size, state, replay) in enumerate(self._idle):
                if idle_size == size:
                    del self._idle[index]
                    return state, replay
        return None

    def _create(self, size: _Size) -> tuple[DecodeState, Callable[[], None]]:
        model, rows, positions = size
        state = DecodeState(model, rows, positions)
        replay, _ = self._capture(lambda: state.step(positions))
        return state, replay


def _size_class(minimum: int, needed: int) -> int:
    """Return the first of minimum, 2 * minimum, 4 * minimum, … that is at least `needed`."""
    return minimum << max(0, -(-needed // minimum) - 1).bit_length()
