"""Nodes and constants for an ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import onnx


class GraphBuilder:
    """Collector of new nodes and constants, with names made of a prefix and a number.

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
