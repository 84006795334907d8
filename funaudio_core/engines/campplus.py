"""CAM++ speaker encoder with ONNX Runtime.

The network is that of "CAM++: A fast and efficient network for speaker verification using context-aware masking" (Wang
et al., 2023): a convolutional front end on 80 log mel bands, a time-delay network of three densely connected blocks
whose layers are masked by their context, statistics pooling and a linear layer.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import audio, settings
from funaudio_core.audio.fbank import FRAME_SAMPLES, NUM_MELS, RATE, kaldi_fbank
from funaudio_core.engines.onnx_graph import CheckpointGraph
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.engines.protocols import SpeakerEncoder
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.errors import silent_clip_error
from funaudio_core.types import Audio
from funaudio_core.weights import state_dict, store

Floats = NDArray[np.float32]

EMBEDDING_SIZE = 192
GRAPH_VERSION = 2  # part of the derived file's name; to be raised whenever the output of build_graph() changes

BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers of a block, dilation of their convolutions
CONTEXT_FRAMES = 100  # of 20 ms, over which the local context of a mask is averaged
STRIDES = {"layer1": (2, 1), "layer2": (2, 1)}  # (mels, frames) of the first block of a front end's layer


class CamPlus:
    """Speaker encoder. Thread-safe: ONNX Runtime allows concurrent calls of one session."""

    size = EMBEDDING_SIZE

    def __init__(self, session: OnnxSession) -> None:
        """Wrap a session of the graph that build_graph() wrote."""
        self._session = session

    def embed(self, clip: Audio) -> Floats:
        """Return the speaker embedding of a clip; the dot product of two is their similarity.

        Returns:
            float32 (192,), unit length.

        Raises:
            BadInput: The clip is silent or shorter than a frame of 25 ms.
        """
        samples = audio.resample(clip, RATE).samples
        if len(samples) < FRAME_SAMPLES or audio.is_silent(clip):
            raise silent_clip_error(clip.duration)
        embedding: Floats = self._session.run({"mels": kaldi_fbank(samples)[None]})[0][0]
        unit: Floats = embedding / np.linalg.norm(embedding)
        return unit


def build_graph(state: dict[str, Floats], path: Path) -> None:
    """Write the network as an ONNX graph from `mels` (1, frames, 80) to the embedding (1, 192)."""
    graph = CheckpointGraph(state)
    value = _front_end(graph, "mels")
    value = graph.add("Conv", value, graph.parameter("xvector.tdnn.linear.weight"), strides=[2], pads=[2, 2])
    value = _normalize(graph, value, "xvector.tdnn.nonlinear")
    context = _context_indices(graph, value)
    for block, (layers, dilation) in enumerate(BLOCKS, 1):
        for layer in range(1, layers + 1):
            name = f"xvector.block{block}.tdnnd{layer}"
            added = _normalize(graph, value, f"{name}.nonlinear1")
            added = graph.add("Conv", added, graph.parameter(f"{name}.linear1.weight"))
            added = _normalize(graph, added, f"{name}.nonlinear2")
            value = graph.add("Concat", value, _masked(graph, added, f"{name}.cam_layer", dilation, context), axis=1)
        value = _normalize(graph, value, f"xvector.transit{block}.nonlinear")
        value = graph.add("Conv", value, graph.parameter(f"xvector.transit{block}.linear.weight"))
    value = _pool_statistics(graph, _normalize(graph, value, "xvector.out_nonlinear"))
    value = graph.add("Conv", value, graph.parameter("xvector.dense.linear.weight"))
    value = graph.add("Squeeze", _batch_norm(graph, value, "xvector.dense.nonlinear.batchnorm"), graph.integers(2))
    graph.save(path, {"mels": (1, "frames", NUM_MELS)}, value)


def _front_end(graph: CheckpointGraph, mels: str) -> str:
    """Add the 2-D convolutions from (1, frames, 80) to (1, 320, frames)."""
    value = graph.add("Unsqueeze", graph.add("Transpose", mels, perm=[0, 2, 1]), graph.integers(1))
    value = graph.add("Relu", _convolve(graph, value, "head.conv1", "head.bn1", (1, 1)))
    for layer, stride in STRIDES.items():
        for index in (0, 1):
            name, step = f"head.{layer}.{index}", stride if index == 0 else (1, 1)
            inner = graph.add("Relu", _convolve(graph, value, f"{name}.conv1", f"{name}.bn1", step))
            inner = _convolve(graph, inner, f"{name}.conv2", f"{name}.bn2", (1, 1))
            if index == 0:
                value = _convolve(graph, value, f"{name}.shortcut.0", f"{name}.shortcut.1", step)
            value = graph.add("Relu", graph.add("Add", inner, value))
    value = graph.add("Relu", _convolve(graph, value, "head.conv2", "head.bn2", (2, 1)))
    frames = graph.add("Slice", graph.add("Shape", value), graph.integers(3), graph.integers(4))
    return graph.add("Reshape", value, graph.add("Concat", graph.integers(1, -1), frames, axis=0))


def _convolve(graph: CheckpointGraph, value: str, conv: str, norm: str, stride: tuple[int, int]) -> str:
    """Add a 2-D convolution that keeps the size but for the stride, and its batch norm."""
    size = graph.state[f"{conv}.weight"].shape[-1]
    value = graph.add("Conv", value, graph.parameter(f"{conv}.weight"), strides=stride, pads=[size // 2] * 4)
    return _batch_norm(graph, value, norm)


def _normalize(graph: CheckpointGraph, value: str, name: str) -> str:
    """Add a batch norm and a ReLU."""
    return graph.add("Relu", _batch_norm(graph, value, f"{name}.batchnorm"))


def _batch_norm(graph: CheckpointGraph, value: str, name: str) -> str:
    """Add a batch norm; one without learned weights has none in the checkpoint."""
    mean, variance = (graph.state[f"{name}.running_{kind}"] for kind in ("mean", "var"))
    weight, bias = graph.state.get(f"{name}.weight", np.ones_like(mean)), graph.state.get(f"{name}.bias", 0 * mean)
    constants = map(graph.constant, (weight, bias, mean, variance))
    return graph.add("BatchNormalization", value, *constants, epsilon=1e-5)


def _context_indices(graph: CheckpointGraph, value: str) -> str:
    """Add the index of the context segment of each frame of (1, channels, frames), int64 (frames,)."""
    frames = graph.add("Gather", graph.add("Shape", value), graph.constant(np.array(2, np.int64)))
    zero, one, size = (graph.constant(np.array(number, np.int64)) for number in (0, 1, CONTEXT_FRAMES))
    return graph.add("Div", graph.add("Range", zero, frames, one), size)


def _masked(graph: CheckpointGraph, value: str, name: str, dilation: int, context: str) -> str:
    """Add a convolution over three frames, masked by the mean of the clip and that of each context segment."""
    local = graph.add(
        "Conv",
        value,
        graph.parameter(f"{name}.linear_local.weight"),
        pads=[dilation, dilation],
        dilations=[dilation],
    )
    segments = graph.add(
        "AveragePool", value, kernel_shape=[CONTEXT_FRAMES], strides=[CONTEXT_FRAMES], ceil_mode=1, count_include_pad=0
    )
    around = graph.add("Add", segments, graph.add("ReduceMean", value, axes=[2], keepdims=1))
    for layer, activation in (("linear1", "Relu"), ("linear2", "Sigmoid")):
        weights = (graph.parameter(f"{name}.{layer}.{kind}") for kind in ("weight", "bias"))
        around = graph.add(activation, graph.add("Conv", around, *weights))
    return graph.add("Mul", local, graph.add("Gather", around, context, axis=2))


def _pool_statistics(graph: CheckpointGraph, value: str) -> str:
    """Add mean and standard deviation (with Bessel's correction) over the frames: (1, 2 * channels, 1)."""
    mean = graph.add("ReduceMean", value, axes=[2], keepdims=1)
    deviation = graph.add("Sub", value, mean)
    squares = graph.add("ReduceSum", graph.add("Mul", deviation, deviation), graph.integers(2), keepdims=1)
    frames = graph.add(
        "Cast", graph.add("Slice", graph.add("Shape", value), graph.integers(2), graph.integers(3)), to=1
    )
    one = graph.constant(np.ones(1, np.float32))
    degrees = graph.add("Max", graph.add("Sub", frames, one), one)
    return graph.add("Concat", mean, graph.add("Sqrt", graph.add("Div", squares, degrees)), axis=1)


def load() -> CamPlus:
    """Load the encoder; the first load ever writes its graph to the cache."""

    def build(path: Path) -> None:
        build_graph(state_dict.read_state_dict(store.artifact_dir("speakers") / "campplus_cn_en_common.pt"), path)

    return CamPlus(OnnxSession(store.cached(f"campplus-{GRAPH_VERSION}.onnx", build), settings.read().threads))


SPEC: EngineSpec[SpeakerEncoder] = EngineSpec(
    name="campplus",
    title="CAM++ speaker encoder",
    tier="lite",
    languages=frozenset(),  # independent of the language
    licence="Apache-2.0",
    source="iic/speech_campplus_sv_zh_en_16k-common_advanced of ModelScope",
    load=load,
    artifacts=("speakers",),
)
