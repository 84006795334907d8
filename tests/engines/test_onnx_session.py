"""Tests of ONNX sessions: inputs, outputs and the memory that they keep."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, save

from funaudio_core.engines.onnx_session import OnnxSession
from tests.conftest import ROOT

LAYERS = 8
MEMORY = """
import pathlib, re, sys
import numpy as np
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.runtime import malloc
def megabytes():
    malloc.trim()
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]) / 1000
session = OnnxSession(pathlib.Path(sys.argv[1]), 1)
session.run({"x": np.ones((1, 1000), np.float32)})
before = megabytes()
for count in range(1, 6):
    kept = None  # what is freed while no session runs is returned at the next run of any
    kept = session.run({"x": np.ones((1, 500_000 * count), np.float32)}, [sys.argv[2]])
print(megabytes() - before - kept[0].nbytes / 1e6)
"""


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """Return a graph with an input of any length, layers of the same size, their sum, and the total of that."""
    names = ["x", *(f"layer{number}" for number in range(LAYERS))]
    nodes = [helper.make_node("Sqrt", [name], [after]) for name, after in pairwise(names)]
    nodes.append(helper.make_node("Sum", names[1:], ["sum"]))
    nodes.append(helper.make_node("ReduceSum", ["sum"], ["total"], keepdims=0))
    shapes: dict[str, list[str | int | None]] = {"x": [1, "length"], "sum": [1, "length"], "total": []}
    values = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()}
    body = helper.make_graph(nodes, "layers", [values["x"]], [values["sum"], values["total"]])
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 10
    save(model, str(tmp_path / "graph.onnx"))
    return tmp_path / "graph.onnx"


def test_inputs_and_outputs_go_by_name(graph: Path) -> None:
    session = OnnxSession(graph, 1)
    assert session.input_shapes == {"x": [1, "length"]}
    layers, total = session.run({"x": np.ones((1, 3), np.float32)})
    assert layers.shape == (1, 3)
    assert total == pytest.approx(3 * LAYERS)
    assert session.run({"x": np.ones((1, 3), np.float32)}, ["total"]) == [total]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("output", ["total", "sum"])
def test_memory_of_a_long_run_is_freed_but_for_its_output(graph: Path, output: str) -> None:
    """The longest run works on tensors of 10 MB, eight at a time."""
    process = subprocess.run(
        [sys.executable, "-c", MEMORY, str(graph), output], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(process.stdout) < 5
