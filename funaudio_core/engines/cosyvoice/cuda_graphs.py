"""CUDA graphs: GPU work that is captured once and replayed, which saves launching hundreds of kernels.

A graph reads and writes the same memory each time and lasts as long as its process; a process that is forked for
every call would have to capture anew. Nobody has measured the gain on a GPU yet.
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
CaptureFunction = Callable[[Callable[[], T]], tuple[Callable[[], None], T]]
MAX_GRAPHS = 48  # of one function; the least recently used goes first

# Graphs share memory, so a replay overwrites the outputs of others: hold this lock until the output is copied.
_REPLAYING = threading.RLock()
_CAPTURING = threading.Lock()  # torch.cuda.graph allows one capture at a time in a process
_stream = cache(torch.cuda.Stream)  # a single one for all captures, since libraries keep scratch memory per stream
_pool = cache(torch.cuda.graph_pool_handle)  # shared by all graphs


def capture(work: Callable[[], T]) -> tuple[Callable[[], None], T]:
    """Capture `work` as a CUDA graph.

    Args:
        work: Must touch GPU tensors only and must not branch on their values. It runs once before the capture, so that
            libraries can initialise themselves; the results of that run are discarded.

    Returns:
        A function that replays the graph, and what `work` returned: tensors that each replay overwrites. They are valid
        until the next replay of any graph.
    """
    stream, current = _stream(), torch.cuda.current_stream()
    with _CAPTURING, torch.cuda.stream(stream):
        stream.wait_stream(current)
        work()
        current.wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=_pool(), stream=stream, capture_error_mode="thread_local"):
            result = work()

    def replay() -> None:
        with _REPLAYING:
            graph.replay()

    return replay, result


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Graph of one set of input shapes, with its input and output tensors."""

    inputs: tuple[Tensor, ...]
    replay: Callable[[], None]
    output: Tensor


class GraphCache:
    """Function of tensors that is captured for each set of input shapes, the second time they occur, and then replayed.

    Thread-safe: callers take turns, and each gets its own copy of the output.
    """

    def __init__(
        self, work: Callable[..., Tensor], capture: CaptureFunction[Tensor] = capture, max_graphs: int = MAX_GRAPHS
    ) -> None:
        """Wrap a function.

        Args:
            work: The function; see capture() for its limits.
            capture: How to capture; tests replace it.
            max_graphs: Number of graphs to keep.
        """
        self._work, self._capture, self._max_graphs = work, capture, max_graphs
        self._lock = threading.Lock()
        self._shapes: OrderedDict[tuple[object, ...], _Shape | None] = OrderedDict()

    def __call__(self, *tensors: Tensor) -> Tensor:
        """Return the function's output for these tensors."""
        key = tuple((tensor.shape, tensor.dtype) for tensor in tensors)
        with self._lock:
            if key in self._shapes:
                shape = self._shapes[key] or self._capture_shape(tensors)
                self._shapes[key] = shape
                self._shapes.move_to_end(key)
                for buffer, tensor in zip(shape.inputs, tensors, strict=True):
                    buffer.copy_(tensor)
                with _REPLAYING:
                    shape.replay()
                    return shape.output.clone()
            self._shapes[key] = None
            if len(self._shapes) > self._max_graphs:
                self._shapes.popitem(last=False)
        return self._work(*tensors)

    def _capture_shape(self, tensors: tuple[Tensor, ...]) -> _Shape:
        inputs = tuple(tensor.clone(memory_format=torch.contiguous_format) for tensor in tensors)
        replay, output = self._capture(lambda: self._work(*inputs))
        return _Shape(inputs, replay, output)
