"""Adaptive norms of the decoder whose moments can be given, so that a sentence can be decoded in pieces.

A norm takes the mean and the variance of each channel over the whole sequence. With the input SHARE_INPUT at 1 it still
does; at 0 it uses the moments that are given, such as those of an earlier piece of the same sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from funaudio_core.engines.onnx_graph import GraphBuilder, select_nodes

if TYPE_CHECKING:
    import onnx

MOMENTS_INPUT = "given_moments"  # float32, the shape of MOMENTS_OUTPUT
SHARE_INPUT = "own_share"  # float32 (1,): 1 to use the moments of the sequence itself, 0 to use the given ones
MOMENTS_OUTPUT = "moments"  # float32: those that were used
DECODER_CHANNELS = (514, 1024, *(1090, 1024) * 3, 1090, 512)  # of its norms, in order
DECODER_MOMENTS = 2 * sum(DECODER_CHANNELS)

_BLOCKS = ("encode", *(f"decode.{number}" for number in range(4)))
_NORMS = tuple(f"/decoder/decoder/{block}/norm{half}/" for block in _BLOCKS for half in (1, 2))


def share_moments(graph: onnx.GraphProto) -> None:
    """Let the norms of the decoder use given moments, in place.

    The graph must have the inputs MOMENTS_INPUT, (1, DECODER_MOMENTS, 1), and SHARE_INPUT, and the output
    MOMENTS_OUTPUT, which holds the mean and the variance of each norm in order.
    """
    builder = GraphBuilder("norms")
    add = builder.add
    names = [f"{norm}{part}" for norm in _NORMS for part in ("ReduceMean", "ReduceMean_2")]
    given = builder.split(MOMENTS_INPUT, np.repeat(DECODER_CHANNELS, 2).tolist(), axis=1)
    nodes = {node.name: node for node in graph.node}
    used = []
    for name, moment in zip(names, given, strict=True):
        own = nodes[name]
        output, own.output[0] = own.output[0], f"{own.output[0]}/own"
        change = add("Mul", add("Sub", own.output[0], moment), SHARE_INPUT)
        used.append(add("Add", moment, change, output=output))
    add("Concat", *used, axis=1, output=MOMENTS_OUTPUT)
    selected = select_nodes([*graph.node, *builder.nodes], [value.name for value in graph.output])
    del graph.node[:]
    graph.node.extend(selected)
    graph.initializer.extend(builder.constants)
