"""Replacement of the decoder's generator, which takes nine tenths of Kokoro's time, by faster nodes.

The generator is that of iSTFTNet: two stages, each of which upsamples, adds the harmonic source and averages three
residual blocks. A residual block repeats three times: adaptive instance norm, Snake, dilated convolution, adaptive
instance norm, Snake, convolution, sum with its input.

In the new nodes time is the first axis, and norm and scale of Snake are one product and one sum. The convolutions of
the first stage are int8 products, as in the original; those of the second stage, which has six times the rows and a
quarter of the weights, are done by DFT in float32. (The first stage by DFT takes the same time and 200 MB more.)

The norms can use moments (mean and deviation of each channel) that are given, so that a sentence can be generated in
pieces that fit together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.kokoro.graph.dft_convolution import DftConvolution
from funaudio_core.engines.kokoro.graph.int8_convolution import Int8Convolution
from funaudio_core.engines.kokoro.graph.norms import MOMENTS_INPUT, MOMENTS_OUTPUT, SHARE_INPUT
from funaudio_core.engines.onnx_graph import GraphBuilder, select_nodes

if TYPE_CHECKING:
    import onnx

Float = NDArray[np.float32]
_Kind = TypeVar("_Kind", DftConvolution, Int8Convolution)

_GENERATOR = "/decoder/decoder/generator/"  # prefix of its nodes
_PARAMETERS = "decoder.decoder.generator."  # prefix of its weights
_STAGES = (  # residual block of the source, residual blocks of the sum
    ("noise_res.0", ("resblocks.0", "resblocks.1", "resblocks.2")),
    ("noise_res.1", ("resblocks.3", "resblocks.4", "resblocks.5")),
)
_INT8_BLOCKS = (_STAGES[0][0], *_STAGES[0][1])
_STRIDES = (10, 6)  # of the upsampling
_DILATIONS = (1, 3, 5)
_SLOPE, _LAST_SLOPE = 0.1, 0.01  # of the leaky ReLU behind the first stage and the second
_NORM_EPSILON = 1e-5
_SQUARED_SINE = (-0.063161, 8.387242, -29.388746)  # coefficients of w, w^2, w^3; the error is 8e-4 at most
_NORM_CHANNELS = (256,) * 22 + (128,) * 22
MOMENTS = sum(_NORM_CHANNELS)


def replace_generator(graph: onnx.GraphProto) -> None:
    """Replace the nodes between the decoder, the harmonic source and the last convolution, in place.

    The graph must have the inputs MOMENTS_INPUT and SHARE_INPUT of graph.norms and the output MOMENTS_OUTPUT, (2,
    MOMENTS), which holds the means and the deviations.
    """
    _Generator(graph).replace()


class _Generator:
    """Writer of the new nodes. Sequences are (T, channels)."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._nodes = {node.name: node for node in graph.node}
        self._weights = {tensor.name: tensor for tensor in graph.initializer}
        self._builder = GraphBuilder("generator")
        self._convolutions: dict[tuple[type, str, int, int], DftConvolution | Int8Convolution] = {}
        self._given_moments = self._builder.split(MOMENTS_INPUT, _NORM_CHANNELS, axis=1)
        self._moments: dict[str, str] = {}  # sequence -> its mean and deviation, (2, channels)

    def replace(self) -> None:
        """Add the new nodes and remove those that are no longer needed."""
        output = f"{_GENERATOR}conv_post/Conv_output_0"
        old = [node for node in self._graph.node if output not in node.output]
        self._add_generator(output)
        nodes = select_nodes([*old, *self._builder.nodes], [value.name for value in self._graph.output])
        used = {name for node in nodes for name in node.input}
        constants = [t for t in (*self._graph.initializer, *self._builder.constants) if t.name in used]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(constants)

    def _add_generator(self, output: str) -> None:
        add, constant = self._builder.add, self._builder.constant
        rows = self._time_first(f"{_GENERATOR}LeakyRelu_output_0")
        gain = 1.0
        for stage, (source_block, blocks) in enumerate(_STAGES):
            source = self._time_first(f"{_GENERATOR}noise_convs.{stage}/Conv_output_0")
            length = self._length(source)
            rows = self._add_upsampling(rows, stage, gain)
            if stage == 1:  # one row more, mirrored
                rows = add("Concat", add("Gather", rows, constant([1], np.int64)), rows, axis=0)
            rows = add("Add", rows, self._add_residual_block(source, source_block, length))
            first, second, third = (self._add_residual_block(rows, block, length) for block in blocks)
            rows = add("Add", add("Add", first, second), third)
            rows = add("LeakyRelu", rows, alpha=_LAST_SLOPE if stage == 1 else _SLOPE)
            gain = 1 / len(blocks)  # of the average, applied to the weights of the next layer
        kernel = self._array(f"{_GENERATOR}Mul_2_output_0") * np.float32(gain)
        spectrum = self._convolution(DftConvolution, length, kernel.shape[2], 1).add(rows, kernel)
        spectrum = add("Add", spectrum, constant(self._parameter("conv_post.bias")[None]))
        add("Unsqueeze", add("Transpose", spectrum, perm=[1, 0]), constant([0], np.int64), output=output)
        add("Concat", *self._moments.values(), axis=1, output=MOMENTS_OUTPUT)

    def _add_upsampling(self, rows: str, stage: int, gain: float) -> str:
        """Add a transposed convolution whose kernel is two strides long: (T, in) to (T * stride, out).

        Each row of the product with both halves of the kernel makes `stride` rows of output.
        """
        add, constant = self._builder.add, self._builder.constant
        kernel = self._array(f"{_GENERATOR}Mul{'_1' * stage}_output_0") * np.float32(gain)  # (in, out, 2 * stride)
        channels_in, channels_out, _ = kernel.shape
        stride = _STRIDES[stage]
        halves = [half.transpose(0, 2, 1).reshape(channels_in, -1) for half in np.split(kernel, 2, axis=2)]
        edge = constant(np.zeros((1, channels_in)), np.float32)
        pairs = add("Concat", add("Concat", rows, edge, axis=0), add("Concat", edge, rows, axis=0), axis=1)
        product = add("MatMul", pairs, constant(np.concatenate(halves), np.float32))
        longer = self._builder.reshape(product, [-1, channels_out])
        padding = stride // 2
        bounds = constant([padding], np.int64), constant([padding - stride], np.int64), constant([0], np.int64)
        return add("Add", add("Slice", longer, *bounds), constant(self._parameter(f"ups.{stage}.bias")[None]))

    def _add_residual_block(self, rows: str, block: str, length: str) -> str:
        add = self._builder.add
        bias = np.zeros(1, np.float32)
        for i, dilation in enumerate(_DILATIONS):
            inner = self._add_half(rows, block, f"1.{i}", dilation, length)
            rows = add("Add", self._add_half(inner, block, f"2.{i}", 1, length), rows)
            # A constant added to a channel changes no norm: the biases of these convolutions are summed up, those of
            # the inner ones, which a norm follows, have no effect.
            bias = bias + self._parameter(f"{block}.convs2.{i}.bias")
        return add("Add", rows, self._builder.constant(bias[None], np.float32))

    def _add_half(self, rows: str, block: str, part: str, dilation: int, length: str) -> str:
        """Add a norm, Snake and a convolution, and return the name of the result without bias."""
        add = self._builder.add
        alpha = self._parameter(f"{block}.alpha{part}")[0, :, 0]
        turns = self._add_norm(rows, f"{_GENERATOR}{block}/adain{part}/", alpha / np.pi)
        # Snake is x + sin(a x)^2 / a = (t + sin(pi t)^2 / pi) pi / a with t = a x / pi.
        snake = add("Add", turns, self._add_squared_sine(turns))
        kernel, scale = self._kernel(block, part)
        if block in _INT8_BLOCKS:
            snake = add("Mul", snake, self._builder.constant(np.pi / alpha[None], np.float32))
            return self._convolution(Int8Convolution, length, kernel.shape[2], dilation).add(snake, kernel, scale)
        weights = kernel * (scale * np.pi / alpha)[:, None]
        return self._convolution(DftConvolution, length, kernel.shape[2], dilation).add(snake, weights)

    def _add_squared_sine(self, turns: str) -> str:
        """Add sin(pi t)^2 / pi as a polynomial of r^2 - r, r = t - floor(t): Sin runs on one thread only."""
        add = self._builder.add
        rest = add("Sub", turns, add("Floor", turns))
        variable = add("Sub", add("Mul", rest, rest), rest)
        *coefficients, last = (self._builder.constant(c / np.pi, np.float32) for c in _SQUARED_SINE)
        result = add("Mul", variable, last)
        for coefficient in reversed(coefficients):
            result = add("Mul", add("Add", result, coefficient), variable)
        return result

    def _add_norm(self, rows: str, norm: str, factor: Float) -> str:
        """Add the adaptive norm, multiplied by a factor for each channel."""
        add, constant, reshape = self._builder.add, self._builder.constant, self._builder.reshape
        mean, deviation = self._add_moments(rows)
        factors = constant(factor[None], np.float32)
        slope = add("Div", add("Mul", reshape(f"{norm}Add_1_output_0", [1, -1]), factors), deviation)
        shift = add("Mul", reshape(f"{norm}Slice_1_output_0", [1, -1]), factors)
        return add("Add", add("Mul", rows, slope), add("Sub", shift, add("Mul", mean, slope)))

    def _add_moments(self, rows: str) -> tuple[str, str]:
        """Add the mean and the deviation over time that a norm uses, (1, channels) each."""
        add, constant = self._builder.add, self._builder.constant
        axis = constant([0], np.int64)
        if rows not in self._moments:
            mean = add("ReduceMean", rows, axis)
            variance = add("Sub", add("ReduceMean", add("Mul", rows, rows), axis), add("Mul", mean, mean))
            # Rounding can make the variance of a constant channel negative.
            deviation = add("Sqrt", add("Add", add("Relu", variance), constant(_NORM_EPSILON, np.float32)))
            own = add("Concat", mean, deviation, axis=0)
            given = self._given_moments[len(self._moments)]
            self._moments[rows] = add("Add", given, add("Mul", add("Sub", own, given), SHARE_INPUT))
        first, second, end = (constant([row], np.int64) for row in range(3))
        used = self._moments[rows]
        return add("Slice", used, first, second, axis), add("Slice", used, second, end, axis)

    def _convolution(self, kind: type[_Kind], length: str, taps: int, dilation: int) -> _Kind:
        """Return the convolutions of this shape; they share the indices of rows."""
        key = (kind, length, taps, dilation)
        if key not in self._convolutions:
            self._convolutions[key] = kind(self._builder, taps, dilation, length)
        return cast("_Kind", self._convolutions[key])

    def _time_first(self, tensor: str) -> str:
        """Add the transposition of (1, channels, T) to (T, channels)."""
        flat = self._builder.add("Squeeze", tensor, self._builder.constant([0], np.int64))
        return self._builder.add("Transpose", flat, perm=[1, 0])

    def _length(self, rows: str) -> str:
        """Add the length of a sequence, int64 ()."""
        shape = self._builder.add("Shape", rows)
        return self._builder.add("Gather", shape, self._builder.constant(0, np.int64))

    def _kernel(self, block: str, part: str) -> tuple[NDArray[np.int8], float]:
        """Return the weights of a ConvInteger, centred on zero, (out, in, taps), and their scale."""
        _, kernel, _, zero = self._nodes[f"{_GENERATOR}{block}/convs{part}/Conv_quant"].input
        scale = self._nodes[f"{_PARAMETERS}{block}.convs{part}.bias_scale_node"].input[1]
        return (self._array(kernel) - self._array(zero)).astype(np.int8), self._array(scale).item()

    def _parameter(self, name: str) -> Float:
        return self._array(f"{_PARAMETERS}{name}")

    def _array(self, name: str) -> Float:
        from onnx import numpy_helper

        return np.asarray(numpy_helper.to_array(self._weights[name]), np.float32)
