"""Replacement of int8 convolutions in an ONNX graph by int8 matrix products, which are faster on CPUs.

ONNX Runtime's ConvInteger puts the activations on the side of the product that its fast kernels require to be
constant. With time as the first axis and the kernel's taps side by side, the same integers take a half to a third of
the time.

The fast kernels multiply unsigned activations by signed weights. On x86 processors without VNNI they add two products
in 16 bits, which overflow unless the weights have 7 bits: 2 * 255 * 64 < 2**15. So has the graph of Kokoro.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

_INT64_MAX = np.iinfo(np.int64).max  # end of a Slice that includes the last element
_MAX_WEIGHT = 64  # magnitude of a signed weight; larger ones are not multiplied exactly by every processor


def replace_convolutions(graph: onnx.GraphProto) -> int:
    """Replace every one-dimensional ConvInteger with 7-bit weights, stride 1 and one group, in place.

    The outputs, int32 (1, out, T), stay the same.

    Args:
        graph: The graph.

    Returns:
        The number of replaced nodes.
    """
    from onnx import numpy_helper

    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes: list[onnx.NodeProto] = []
    count = 0
    for node in graph.node:
        if node.op_type == "ConvInteger" and _is_supported(node, weights):
            new_nodes, constants = _convert(node, weights)
            nodes += new_nodes
            graph.initializer.extend(constants)
            count += 1
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    used_tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(used_tensors)
    return count


def _attributes(node: onnx.NodeProto) -> dict[str, list[int]]:
    return {attribute.name: list(attribute.ints) or [attribute.i] for attribute in node.attribute}


def _is_supported(node: onnx.NodeProto, weights: dict[str, NDArray[np.generic]]) -> bool:
    attributes = _attributes(node)
    is_plain = attributes.get("group", [1]) == attributes.get("strides", [1]) == [1]
    has_7_bits = np.abs(_to_signed(weights[node.input[1]]).astype(np.int16)).max() <= _MAX_WEIGHT
    return bool(is_plain and has_7_bits and len(attributes["pads"]) == 2)


def _convert(
    node: onnx.NodeProto, weights: dict[str, NDArray[np.generic]]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return nodes that compute what `node` computes of its data, uint8 (1, in, T), and their constants."""
    from onnx import helper, numpy_helper

    data, kernel_name, zero, kernel_zero = node.input
    attributes = _attributes(node)
    (pad_start, pad_end), dilation = attributes["pads"], attributes.get("dilations", [1])[0]
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def add_constant(name: str, values: NDArray[np.generic]) -> str:
        constants.append(numpy_helper.from_array(values, f"{node.name}/{name}"))
        return f"{node.name}/{name}"

    def add_node(kind: str, inputs: list[str], output: str, **options: Any) -> str:  # noqa: ANN401 (whatever the operator takes)
        nodes.append(helper.make_node(kind, inputs, [output], name=f"{node.name}/{kind}_{len(nodes)}", **options))
        return output

    kernel = _to_signed(weights[kernel_name])  # (out, in, taps)
    taps = kernel.shape[2]
    rows = add_node("Transpose", [data], f"{node.name}/rows", perm=[0, 2, 1])
    if pad_start or pad_end:
        edges = add_constant("edges", np.array([0, pad_start, 0, 0, pad_end, 0], np.int64))
        rows = add_node("Pad", [rows, edges, zero], f"{node.name}/padded")
    if taps > 1:
        axis = add_constant("axis", np.array([1], np.int64))
        shifted = []
        for tap in range(taps):
            first = add_constant(f"first_{tap}", np.array([tap * dilation], np.int64))
            last = add_constant(f"last_{tap}", np.array([-(taps - 1 - tap) * dilation or _INT64_MAX], np.int64))
            shifted.append(add_node("Slice", [rows, first, last, axis], f"{node.name}/shifted_{tap}"))
        rows = add_node("Concat", shifted, f"{node.name}/side_by_side", axis=2)
    flat = add_constant("kernel", kernel.transpose(2, 1, 0).reshape(-1, len(kernel)))
    flat_zero = add_constant("kernel_zero", _to_signed(weights[kernel_zero]))
    product = add_node("MatMulInteger", [rows, flat, zero, flat_zero], f"{node.name}/product")
    add_node("Transpose", [product], node.output[0], perm=[0, 2, 1])
    return nodes, constants


def _to_signed(values: NDArray[np.generic]) -> NDArray[np.int8]:
    """Return bytes as int8: the fast kernels need signed constants. Unsigned bytes of 7 bits are centred on zero."""
    if values.dtype == np.int8:
        return np.asarray(values, np.int8)
    return (values.astype(np.int16) - _MAX_WEIGHT).clip(-128, 127).astype(np.int8)
