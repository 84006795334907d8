"""Export of the torch module to an ONNX graph for the CPU, in fp32 or int8.

The machine that uses the graph writes it once; afterwards neither torch nor the exporter is needed.
"""

from __future__ import annotations

import logging
import platform
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core.engines.sensevoice.prompt import PROMPT_ROWS, prompt_rows
from funaudio_core.engines.sensevoice.runtime import INPUT_NAMES, Float, Int, OnnxRuntime

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoiceModel

VERSION = 1  # part of the name of the written file: increase it whenever this module writes something else
OPSET = 23  # the first with an Attention node, which ONNX Runtime computes as one kernel
MAX_FP32_ERROR = 1e-3  # largest difference of a logit between the fp32 graph and torch; 6e-6 was measured
# Root mean square difference between the logits of int8 and fp32, divided by the standard deviation of the latter.
# Random weights at full size give .03; products that overflow give more than 1.
MAX_INT8_ERROR = 0.3
_TEST_ROWS = (24, 40)  # of the two clips that a graph is tested on


def write_fp32(model: SenseVoiceModel, target: Path) -> None:
    """Write the graph of a model, for batches and clips of any size.

    Raises:
        RuntimeError: The graph's logits differ from the model's.
    """
    import torch

    inputs = tuple(map(torch.from_numpy, _test_inputs(model.queries.embedding_dim)))
    dynamic = torch.export.Dim.DYNAMIC
    with torch.inference_mode(), _suppress_warnings():
        program = torch.onnx.export(
            model,
            inputs,
            input_names=list(INPUT_NAMES),
            output_names=["logits"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
            dynamic_shapes={"features": {0: dynamic, 1: dynamic}, "lengths": {0: dynamic}, "queries": {0: dynamic}},
        )
        if program is None:
            raise RuntimeError("torch.onnx.export gave no program.")
        program.save(str(target))
        expected = model(*inputs).numpy()
    error = np.abs(_without_padding(_run(target)) - _without_padding(expected)).max()
    if not error <= MAX_FP32_ERROR:
        raise RuntimeError(f"The exported graph differs from the model by {error:.2g}; {MAX_FP32_ERROR:g} is the most.")


def write_int8(fp32: Path, target: Path) -> None:
    """Write the fp32 graph with the weights of each MatMul in 8 bits, one scale per column.

    Only for processors of which has_fast_int8() is true.

    Raises:
        RuntimeError: The logits are far from those of fp32.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _suppress_warnings():
        quantize_dynamic(fp32, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    expected = _without_padding(_run(fp32))
    error = float(np.sqrt(np.mean((_without_padding(_run(target)) - expected) ** 2)) / expected.std())
    if not error <= MAX_INT8_ERROR:
        raise RuntimeError(f"The int8 graph is {error:.2g} away from fp32; {MAX_INT8_ERROR:g} is the most.")


def has_fast_int8() -> bool:
    """Return whether this processor multiplies signed bytes exactly and fast: x86 with VNNI, or ARM.

    Other x86 processors add the products in 16 bits, where they overflow. Unsigned weights don't, but take as long as
    fp32 (measured: .33 CPU-s against .25 for 3.5 s of audio).
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    cpu_info = Path("/proc/cpuinfo")
    return cpu_info.exists() and re.search(r"\bavx(512)?_vnni\b", cpu_info.read_text()) is not None


def _test_inputs(row_size: int) -> tuple[Float, Int, Int]:
    """Return the graph's inputs for two clips of noise, one of them padded."""
    features = np.random.default_rng(0).normal(size=(2, max(_TEST_ROWS), row_size)).astype(np.float32)
    return features, np.array(_TEST_ROWS), np.array([prompt_rows(None, True), prompt_rows("en", False)])


def _run(path: Path) -> Float:
    runtime = OnnxRuntime(path, threads=1)
    return runtime.logits(*_test_inputs(runtime.row_size))


def _without_padding(logits: Float) -> Float:
    """Return the rows of both test clips, concatenated."""
    return np.concatenate([clip[: rows + PROMPT_ROWS] for clip, rows in zip(logits, _TEST_ROWS, strict=True)])


@contextmanager
def _suppress_warnings() -> Iterator[None]:
    """Suppress warnings of exporter and quantizer for developers: deprecations inside torch, absent torchvision."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logging.disable(level)
