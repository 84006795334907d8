"""Network of hibari: from phoneme tokens to the spectra and the F0 of the speech, in one ONNX graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.weights import store

Float = NDArray[np.float32]

SAMPLE_RATE = 24_000  # Hz
FRAME_SAMPLES = 300  # between two frames, i.e. 12.5 ms
NUM_BINS = 601  # of a spectrum, of a window of 1200 samples
MAX_TOKENS = 400  # per call, the limit of the package that publishes the model
_EDGE_TOKEN = 0  # at the start and end of every sequence
_SPECTRA = ("lh", "theta", "ln", "lr", "phi")
_DURATIONS = "/Clip_output_0"  # inner tensor of the graph: durations of the tokens
_DURATION_FRAMES = 2  # a unit of duration, 25 ms as of Kokoro


@dataclass(frozen=True, eq=False, slots=True)
class Frames:
    """Predicted speech of T tokens in F frames.

    Attributes:
        durations: int64 (T + 2,), frames of each token; the first and last are the silent edges.
        harmonic_level: float32 (NUM_BINS, F), log magnitude of the filter of the pulses.
        harmonic_phase: float32 (NUM_BINS, F), phase of that filter; tanh of it, in half turns.
        noise_level: float32 (NUM_BINS, F), log magnitude of the filter of the noise.
        residual_level: float32 (NUM_BINS, F), log magnitude of the rest.
        residual_phase: float32 (NUM_BINS, F), its phase in radians.
        f0: float32 (F,), Hz; 0 where unvoiced.
    """

    durations: NDArray[np.int64]
    harmonic_level: Float
    harmonic_phase: Float
    noise_level: Float
    residual_level: Float
    residual_phase: Float
    f0: Float


class HibariModel:
    """The graph as an ONNX Runtime session. Thread-safe: no state is kept between calls."""

    def __init__(self, path: Path, threads: int) -> None:
        """Open the model file."""
        self._session = _open_session(path, threads)

    def predict(self, tokens: list[int], rate: float) -> Frames:
        """Predict the frames of T tokens, at most MAX_TOKENS, given without the edges.

        Args:
            tokens: Token ids, those of Kokoro.
            rate: Divides every duration.

        Returns:
            The frames.
        """
        durations, *spectra, f0 = self._session.run(
            {"ids": np.array([[_EDGE_TOKEN, *tokens, _EDGE_TOKEN]], np.int64), "speed": np.array([rate], np.float32)},
            [_DURATIONS, *_SPECTRA, "f0"],
        )
        lh, theta, ln, lr, phi = (spectrum[0] for spectrum in spectra)
        return Frames(_DURATION_FRAMES * durations.ravel().astype(np.int64), lh, theta, ln, lr, phi, f0[0])


def load() -> HibariModel:
    """Load the model."""
    return HibariModel(store.artifact_dir("hibari") / "hibari.onnx", settings.read().threads)


def _open_session(path: Path, threads: int) -> OnnxSession:
    """Open the graph with the durations as another output, which the published graph keeps to itself."""
    import onnx

    graph = onnx.load(path)
    graph.graph.output.append(onnx.helper.make_tensor_value_info(_DURATIONS, onnx.TensorProto.FLOAT, None))
    return OnnxSession(graph.SerializeToString(), threads)
