"""The torch module as an ONNX graph for the CPU, fp32 or int8, written once on the machine that uses it.

Knows nothing of sound or text. torch and the exporter are needed here and never again once the file is there.
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

from funaudio_core.engines.sensevoice import prompt_rows
from funaudio_core.engines.sensevoice.runtime import INPUTS, Float, Int, OnnxRuntime

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoice

VERSION = 1  # part of the derived file's name: raise it whenever this file writes something else
OPSET = 23  # the first with an Attention node, which ONNX Runtime computes in one piece
FAITHFUL = 1e-3  # largest difference of a logit between the fp32 graph and torch; 6e-6 was measured
# Root of the mean square difference of the int8 graph's logits against those of fp32, over their standard deviation.
# Random weights at full size give .03; products that overflow give more than 1.
USABLE = 0.3
_ROWS = (24, 40)  # of the two clips that the graph is tried on


def write_fp32(model: SenseVoice, target: Path) -> None:
    """The graph of `model` at `target`; batch and time may be of any size. Raises RuntimeError where it disagrees."""
    import torch

    inputs = tuple(map(torch.from_numpy, _trial(model.queries.embedding_dim)))
    free = torch.export.Dim.DYNAMIC
    with torch.inference_mode(), _quiet():
        program = torch.onnx.export(
            model,
            inputs,
            input_names=list(INPUTS),
            output_names=["logits"],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
            dynamic_shapes={"features": {0: free, 1: free}, "lengths": {0: free}, "queries": {0: free}},
        )
        if program is None:
            raise RuntimeError("torch.onnx.export gave no program.")
        program.save(str(target))
        expected = model(*inputs).numpy()
    error = np.abs(_valid(_run(target)) - _valid(expected)).max()
    if not error <= FAITHFUL:
        raise RuntimeError(f"The exported graph differs from the model by {error:.2g}; {FAITHFUL:g} is the most.")


def write_int8(exact: Path, target: Path) -> None:
    """The fp32 graph `exact` with the weights of every MatMul in 8 bits, one scale a column; the rest as it was.

    Only for processors of which has_int8() is true. Raises RuntimeError where the outcome is far from fp32.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet():
        quantize_dynamic(exact, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    expected = _valid(_run(exact))
    error = float(np.sqrt(np.mean((_valid(_run(target)) - expected) ** 2)) / expected.std())
    if not error <= USABLE:
        raise RuntimeError(f"The int8 graph is {error:.2g} away from fp32; {USABLE:g} is the most.")


def has_int8() -> bool:
    """Whether this processor multiplies signed bytes exactly and fast: x86 with VNNI, or ARM.

    Other x86 processors add the products in 16 bits, where they overflow; unsigned weights don't, but take as long as
    fp32 (measured: .33 CPU-s against .25 for 3.5 s of sound).
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    facts = Path("/proc/cpuinfo")
    return facts.exists() and re.search(r"\bavx(512)?_vnni\b", facts.read_text()) is not None


def _trial(width: int) -> tuple[Float, Int, Int]:
    """Two clips of noise, one padded, as the graph takes them."""
    features = np.random.default_rng(0).normal(size=(2, max(_ROWS), width)).astype(np.float32)
    return features, np.array(_ROWS), np.array([prompt_rows.rows(None, True), prompt_rows.rows("en", False)])


def _run(path: Path) -> Float:
    runtime = OnnxRuntime(path, threads=1)
    return runtime.logits(*_trial(runtime.width))


def _valid(logits: Float) -> Float:
    """The rows of both clips that are no padding."""
    return np.concatenate([clip[: rows + prompt_rows.COUNT] for clip, rows in zip(logits, _ROWS, strict=True)])


@contextmanager
def _quiet() -> Iterator[None]:
    """Exporter and quantiser without their advice to developers: deprecations inside torch, absent torchvision."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        logging.disable(level)
