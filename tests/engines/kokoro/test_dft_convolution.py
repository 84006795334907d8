"""Convolution by short Fourier transforms: equal to the direct sum for all kernels, dilations and lengths."""

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from funaudio_core.engines.kokoro.graph.dft_convolution import BLOCK_ROWS, DftConvolution
from funaudio_core.engines.onnx_graph import GraphBuilder, select_nodes

Float = NDArray[np.float32]


def convolve(x: Float, kernel: Float, dilation: int) -> Float:
    """Return the convolution computed by the graph, (T, out)."""
    builder = GraphBuilder("test")
    length = builder.add("Gather", builder.add("Shape", "x"), builder.constant(0, np.int64))
    output = DftConvolution(builder, kernel.shape[2], dilation, length).add("x", kernel)
    graph = helper.make_graph(
        builder.nodes,
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["T", kernel.shape[1]])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        builder.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 10
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: Float = session.run(None, {"x": x})[0]
    return result


def convolve_directly(x: Float, kernel: Float, dilation: int) -> Float:
    """Return the convolution with zeros at both ends, (T, out)."""
    taps = kernel.shape[2]
    margin = taps // 2 * dilation
    padded = np.pad(x, ((margin, margin), (0, 0)))
    shifted = [padded[tap * dilation :][: len(x)] @ kernel[:, :, tap].T for tap in range(taps)]
    total: Float = np.sum(shifted, axis=0, dtype=np.float32)
    return total


@pytest.mark.parametrize("taps", sorted(BLOCK_ROWS))
@pytest.mark.parametrize("dilation", [1, 3, 5])
@pytest.mark.parametrize("length", [1, 7, 66, 331])
def test_result_equals_the_direct_sum(taps: int, dilation: int, length: int) -> None:
    random = np.random.default_rng(taps)
    x = random.normal(size=(length, 4)).astype(np.float32)
    kernel = random.normal(size=(3, 4, taps)).astype(np.float32)
    expected = convolve_directly(x, kernel, dilation)
    assert np.abs(convolve(x, kernel, dilation) - expected).max() < 1e-4 * max(1.0, np.abs(expected).max())


def test_selected_nodes_are_in_order_and_needed() -> None:
    last = helper.make_node("Relu", ["b"], ["c"], name="last")
    first = helper.make_node("Relu", ["a"], ["b"], name="first")
    unused = helper.make_node("Relu", ["b"], ["d"], name="unused")
    assert [node.name for node in select_nodes([last, unused, first], ["c"])] == ["first", "last"]
