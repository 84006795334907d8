"""Replacement of the short-time Fourier transform of the harmonic source, which ONNX Runtime computes slowly.

Where nothing is voiced the source is constant, and most of its spectrum is rounding errors, whose angles the generator
sees all the same. The replacement transforms the difference from that constant and adds the spectrum that ONNX Runtime
has for it, so that these angles stay the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.onnx_graph import GraphBuilder, select_nodes

if TYPE_CHECKING:
    import onnx

_GENERATOR = "/decoder/decoder/generator/"
_REAL, _IMAGINARY = f"{_GENERATOR}Gather_4_output_0", f"{_GENERATOR}Gather_5_output_0"
_BIAS = "decoder.decoder.generator.m_source.l_linear.bias"
_FRAME_SAMPLES, _HOP_SAMPLES = 20, 5


def replace_transform(graph: onnx.GraphProto) -> None:
    """Replace the node STFT and those that divide its result, (1, 11, T) each, by a convolution, in place."""
    from onnx import numpy_helper

    node = next(node for node in graph.node if node.op_type == "STFT")
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    constant_value = np.tanh(weights[_BIAS].astype(np.float32)).item()
    window = weights[node.input[2]].astype(np.float64)
    basis = np.fft.rfft(np.eye(_FRAME_SAMPLES) * window[:, None], axis=0)  # (frequencies, samples)
    kernel = np.concatenate([basis.real, basis.imag])[:, None]
    offset = _transform_constant(constant_value, window.astype(np.float32))
    builder = GraphBuilder("source")
    add, constant = builder.add, builder.constant
    change = add("Sub", node.input[0], constant(constant_value, np.float32))
    signal = add("Unsqueeze", change, constant([1], np.int64))
    inputs = signal, constant(kernel, np.float32), constant(offset, np.float32)
    spectrum = add("Conv", *inputs, kernel_shape=[_FRAME_SAMPLES], strides=[_HOP_SAMPLES])
    axis, middle = constant([1], np.int64), constant([len(basis)], np.int64)
    add("Slice", spectrum, constant([0], np.int64), middle, axis, output=_REAL)
    add("Slice", spectrum, middle, constant([2 * len(basis)], np.int64), axis, output=_IMAGINARY)
    old = [each for each in graph.node if not {_REAL, _IMAGINARY}.intersection(each.output)]
    nodes = select_nodes([*old, *builder.nodes], [value.name for value in graph.output])
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(builder.constants)


def _transform_constant(value: float, window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the real and the imaginary spectrum of a constant frame, (2 * frequencies,), by ONNX Runtime's STFT."""
    import onnxruntime
    from onnx import TensorProto, helper

    builder = GraphBuilder("constant")
    frame = builder.constant(np.full((1, len(window)), value), np.float32)
    inputs = frame, builder.constant(_HOP_SAMPLES, np.int64), builder.constant(window)
    builder.add("STFT", *inputs, output="spectrum", onesided=1)
    outputs = [helper.make_tensor_value_info("spectrum", TensorProto.FLOAT, None)]
    graph = helper.make_graph(builder.nodes, "constant", [], outputs, builder.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    spectrum: NDArray[np.float32] = session.run(None, {})[0]
    return np.asarray(spectrum[0, 0].T.ravel(), np.float32)
