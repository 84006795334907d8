"""Cut Kokoro's int8 graph in two, between the prosody it predicts and the waveform made of it. Runs no model.

The encoder gives durations, F0 and energy; the decoder takes them back. What lies between may be edited exactly,
without a vocoder. Both get their convolutions in the form that CPUs compute fast. Node names are those of
kokoro-v1.0.int8.onnx, whose SHA-256 `artifacts` pins.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.engines.kokoro.int8_matmul import to_products

if TYPE_CHECKING:
    import onnx

SPLIT_VERSION = 3  # part of the derived folder's name: raise it whenever this file writes something else
ENCODER = "encoder.onnx"
DECODER = "decoder.onnx"

_STRETCH = "duration_scale"
_FRACTIONAL = "/encoder/Div_output_0"  # durations before rounding, already divided by the speed: (1, tokens + 2)
_ROUND = "/encoder/Round"
_STYLE = "style"
_CUT = {  # name used here -> tensor of the original graph
    "features": "/encoder/MatMul_1_output_0",
    "f0": "/encoder/Reshape_output_0",
    "energy": "/encoder/Reshape_1_output_0",
}
_LENGTHS = {"durations": "/encoder/Clip_output_0", "lengths": _FRACTIONAL}


def split(model: Path, folder: Path) -> None:
    """Write encoder.onnx and decoder.onnx into `folder` (created), from the checked int8 file `model`.

    encoder: tokens int64 (1, T + 2), style float32 (1, 256), speed float32 (1,), duration_scale float32 (1, T + 2)
    -> durations (1, T + 2), lengths (1, T + 2), features (1, 512, F), f0 (1, 2F) in Hz, energy (1, 2F), with
    F = sum of the durations; lengths are what they were before duration_scale and rounding.
    decoder: features, f0, energy, style -> audio float32 at 24 kHz.
    Raises ValueError where the file is another export whose tensors have other names.
    """
    import onnx

    whole = onnx.load(str(model))
    made = {name for node in whole.graph.node for name in node.output}
    absent = {*_CUT.values(), *_LENGTHS.values()} - made
    if absent:
        raise ValueError(f"{model} is not kokoro-v1.0.int8.onnx: it has no tensor {min(absent)}.")
    _stretch_durations(whole.graph)
    folder.mkdir(parents=True)
    for name, part in ((ENCODER, _encoder(whole)), (DECODER, _decoder(whole))):
        to_products(part.graph)
        onnx.save(part, str(folder / name))


def _stretch_durations(graph: onnx.GraphProto) -> None:
    """Multiply each token's duration by duration_scale before it is rounded to whole frames."""
    from onnx import helper

    scaled = _FRACTIONAL + "_scaled"
    place = next(i for i, node in enumerate(graph.node) if node.name == _ROUND)
    graph.node[place].input[0] = scaled
    graph.node.insert(place, helper.make_node("Mul", [_FRACTIONAL, _STRETCH], [scaled], name=_STRETCH))
    graph.input.append(_tensor(_STRETCH, [1, "tokens"]))


def _encoder(whole: onnx.ModelProto) -> onnx.ModelProto:
    from onnx import helper

    outputs = _LENGTHS | _CUT
    inputs = list(whole.graph.input)
    names = [helper.make_node("Identity", [inner], [name], name=name) for name, inner in outputs.items()]
    return _part(whole, inputs, list(outputs.values()), names, [_tensor(name, None) for name in outputs])


def _decoder(whole: onnx.ModelProto) -> onnx.ModelProto:
    from onnx import helper

    style = next(value for value in whole.graph.input if value.name == _STYLE)
    shapes: dict[str, list[int | str]] = {
        "features": [1, 512, "frames"],
        "f0": [1, "half_frames"],
        "energy": [1, "half_frames"],
    }
    inputs = [style, *(_tensor(name, shape) for name, shape in shapes.items())]
    audio = whole.graph.output[0]
    names = [helper.make_node("Identity", [name], [inner], name=name) for name, inner in _CUT.items()]
    return _part(whole, inputs, [audio.name], names, [audio], stop=set(_CUT.values()))


def _part(
    whole: onnx.ModelProto,
    inputs: list[onnx.ValueInfoProto],
    wanted: list[str],
    names: list[onnx.NodeProto],
    outputs: list[onnx.ValueInfoProto],
    stop: frozenset[str] | set[str] = frozenset(),
) -> onnx.ModelProto:
    """The nodes and weights of `whole` that `wanted` needs, up to the tensors in `stop`; `names` rename the ends."""
    from onnx import helper

    makers = {output: node for node in whole.graph.node for output in node.output}
    needed: set[str] = set()
    open_ends = list(wanted)
    while open_ends:
        tensor = open_ends.pop()
        if tensor in needed or tensor in stop:
            continue
        needed.add(tensor)
        if tensor in makers:
            open_ends += makers[tensor].input
    kept = [node for node in whole.graph.node if needed.intersection(node.output)]
    nodes = [*names, *kept] if stop else [*kept, *names]
    weights = [weight for weight in whole.graph.initializer if weight.name in needed]
    graph = helper.make_graph(nodes, whole.graph.name, inputs, outputs, weights)
    part = helper.make_model(graph, opset_imports=list(whole.opset_import))
    part.ir_version = whole.ir_version
    return part


def _tensor(name: str, shape: list[int | str] | None) -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
