"""Replacement of convolutions by matrix products: equal integers for all paddings, dilations and types."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from funaudio_core.engines.kokoro.graph.int8_matmul import replace_convolutions


def convolution_model(kernel: NDArray[np.generic], zero: int, **options: Any) -> ModelProto:
    weights = [
        numpy_helper.from_array(kernel, "kernel"),
        numpy_helper.from_array(np.array(131, np.uint8), "x_zero"),
        numpy_helper.from_array(np.array(zero, kernel.dtype), "kernel_zero"),
    ]
    node = helper.make_node("ConvInteger", ["x", "kernel", "x_zero", "kernel_zero"], ["y"], name="conv", **options)
    x = helper.make_tensor_value_info("x", TensorProto.UINT8, [1, None, "T"])
    y = helper.make_tensor_value_info("y", TensorProto.INT32, None)
    model = helper.make_model(
        helper.make_graph([node], "one", [x], [y], weights), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 8
    return model


def run(model: ModelProto, x: NDArray[np.uint8]) -> NDArray[np.int32]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    result: NDArray[np.int32] = session.run(None, {"x": x})[0]
    return result


@pytest.mark.parametrize(
    ("taps", "dilation", "pads"),
    [(1, 1, [0, 0]), (3, 1, [1, 1]), (7, 3, [9, 9]), (4, 1, [0, 2]), (5, 2, [0, 0])],
)
@pytest.mark.parametrize(("dtype", "lowest", "zero"), [(np.uint8, 0, 70), (np.int8, -64, 3)])
def test_outputs_are_equal(
    taps: int, dilation: int, pads: list[int], dtype: type[np.uint8 | np.int8], lowest: int, zero: int
) -> None:
    random = np.random.default_rng(taps)
    kernel = random.integers(lowest, lowest + 127, (6, 5, taps), endpoint=True).astype(dtype)
    model = convolution_model(kernel, zero, kernel_shape=[taps], dilations=[dilation], pads=pads)
    x = random.integers(0, 255, (1, 5, 40), endpoint=True).astype(np.uint8)
    expected = run(model, x)
    assert replace_convolutions(model.graph) == 1
    assert [node.op_type for node in model.graph.node].count("ConvInteger") == 0
    assert np.array_equal(run(model, x), expected)


@pytest.mark.parametrize(("dtype", "weight"), [(np.uint8, 0), (np.uint8, 127), (np.int8, -64), (np.int8, 64)])
def test_extreme_weights_and_data_do_not_overflow(dtype: type[np.uint8 | np.int8], weight: int) -> None:
    kernel = np.full((4, 64, 3), weight, dtype)
    model = convolution_model(kernel, 0, kernel_shape=[3], pads=[1, 1])
    assert replace_convolutions(model.graph) == 1
    x = np.full((1, 64, 10), 255, np.uint8)
    assert run(model, x)[0, 0, 5] == 64 * 3 * (255 - 131) * weight


def test_weights_of_8_bits_are_unchanged() -> None:
    kernel = np.full((4, 4, 3), 128, np.uint8)
    kernel[0] = 255
    model = convolution_model(kernel, 0, kernel_shape=[3], pads=[1, 1])
    assert replace_convolutions(model.graph) == 0


@pytest.mark.parametrize("options", [{"strides": [2]}, {"group": 2}])
def test_unsupported_convolutions_are_unchanged(options: dict[str, Any]) -> None:
    kernel = np.ones((4, 4 // options.get("group", 1), 3), np.uint8)
    model = convolution_model(kernel, 0, kernel_shape=[3], pads=[1, 1], **options)
    assert replace_convolutions(model.graph) == 0
    assert [node.op_type for node in model.graph.node] == ["ConvInteger"]
