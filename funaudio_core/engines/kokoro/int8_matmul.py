"""Turn an int8 graph's convolutions into int8 matrix products, for which CPUs have fast kernels. Knows no model.

ONNX Runtime's ConvInteger puts the activations on the side of the product that its fast kernels want constant. Laid out
time first, with the taps of the kernel side by side, the same integers come out two to three times sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

_END = np.iinfo(np.int64).max  # of a Slice: up to the last
_SHIFT = 128  # from unsigned to signed bytes


def to_products(graph: onnx.GraphProto) -> int:
    """Rewrite every ConvInteger of one dimension, stride 1 and one group in place; how many there were.

    The integers that come out are the same: (1, out, T), int32.
    """
    from onnx import numpy_helper

    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    count = 0
    for node in graph.node:
        if node.op_type == "ConvInteger" and _fits(node):
            made, constants = _product(node, weights)
            nodes += made
            graph.initializer.extend(constants)
            count += 1
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    return count


def _options(node: onnx.NodeProto) -> dict[str, list[int]]:
    return {attribute.name: list(attribute.ints) or [attribute.i] for attribute in node.attribute}


def _fits(node: onnx.NodeProto) -> bool:
    options = _options(node)
    return options.get("group", [1]) == options.get("strides", [1]) == [1] and len(options["pads"]) == 2


def _product(
    node: onnx.NodeProto, weights: dict[str, NDArray[np.generic]]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """The nodes that make what `node` makes of its data (1, in, T), uint8, and the constants they need."""
    from onnx import helper, numpy_helper

    data, kernel_name, zero, kernel_zero = node.input
    options = _options(node)
    (before, behind), dilation = options["pads"], options.get("dilations", [1])[0]
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, values: NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(values, f"{node.name}/{name}"))
        return f"{node.name}/{name}"

    def add(kind: str, inputs: list[str], output: str, **settings: Any) -> str:  # noqa: ANN401 (whatever the operator takes)
        nodes.append(helper.make_node(kind, inputs, [output], name=f"{node.name}/{kind}_{len(nodes)}", **settings))
        return output

    kernel = _signed(weights[kernel_name])  # (out, in, taps)
    taps = kernel.shape[2]
    rows = add("Transpose", [data], f"{node.name}/rows", perm=[0, 2, 1])
    if before or behind:
        edges = constant("edges", np.array([0, before, 0, 0, behind, 0], np.int64))
        rows = add("Pad", [rows, edges, zero], f"{node.name}/padded")
    if taps > 1:
        axis = constant("axis", np.array([1], np.int64))
        shifted = []
        for tap in range(taps):
            first = constant(f"first_{tap}", np.array([tap * dilation], np.int64))
            last = constant(f"last_{tap}", np.array([-(taps - 1 - tap) * dilation or _END], np.int64))
            shifted.append(add("Slice", [rows, first, last, axis], f"{node.name}/shifted_{tap}"))
        rows = add("Concat", shifted, f"{node.name}/side_by_side", axis=2)
    flat = constant("kernel", kernel.transpose(2, 1, 0).reshape(-1, len(kernel)))
    flat_zero = constant("kernel_zero", _signed(weights[kernel_zero]))
    product = add("MatMulInteger", [rows, flat, zero, flat_zero], f"{node.name}/product")
    add("Transpose", [product], node.output[0], perm=[0, 2, 1])
    return nodes, constants


def _signed(values: NDArray[np.generic]) -> NDArray[np.int8]:
    """Bytes with their zero moved from 128 to 0 where they are unsigned: constants must be signed to be fast."""
    if values.dtype == np.int8:
        return np.asarray(values, np.int8)
    return (values.astype(np.int16) - _SHIFT).astype(np.int8)
