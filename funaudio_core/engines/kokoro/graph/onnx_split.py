"""Split of Kokoro's int8 graph between the prediction of prosody and the generation of the waveform.

The encoder outputs durations, F0 and energy, and the decoder takes them as inputs, so that they can be edited exactly,
without a vocoder. The source turns F0 into harmonics, whose phase runs through the whole sentence; the decoder and the
generator can then make the sentence in pieces. The convolutions are replaced by faster matrix products. Node names are
those of kokoro-v1.0.int8.onnx, whose SHA-256 is pinned in weights.catalog.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from funaudio_core.engines.kokoro.graph.generator import MOMENTS, replace_generator
from funaudio_core.engines.kokoro.graph.int8_matmul import replace_convolutions
from funaudio_core.engines.kokoro.graph.norms import (
    DECODER_MOMENTS,
    MOMENTS_INPUT,
    MOMENTS_OUTPUT,
    SHARE_INPUT,
    share_moments,
)
from funaudio_core.engines.kokoro.graph.source import replace_transform
from funaudio_core.engines.onnx_graph import select_nodes

if TYPE_CHECKING:
    import onnx

SPLIT_VERSION = 7  # part of the derived folder's name; to be raised whenever the output of this package changes
ENCODER_FILE = "encoder.onnx"
DECODER_FILE = "decoder.onnx"
SOURCE_FILE = "source.onnx"
GENERATOR_FILE = "generator.onnx"

_SCALE_INPUT = "duration_scale"
_UNROUNDED = "/encoder/Div_output_0"  # durations before rounding, already divided by the speed: (1, tokens + 2)
_ROUND_NODE = "/encoder/Round"
_STYLE_INPUT = "style"
# Name used here -> tensor of the original graph.
_DURATIONS = {"durations": "/encoder/Clip_output_0", "lengths": _UNROUNDED}
_PROSODY = {
    "features": "/encoder/MatMul_1_output_0",
    "f0": "/encoder/Reshape_output_0",
    "energy": "/encoder/Reshape_1_output_0",
}
_HIDDEN = {"hidden": "/decoder/decoder/generator/LeakyRelu_output_0"}
_SOURCE = {"source": "/decoder/decoder/generator/Concat_3_output_0"}
_SHAPES: dict[str, list[int | str]] = {
    "features": [1, 512, "frames"],
    "f0": [1, "half_frames"],
    "energy": [1, "half_frames"],
    "hidden": [1, 512, "half_frames"],
    "source": [1, 22, "spectra"],
}


def split(source: Path, folder: Path) -> None:
    """Write encoder.onnx, decoder.onnx, source.onnx and generator.onnx into a new folder.

    With T tokens and F = sum of the durations:

    - Encoder: tokens int64 (1, T + 2), style float32 (1, 256), speed float32 (1,) and duration_scale float32 (1, T + 2)
      to durations (1, T + 2), lengths (1, T + 2; durations before duration_scale and rounding), features (1, 512, F),
      f0 (1, 2F) in Hz and energy (1, 2F).
    - Decoder: features, f0, energy, style and the inputs of graph.norms to hidden (1, 512, 2F) and moments (1,
      DECODER_MOMENTS, 1).
    - Source: f0 to source (1, 22, 120F + 1).
    - Generator: hidden, source, style and the inputs of graph.norms to audio, float32 at 24 kHz, and moments (2,
      MOMENTS).

    Args:
        source: kokoro-v1.0.int8.onnx.
        folder: Folder to create.

    Raises:
        ValueError: The file is another export, whose tensors have other names.
    """
    import onnx

    model = onnx.load(str(source))
    outputs = {name for node in model.graph.node for name in node.output}
    missing = {*_DURATIONS.values(), *_PROSODY.values(), *_HIDDEN.values(), *_SOURCE.values()} - outputs
    if missing:
        raise ValueError(f"{source} is not kokoro-v1.0.int8.onnx: it has no tensor {min(missing)}.")
    _add_duration_scale(model.graph)
    generator = _extract(model, _HIDDEN | _SOURCE, {"audio": model.graph.output[0].name})
    _add_moments(generator.graph, [2, MOMENTS])
    replace_generator(generator.graph)
    decoder = _extract(model, _PROSODY, _HIDDEN)
    _add_moments(decoder.graph, [1, DECODER_MOMENTS, 1])
    share_moments(decoder.graph)
    sound_source = _extract(model, {"f0": _PROSODY["f0"]}, _SOURCE)
    replace_transform(sound_source.graph)
    folder.mkdir(parents=True)
    for name, part in (
        (ENCODER_FILE, _extract(model, {}, _DURATIONS | _PROSODY)),
        (DECODER_FILE, decoder),
        (SOURCE_FILE, sound_source),
        (GENERATOR_FILE, generator),
    ):
        replace_convolutions(part.graph)
        onnx.save(part, str(folder / name))


def _add_moments(graph: onnx.GraphProto, shape: list[int | str]) -> None:
    """Declare the inputs and the output of graph.norms, with moments of a shape."""
    graph.input.extend([_tensor(MOMENTS_INPUT, shape), _tensor(SHARE_INPUT, [1])])
    graph.output.append(_tensor(MOMENTS_OUTPUT, None))


def _add_duration_scale(graph: onnx.GraphProto) -> None:
    """Multiply each token's duration by the input duration_scale before it is rounded to whole frames."""
    from onnx import helper

    scaled = _UNROUNDED + "_scaled"
    index = next(i for i, node in enumerate(graph.node) if node.name == _ROUND_NODE)
    graph.node[index].input[0] = scaled
    graph.node.insert(index, helper.make_node("Mul", [_UNROUNDED, _SCALE_INPUT], [scaled], name=_SCALE_INPUT))
    graph.input.append(_tensor(_SCALE_INPUT, [1, "tokens"]))


def _extract(model: onnx.ModelProto, inputs: dict[str, str], outputs: dict[str, str]) -> onnx.ModelProto:
    """Return a model of the nodes and weights that compute some tensors.

    Args:
        model: The whole model.
        inputs: Names of new inputs, and the tensors that they replace. Inputs of the whole model that are needed are
            kept.
        outputs: Names of new outputs, and the tensors that they hold.
    """
    from onnx import helper

    renames = [helper.make_node("Identity", [name], [inner], name=name) for name, inner in inputs.items()]
    results = [
        helper.make_node("Identity", [inner], [name], name=name) for name, inner in outputs.items() if name != inner
    ]
    old = [node for node in model.graph.node if not set(inputs.values()).intersection(node.output)]
    nodes = select_nodes([*renames, *old, *results], list(outputs))
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        model.graph.name,
        [value for value in model.graph.input if value.name in used] + [_tensor(n, _SHAPES[n]) for n in inputs],
        [_tensor(name, None) for name in outputs],
        [weight for weight in model.graph.initializer if weight.name in used],
    )
    part = helper.make_model(graph, opset_imports=list(model.opset_import))
    part.ir_version = model.ir_version
    return part


def _tensor(name: str, shape: list[int | str] | None) -> onnx.ValueInfoProto:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
