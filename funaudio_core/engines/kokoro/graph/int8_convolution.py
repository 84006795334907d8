"""One-dimensional convolution of dynamically quantized sequences by int8 matrix products, as ONNX nodes.

The sequences have time as the first axis: the rows that a kernel covers are collected side by side.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.onnx_graph import GraphBuilder


class Int8Convolution:
    """Convolutions of one number of taps and one dilation over sequences of one length, padded with zeros."""

    def __init__(self, builder: GraphBuilder, taps: int, dilation: int, length: str) -> None:
        """Add the nodes that compute the indices of rows.

        Args:
            builder: Where nodes are added.
            taps: An odd number.
            dilation: Rows from one tap to the next.
            length: Name of the number of rows T, int64 ().
        """
        self._builder = builder
        add, constant = builder.add, builder.constant
        zero = constant(0, np.int64)
        times = add("Unsqueeze", add("Range", zero, length, constant(1, np.int64)), constant([1], np.int64))
        wanted = add("Add", times, constant((np.arange(taps) - taps // 2) * dilation, np.int64))
        outside = add("Or", add("Less", wanted, zero), add("GreaterOrEqual", wanted, length))
        self._rows = add("Where", outside, length, wanted)  # (T, taps), T for a row of zeros

    def add(self, sequence: str, kernel: NDArray[np.int8], scale: float) -> str:
        """Add a convolution and return the name of its result, float32 (T, out).

        Args:
            sequence: Name of a tensor, float32 (T, in).
            kernel: Weights in units of `scale`, (out, in, taps). Two of one sign, next to each other in a channel or a
                tap, must not exceed 128 in sum: see int8_matmul.
            scale: Scale of the weights.
        """
        add, constant, reshape = self._builder.add, self._builder.constant, self._builder.reshape
        channels_out, channels_in, taps = kernel.shape
        quantized, data_scale, zero = self._builder.add_many("DynamicQuantizeLinear", [sequence], 3)
        edge = add("Expand", zero, constant([1, channels_in], np.int64))
        covered = add("Gather", add("Concat", quantized, edge, axis=0), self._rows, axis=0)
        matrix = constant(kernel.transpose(2, 1, 0).reshape(-1, channels_out))
        product = add("MatMulInteger", reshape(covered, [-1, taps * channels_in]), matrix, zero)
        return add("Mul", add("Cast", product, to=1), add("Mul", data_scale, constant(scale, np.float32)))
