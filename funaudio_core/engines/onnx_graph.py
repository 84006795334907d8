"""ONNX graphs built node by node from the tensors of a published checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32] | NDArray[np.int64]
OPSET = 17


class GraphBuilder:
    """Graph that grows by one node a call; values are known by name.

    Attributes:
        state: Tensors of the checkpoint by name.
    """

    def __init__(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Start an empty graph."""
        self.state = state
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, array: Array) -> str:
        """Add a constant and return its name."""
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def parameter(self, name: str) -> str:
        """Add a tensor of the checkpoint and return the name of its value."""
        return self.constant(self.state[name])

    def integers(self, *values: int) -> str:
        """Add a constant vector of int64 and return its name."""
        return self.constant(np.array(values, np.int64))

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 (of any type that ONNX has)
        """Add a node of one output and return the name of its value."""
        from onnx import helper

        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def save(self, path: Path, inputs: Mapping[str, Sequence[int | str]], output: str) -> None:
        """Write the graph.

        Args:
            path: File to write.
            inputs: Name and shape of each float32 input; a name stands for a size that is free.
            output: Name of the value that the model returns.
        """
        import onnx
        from onnx import TensorProto, helper

        values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, (None, None))
        graph = helper.make_graph(self._nodes, path.stem, values, [result], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
