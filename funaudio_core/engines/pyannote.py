"""pyannote's speaker segmentation 3.0 with ONNX Runtime.

The network is that of "Powerset multi-class cross entropy loss for neural speaker diarization" (Plaquet and Bredin,
2023): SincNet (Ravanelli and Bengio, 2018) on samples, four bidirectional LSTM layers, two linear layers and a
classifier of the sets of speakers that may speak at once.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines.onnx_graph import CheckpointGraph
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.engines.protocols import SpeakerSegmenter
from funaudio_core.engines.spec import EngineSpec
from funaudio_core.types import Samples
from funaudio_core.weights import state_dict, store

Floats = NDArray[np.float32]

RATE = 16_000  # Hz, as trained
WINDOW_SECONDS = 10.0  # as trained
FRAME_SAMPLES, HOP_SAMPLES = 991, 270  # receptive field and step of a frame
GRAPH_VERSION = 2  # part of the derived file's name; to be raised whenever the output of build_graph() changes
# Speakers of each class, in the order of the classifier's outputs.
SPEAKER_SETS = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
NUM_SPEAKERS = 3
NUM_FRAMES = 589  # of a whole window
MIN_SAMPLES = RATE  # shorter windows are padded with silence: the norms need some frames

NUM_LAYERS, HIDDEN_SIZE = 4, 128  # of the LSTM
SINC_STRIDE = 10
MIN_CUTOFF_HZ = MIN_BANDWIDTH_HZ = 50.0  # of the filters, from SincNet
POOL = 3
LEAK = 0.01  # slope of the negative half of an activation


class PyannoteSegmenter:
    """Speaker segmentation. Thread-safe: ONNX Runtime allows concurrent calls of one session."""

    window_seconds = WINDOW_SECONDS
    frame_seconds = HOP_SAMPLES / RATE
    shape = (NUM_FRAMES, NUM_SPEAKERS)

    def __init__(self, session: OnnxSession) -> None:
        """Wrap a session of the graph that build_graph() wrote."""
        self._session = session

    def segment(self, window: Samples) -> Floats:
        """Return the probability that each speaker of a window speaks, by frame; see SpeakerSegmenter."""
        padded = np.pad(window, (0, max(0, MIN_SAMPLES - len(window))))
        classes: Floats = self._session.run({"samples": padded[None, None]})[0]
        members = np.array([[speaker in chosen for speaker in range(NUM_SPEAKERS)] for chosen in SPEAKER_SETS])
        probabilities: Floats = classes @ members.astype(np.float32)
        return probabilities[: -(-len(window) // HOP_SAMPLES)]


def build_graph(state: dict[str, Floats], path: Path) -> None:
    """Write the network as an ONNX graph from `samples` (1, 1, n) to probabilities (frames, 7) of SPEAKER_SETS."""
    graph = CheckpointGraph(state)
    value = _instance_norm(graph, "samples", "sincnet.wav_norm1d")
    value = graph.add("Conv", value, graph.constant(sinc_filters(state)), strides=[SINC_STRIDE])
    value = _pool(graph, graph.add("Abs", value), 0)
    for layer in (1, 2):
        value = _pool(graph, graph.add("Conv", value, *_weights(graph, f"sincnet.conv1d.{layer}")), layer)
    value = graph.add("Transpose", value, perm=[2, 0, 1])  # (frames, 1, features)
    for layer in range(NUM_LAYERS):
        value = _lstm(graph, value, layer)
    value = graph.add("Squeeze", value, graph.integers(1))  # (frames, features)
    for name in ("linear.0", "linear.1"):
        value = graph.add("LeakyRelu", _linear(graph, value, name), alpha=LEAK)
    value = graph.add("Softmax", _linear(graph, value, "classifier"), axis=-1)
    graph.save(path, {"samples": (1, 1, "n")}, value)


def sinc_filters(state: dict[str, Floats]) -> Floats:
    """Return SincNet's band-pass filters, float32 (80, 1, 251): the even and then the odd one of each band.

    Only one half of a filter is stored, as the window `window_` and the angles per hertz `n_`.
    """
    low_hz, band_hz, window, angles = (
        state[f"sincnet.conv1d.0.filterbank.{name}_"].astype(np.float64)
        for name in ("low_hz", "band_hz", "window", "n")
    )
    low = MIN_CUTOFF_HZ + np.abs(low_hz)
    high = np.clip(low + MIN_BANDWIDTH_HZ + np.abs(band_hz), MIN_CUTOFF_HZ, RATE / 2)
    scale = window / (angles / 2) / (2 * (high - low))
    even = (np.sin(high * angles) - np.sin(low * angles)) * scale
    odd = (np.cos(low * angles) - np.cos(high * angles)) * scale
    middle = np.ones((len(low), 1))
    filters = [
        np.concatenate([even, middle, even[:, ::-1]], axis=1),
        np.concatenate([odd, 0 * middle, -odd[:, ::-1]], axis=1),
    ]
    return np.concatenate(filters)[:, None].astype(np.float32)


def _pool(graph: CheckpointGraph, value: str, layer: int) -> str:
    """Add the pooling, norm and activation after a convolution of SincNet."""
    value = graph.add("MaxPool", value, kernel_shape=[POOL], strides=[POOL])
    return graph.add("LeakyRelu", _instance_norm(graph, value, f"sincnet.norm1d.{layer}"), alpha=LEAK)


def _weights(graph: CheckpointGraph, name: str) -> tuple[str, str]:
    return graph.parameter(f"{name}.weight"), graph.parameter(f"{name}.bias")


def _instance_norm(graph: CheckpointGraph, value: str, name: str) -> str:
    return graph.add("InstanceNormalization", value, *_weights(graph, name), epsilon=1e-5)


def _linear(graph: CheckpointGraph, value: str, name: str) -> str:
    return graph.add("Gemm", value, *_weights(graph, name), transB=1)


def _lstm(graph: CheckpointGraph, value: str, layer: int) -> str:
    """Add a bidirectional LSTM layer on (frames, 1, features)."""
    inputs, hidden, biases = [], [], []
    for suffix in (f"l{layer}", f"l{layer}_reverse"):
        inputs.append(_reorder_gates(graph.state[f"lstm.weight_ih_{suffix}"]))
        hidden.append(_reorder_gates(graph.state[f"lstm.weight_hh_{suffix}"]))
        biases.append(
            np.concatenate([_reorder_gates(graph.state[f"lstm.bias_{kind}_{suffix}"]) for kind in ("ih", "hh")])
        )
    constants = [graph.constant(np.stack(arrays)) for arrays in (inputs, hidden, biases)]
    both = graph.add("LSTM", value, *constants, direction="bidirectional", hidden_size=HIDDEN_SIZE)
    both = graph.add("Transpose", both, perm=[0, 2, 1, 3])  # from (frames, directions, 1, size)
    return graph.add("Reshape", both, graph.integers(-1, 1, 2 * HIDDEN_SIZE))


def _reorder_gates(parameters: Floats) -> Floats:
    """Return the rows of an LSTM's four gates in the order of ONNX: input, output, forget, cell."""
    enter, forget, cell, output = np.split(parameters, 4)
    return np.concatenate([enter, output, forget, cell])


def load() -> PyannoteSegmenter:
    """Load the segmenter; the first load ever writes its graph to the cache."""

    def build(path: Path) -> None:
        source = store.artifact_dir("speakers") / "pyannote_segmentation.pt"
        build_graph(state_dict.read_state_dict(source, "state_dict"), path)

    path = store.cached(f"pyannote-segmentation-{GRAPH_VERSION}.onnx", build)
    return PyannoteSegmenter(OnnxSession(path, settings.read().threads))


SPEC: EngineSpec[SpeakerSegmenter] = EngineSpec(
    name="pyannote-segmentation",
    title="pyannote segmentation 3.0",
    tier="lite",
    languages=frozenset(),  # independent of the language
    licence="MIT",
    source="pyannote/segmentation-3.0",
    load=load,
    artifacts=("speakers",),
)
