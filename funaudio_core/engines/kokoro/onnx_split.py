"""Split of Kokoro's int8 graph between the prediction of prosody and the generation of the waveform.

The encoder outputs durations, F0 and energy, and the decoder takes them as inputs, so that they can be edited exactly,
without a vocoder. The convolutions of both are replaced by faster matrix products. Node names are those of
kokoro-v1.0.int8.onnx, whose SHA-256 is pinned in weights.catalog.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.engines.kokoro.int8_matmul import replace_convolutions

if TYPE_CHECKING:
    import onnx

SPLIT_VERSION = 4  # part of the derived folder's name; to be raised whenever the output of this module changes
ENCODER_FILE = "encoder.onnx"
DECODER_FILE = "decoder.onnx"

_SCALE_INPUT = "duration_scale"
_UNROUNDED = "/encoder/Div_output_0"  # durations before rounding, already divided by the speed: (1, tokens + 2)
_ROUND_NODE = "/encoder/Round"
_STYLE_INPUT = "style"
_CUT_TENSORS = {  # name used here -> tensor of the original graph
    "features": "/encoder/MatMul_1_output_0",
    "f0": "/encoder/Reshape_output_0",
    "energy": "/encoder/Reshape_1_output_0",
}
_DURATION_TENSORS = {"durations": "/encoder/Clip_output_0", "lengths": _UNROUNDED}


def split(source: Path, folder: Path) -> None:
    """Write encoder.onnx and decoder.onnx into a new folder.

    With T tokens and F = sum of the durations, the inputs of the encoder are tokens int64 (1, T + 2), style float32
    (1, 256), speed float32 (1,) and duration_scale float32 (1, T + 2); its outputs are durations (1, T + 2), lengths
    (1, T + 2; durations before duration_scale and rounding), features (1, 512, F), f0 (1, 2F) in Hz and energy (1, 2F).
    The inputs of the decoder are features, f0, energy and style; its output is audio, float32 at 24 kHz.

    Args:
        source: kokoro-v1.0.int8.onnx.
        folder: Folder to create.

    Raises:
        ValueError: The file is another export, whose tensors have other names.
    """
    import onnx

    model = onnx.load(str(source))
    outputs = {name for node in model.graph.node for name in node.output}
    missing = {*_CUT_TENSORS.values(), *_DURATION_TENSORS.values()} - outputs
    if missing:
        raise ValueError(f"{source} is not kokoro-v1.0.int8.onnx: it has no tensor {min(missing)}.")
    _add_duration_scale(model.graph)
    folder.mkdir(parents=True)
    for name, part in ((ENCODER_FILE, _extract_encoder(model)), (DECODER_FILE, _extract_decoder(model))):
        replace_convolutions(part.graph)
        onnx.save(part, str(folder / name))


def _add_duration_scale(graph: onnx.GraphProto) -> None:
    """Multiply each token's duration by the input duration_scale before it is rounded to whole frames."""
    from onnx import helper

    scaled = _UNROUNDED + "_scaled"
    index = next(i for i, node in enumerate(graph.node) if node.name == _ROUND_NODE)
    graph.node[index].input[0] = scaled
    graph.node.insert(index, helper.make_node("Mul", [_UNROUNDED, _SCALE_INPUT], [scaled], name=_SCALE_INPUT))
    graph.input.append(_tensor(_SCALE_INPUT, [1, "tokens"]))


def _extract_encoder(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnx import helper

    outputs = _DURATION_TENSORS | _CUT_TENSORS
    inputs = list(model.graph.input)
    renames = [helper.make_node("Identity", [inner], [name], name=name) for name, inner in outputs.items()]
    return _extract(model, inputs, list(outputs.values()), renames, [_tensor(name, None) for name in outputs])


def _extract_decoder(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnx import helper

    style = next(value for value in model.graph.input if value.name == _STYLE_INPUT)
    shapes: dict[str, list[int | str]] = {
        "features": [1, 512, "frames"],
        "f0": [1, "half_frames"],
        "energy": [1, "half_frames"],
    }
    inputs = [style, *(_tensor(name, shape) for name, shape in shapes.items())]
    audio = model.graph.output[0]
    renames = [helper.make_node("Identity", [name], [inner], name=name) for name, inner in _CUT_TENSORS.items()]
    return _extract(model, inputs, [audio.name], renames, [audio], boundary=set(_CUT_TENSORS.values()))


def _extract(
    model: onnx.ModelProto,
    inputs: list[onnx.ValueInfoProto],
    required: list[str],
    renames: list[onnx.NodeProto],
    outputs: list[onnx.ValueInfoProto],
    boundary: AbstractSet[str] = frozenset(),
) -> onnx.ModelProto:
    """Return a model of the nodes and weights that compute the `required` tensors.

    Args:
        model: The whole model.
        inputs: Inputs of the new model.
        required: Names of tensors.
        renames: Nodes that rename tensors at the inputs if there is a boundary, at the outputs otherwise.
        outputs: Outputs of the new model.
        boundary: Names of tensors that become inputs; what computes them is left out.
    """
    from onnx import helper

    producers = {output: node for node in model.graph.node for output in node.output}
    needed: set[str] = set()
    pending = list(required)
    while pending:
        tensor = pending.pop()
        if tensor in needed or tensor in boundary:
            continue
        needed.add(tensor)
        if tensor in producers:
            pending += producers[tensor].input
    needed_nodes = [node for node in model.graph.node if needed.intersection(node.output)]
    nodes = [*renames, *needed_nodes] if boundary else [*needed_nodes, *renames]
    weights = [weight for weight in model.graph.initializer if weight.name in needed]
    graph = helper.make_graph(nodes, model.graph.name, inputs, outputs, weights)
    part = helper.make_model(graph, opset_imports=list(model.opset_import))
    part.ir_version = model.ir_version
    return part


def _tensor(name: str, shape: list[int | str] | None) -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
