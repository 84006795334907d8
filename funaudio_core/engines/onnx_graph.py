"""ONNX graphs built node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import onnx

OPSET = 17


class GraphBuilder:
    """Collector of nodes and constants, with names made of a prefix and a number.

    Attributes:
        nodes: The nodes in the order in which they were added.
        constants: The constants.
    """

    def __init__(self, prefix: str) -> None:
        """Start without nodes."""
        self._prefix = prefix
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: ArrayLike, dtype: type[np.generic] | None = None) -> str:
        """Add a constant and return its name."""
        from onnx import numpy_helper

        name = f"{self._prefix}/constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:  # noqa: ANN401 (whatever the operator takes)
        """Add a node and return the name of its output."""
        from onnx import helper

        name = f"{self._prefix}/{operator}_{len(self.nodes)}"
        output = output or f"{name}/output"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=name, **attributes))
        return output

    def reshape(self, tensor: str, shape: list[int]) -> str:
        """Add a Reshape."""
        return self.add("Reshape", tensor, self.constant(shape, np.int64))

    def add_many(self, operator: str, inputs: Sequence[str], count: int, **attributes: Any) -> list[str]:  # noqa: ANN401 (whatever the operator takes)
        """Add a node with several outputs and return their names."""
        from onnx import helper

        name = f"{self._prefix}/{operator}_{len(self.nodes)}"
        outputs = [f"{name}/output_{i}" for i in range(count)]
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=name, **attributes))
        return outputs

    def split(self, tensor: str, sizes: Sequence[int], axis: int) -> list[str]:
        """Add a Split."""
        return self.add_many("Split", [tensor, self.constant(sizes, np.int64)], len(sizes), axis=axis)


class CheckpointGraph(GraphBuilder):
    """Graph of one output, with the tensors of a published checkpoint.

    Attributes:
        state: The tensors by name.
    """

    def __init__(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Start an empty graph."""
        super().__init__("graph")
        self.state = state

    def parameter(self, name: str) -> str:
        """Add a tensor of the checkpoint and return the name of its value."""
        return self.constant(self.state[name])

    def integers(self, *values: int) -> str:
        """Add a constant vector of int64 and return its name."""
        return self.constant(values, np.int64)

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
        graph = helper.make_graph(self.nodes, path.stem, values, [result], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def select_nodes(nodes: list[onnx.NodeProto], outputs: list[str]) -> list[onnx.NodeProto]:
    """Return the nodes that the outputs need, each after the ones it needs."""
    producers = {output: node for node in nodes for output in node.output if output}
    selected: list[onnx.NodeProto] = []
    visited: set[str] = set()
    pending: list[str | onnx.NodeProto] = list(reversed(outputs))
    while pending:
        item = pending.pop()
        if not isinstance(item, str):
            selected.append(item)
        elif item in producers and producers[item].name not in visited:
            node = producers[item]
            visited.add(node.name)
            pending += [node, *reversed(node.input)]
    return selected
