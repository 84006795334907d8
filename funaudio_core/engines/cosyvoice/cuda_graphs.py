"""Work on a GPU that is recorded once and replayed, which spares launching its hundreds of kernels. Knows torch alone.

By CUDA graphs: a recording reads and writes the same memory each time, and runs as fast as the GPU can. It lasts as
long as its process; where a process is forked for every call, it would be made anew for every call.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")
Record = Callable[[Callable[[], T]], tuple[Callable[[], None], T]]
MOST_SHAPES = 48  # recordings that are kept of one function, those used last

_REPLAYING = threading.RLock()  # until what was replayed is copied: any other recording may write where it lies
_RECORDING = threading.Lock()  # one recording at a time in a process, says torch.cuda.graph
_stream = cache(torch.cuda.Stream)  # where is recorded; a single one, since libraries keep scratch memory for each
_pool = cache(torch.cuda.graph_pool_handle)  # of all recordings: they share memory, for all are replayed in one stream


def recorded(work: Callable[[], T]) -> tuple[Callable[[], None], T]:
    """What does `work` again, and what it returned: tensors that each replay writes anew.

    `work` must read and write nothing but GPU tensors, in an order that depends on no value. It is run once before it
    is recorded, so that libraries set up what can't be; what it writes is lost. What it returned lasts until the next
    replay of any recording.
    """
    stream, now = _stream(), torch.cuda.current_stream()
    with _RECORDING, torch.cuda.stream(stream):
        stream.wait_stream(now)
        work()
        now.wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=_pool(), stream=stream, capture_error_mode="thread_local"):
            result = work()

    def replay() -> None:
        with _REPLAYING:
            graph.replay()

    return replay, result


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """A recording for one set of shapes, its inputs and its output."""

    inputs: tuple[Tensor, ...]
    replay: Callable[[], None]
    output: Tensor


class Replayed:
    """A function of tensors, replayed for shapes that came before: the second time they come it is recorded.

    Shapes that come once cost no recording. Thread-safe: callers take turns, and get a tensor of their own.
    """

    def __init__(self, work: Callable[..., Tensor], record: Record[Tensor] = recorded, most: int = MOST_SHAPES) -> None:
        self._work, self._record, self._most = work, record, most
        self._guard = threading.Lock()
        self._shapes: OrderedDict[tuple[object, ...], _Shape | None] = OrderedDict()

    def __call__(self, *given: Tensor) -> Tensor:
        """What the function gives."""
        key = tuple((part.shape, part.dtype) for part in given)
        with self._guard:
            if key in self._shapes:
                shape = self._shapes[key] or self._recorded(given)
                self._shapes[key] = shape
                self._shapes.move_to_end(key)
                for held, part in zip(shape.inputs, given, strict=True):
                    held.copy_(part)
                with _REPLAYING:
                    shape.replay()
                    return shape.output.clone()
            self._shapes[key] = None
            if len(self._shapes) > self._most:
                self._shapes.popitem(last=False)
        return self._work(*given)

    def _recorded(self, given: tuple[Tensor, ...]) -> _Shape:
        inputs = tuple(part.clone(memory_format=torch.contiguous_format) for part in given)
        replay, output = self._record(lambda: self._work(*inputs))
        return _Shape(inputs, replay, output)
