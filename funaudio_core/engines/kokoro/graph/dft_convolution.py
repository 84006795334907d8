"""One-dimensional convolution by short discrete Fourier transforms, as ONNX nodes.

Overlapping blocks of the sequence are transformed; the channels are multiplied frequency by frequency, and the products
are transformed back. The transforms are products with small constant matrices, and a product of two complex numbers
takes three real ones (Gauss). An output of a kernel of 11 taps needs 2.1 instead of 11 multiplications for each pair of
channels, one of 3 taps 1.7.

The sequences have time as the first axis, so that blocks are collected row by row. The graph holds the kernels as they
are, a quarter to a sixth of their transforms, which are made in each run (12 CPU-ms in all on Zen 4). The session must
not fold constants, or it would keep the transforms: 45 MB more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.onnx_graph import GraphBuilder

Float = NDArray[np.float32]
Double = NDArray[np.float64]

# Taps -> rows of a block: the fastest of 8 to 48 on Zen 3 with 128 channels.
BLOCK_ROWS = {3: 12, 7: 24, 11: 32}


@dataclass(frozen=True, eq=False, slots=True)
class Transform:
    """Matrices of a convolution: outputs = inverse @ ((kernel @ weights) * (forward @ block)).

    Attributes:
        forward: (products, rows).
        kernel: (products, taps).
        inverse: (rows - taps + 1, products).
    """

    forward: Double
    kernel: Double
    inverse: Double


def make_transform(taps: int, rows: int) -> Transform:
    """Return the matrices for a kernel and blocks of an even number of rows."""
    spectrum = np.fft.rfft(np.eye(rows), axis=0)  # (frequencies, rows)
    weights = np.conj(spectrum[:, :taps])  # correlation, not convolution: the conjugate
    back = np.fft.irfft(np.eye(rows // 2 + 1), rows, axis=0)[: rows - taps + 1]
    back_imaginary = np.fft.irfft(1j * np.eye(rows // 2 + 1), rows, axis=0)[: rows - taps + 1]
    inner = slice(1, rows // 2)  # the first and the last frequency are real
    a, b = spectrum[inner].real, spectrum[inner].imag
    c, d = weights[inner].real, weights[inner].imag
    real, imaginary = back[:, inner], back_imaginary[:, inner]
    ends = [0, rows // 2]
    # (a + ib)(c + id) = (p - r) + i(p + q) with p = (a + b)c, q = a(d - c), r = b(c + d).
    return Transform(
        forward=np.concatenate([spectrum[ends].real, a + b, a, b]),
        kernel=np.concatenate([weights[ends].real, c, d - c, c + d]),
        inverse=np.concatenate([back[:, ends], real + imaginary, imaginary, -real], axis=1),
    )


class DftConvolution:
    """Convolutions of one number of taps and one dilation over sequences of one length, padded with zeros."""

    def __init__(self, builder: GraphBuilder, taps: int, dilation: int, length: str) -> None:
        """Add the nodes that compute the indices of rows.

        Args:
            builder: Where nodes are added.
            taps: An odd number in BLOCK_ROWS.
            dilation: Rows from one tap to the next.
            length: Name of the number of rows T, int64 ().
        """
        self._builder = builder
        self._taps = taps
        self._transform = make_transform(taps, BLOCK_ROWS[taps])
        self._forward = builder.constant(self._transform.forward, np.float32)
        self._kernel = builder.constant(self._transform.kernel, np.float32)
        self._inverse = builder.constant(self._transform.inverse, np.float32)
        self._input_rows, self._output_rows = self._add_indices(dilation, length)

    def _add_indices(self, dilation: int, length: str) -> tuple[str, str]:
        """Add the indices of input rows, (rows, blocks * dilation), T for a row of zeros, and of output rows, (T,).

        With a dilation d the rows of one block lie d apart, and d neighbouring blocks interleave.
        """
        add, constant = self._builder.add, self._builder.constant
        outputs, rows = self._transform.inverse.shape[0], self._transform.forward.shape[1]
        zero, one = constant(0, np.int64), constant(1, np.int64)
        distance, span = constant(dilation, np.int64), constant(outputs * dilation, np.int64)
        block_count = add("Div", add("Add", length, constant(outputs * dilation - 1, np.int64)), span)
        blocks = add("Range", zero, add("Mul", block_count, distance), one)
        starts = add("Add", add("Mul", add("Div", blocks, distance), span), add("Mod", blocks, distance))
        offsets = constant((np.arange(rows)[:, None] - self._taps // 2) * dilation, np.int64)
        wanted = add("Add", starts, offsets)
        outside = add("Or", add("Less", wanted, zero), add("GreaterOrEqual", wanted, length))
        times = add("Range", zero, length, one)
        step = add("Div", times, distance)  # (block, row of the block) as one number
        in_block, block = add("Mod", step, constant(outputs, np.int64)), add("Div", times, span)
        first = add("Mul", add("Add", add("Mul", in_block, block_count), block), distance)
        return add("Where", outside, length, wanted), add("Add", first, add("Mod", times, distance))

    def add(self, sequence: str, kernel: Float) -> str:
        """Add a convolution and return the name of its result, float32 (T, out).

        Args:
            sequence: Name of a tensor, float32 (T, in).
            kernel: Weights, (out, in, taps).
        """
        add, constant, reshape = self._builder.add, self._builder.constant, self._builder.reshape
        channels_out, channels_in, taps = kernel.shape
        products, rows = self._transform.forward.shape
        taps_first = constant(kernel.transpose(2, 1, 0).reshape(taps, -1), np.float32)
        weights = reshape(add("MatMul", self._kernel, taps_first), [products, channels_in, channels_out])
        extended = add("Concat", sequence, constant(np.zeros((1, channels_in)), np.float32), axis=0)
        blocks = reshape(add("Gather", extended, self._input_rows, axis=0), [rows, -1])
        spectrum = reshape(add("MatMul", self._forward, blocks), [products, -1, channels_in])
        product = reshape(add("MatMul", spectrum, weights), [products, -1])
        result = reshape(add("MatMul", self._inverse, product), [-1, channels_out])
        return add("Gather", result, self._output_rows, axis=0)
