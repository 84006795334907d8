"""ONNX graphs on CPU threads, with working memory that is freed after each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from funaudio_core.gpu import zerogpu

MAX_UNUSED_BYTES = 2**20  # behind a tensor in the memory of a larger one; more is used for others


class OnnxSession:
    """Graph that is ready to run. Thread-safe: ONNX Runtime allows concurrent runs of one session.

    Attributes:
        input_shapes: Shape of each input by name, in the order of the graph; names stand for sizes that vary.
    """

    def __init__(self, model: Path | bytes, threads: int, *, folds_constants: bool = True) -> None:
        """Load a graph.

        Args:
            model: Path of its file, or its content.
            threads: Threads that work on one run.
            folds_constants: Compute once what depends on no input, and keep it. False saves memory if the graph makes
                large constants of small ones.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_mem_pattern = False  # ONNX Runtime would keep one per input size
        if not zerogpu.is_zerogpu():  # a fork while a thread uses the arena would leave it locked for all sessions
            _register_arena()
            options.add_session_config_entry("session.use_env_allocators", "1")
        source = model if isinstance(model, bytes) else str(model)
        self._session: Any = onnxruntime.InferenceSession(
            source,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=None if folds_constants else ["ConstantFolding"],
        )
        self.input_shapes: dict[str, list[int | str]] = {
            value.name: value.shape for value in self._session.get_inputs()
        }
        self._run_options = onnxruntime.RunOptions()
        # Otherwise the arena keeps what the longest input took, once for each concurrent run.
        self._run_options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def run(self, inputs: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]:
        """Return the named outputs of the graph, by default all."""
        arrays: list[NDArray[Any]] = self._session.run(outputs, inputs, self._run_options)
        return arrays


@cache
def _register_arena() -> None:
    """Give all sessions one arena, whose regions are as large as the tensors in them.

    A region is returned when nothing in it is used. In the arena that each session would have, the size of regions
    doubles, so that an output of a run kept up to 40 MB until the next run of its session.
    """
    import onnxruntime

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    same_as_requested = 1
    configuration = onnxruntime.OrtArenaCfg(
        {"max_mem": 0, "arena_extend_strategy": same_as_requested, "max_dead_bytes_per_chunk": MAX_UNUSED_BYTES}
    )
    onnxruntime.create_and_register_allocator(memory, configuration)
