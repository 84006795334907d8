"""Kokoro-82M as two calls: tokens to predicted prosody, prosody to samples. Knows no text and no style."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from funaudio_core import settings
from funaudio_core.engines.kokoro import onnx_split
from funaudio_core.errors import BadInput
from funaudio_core.types import Samples
from funaudio_core.weights import store

if TYPE_CHECKING:
    import onnxruntime

SAMPLE_RATE = 24_000  # Hz
FRAME = 600  # samples in one unit of duration, i.e. 25 ms
CURVE_STEP = FRAME // 2  # samples between two values of F0 or energy: both curves run at twice the frame rate
MAX_TOKENS = 510  # per call; the rows of a voice, hexgrad/Kokoro-82M
VOICED_ABOVE = 40.0  # Hz; the F0 curve dips below this, even under zero, where nothing is voiced
_EDGE = 0  # the token that opens and closes every sequence

Float = NDArray[np.float32]


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """What the model means to say, before any sound is made.

    durations: int64 (T + 2,), frames of FRAME samples per token; the first and last belong to the silent edges.
    lengths: float32 (T + 2,), the same before duration_scale and rounding.
    features: float32 (1, 512, F), F = sum of durations. f0: float32 (2F,), Hz, voiced where above VOICED_ABOVE.
    energy: float32 (2F,), the model's own unit, about 0 (silence) to 15.
    """

    durations: NDArray[np.int64]
    lengths: Float
    features: Float
    f0: Float
    energy: Float

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """bool (2F,): where the F0 curve stands for a pitch."""
        return self.f0 > VOICED_ABOVE


class KokoroModel:
    """The two sessions. Holds no state between calls: any number of threads may call it at once."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._encoder = _session(folder / onnx_split.ENCODER, threads)
        self._decoder = _session(folder / onnx_split.DECODER, threads)

    def predict(
        self, tokens: list[int], style: Float, speed: float = 1.0, duration_scale: Float | None = None
    ) -> Prediction:
        """Durations, F0 and energy of `tokens` (T ids, without the edges) for a style vector, float32 (1, 256).

        speed: x, divides every duration. duration_scale: float32 (1, T + 2), multiplies each one (edges included).
        Raises BadInput for no token or more than MAX_TOKENS.
        """
        if not 0 < len(tokens) <= MAX_TOKENS:
            raise BadInput(
                "Kokoro accepts 1 to {most} phonemes at a time; got {count}. Split the text.",
                most=MAX_TOKENS,
                count=len(tokens),
            )
        if duration_scale is None:
            duration_scale = np.ones((1, len(tokens) + 2), np.float32)
        durations, lengths, features, f0, energy = self._encoder.run(
            ["durations", "lengths", "features", "f0", "energy"],
            {
                "tokens": np.array([[_EDGE, *tokens, _EDGE]], np.int64),
                "style": style,
                "speed": np.array([speed], np.float32),
                "duration_scale": duration_scale,
            },
        )
        frames = durations.ravel().astype(np.int64)
        return Prediction(frames, lengths.ravel(), features, f0.ravel(), energy.ravel())

    def decode(self, features: Float, f0: Float, energy: Float, style: Float) -> Samples:
        """Sound of a prediction, edited or not: float32 (F * FRAME,) at SAMPLE_RATE.

        features: (1, 512, F). f0, energy: (2F,). style: (1, 256); its first half is the timbre.
        """
        inputs = {"features": features, "f0": f0[None], "energy": energy[None], "style": style}
        audio: Samples = self._decoder.run(None, inputs)[0].ravel()
        return audio


@cache
def load() -> KokoroModel:
    """The model of this process, split on first use (about a second) and kept under the cache after that."""

    def make(folder: Path) -> None:
        onnx_split.split(store.artifact_dir("kokoro") / "kokoro-v1.0.int8.onnx", folder)

    folder = store.cached(f"kokoro-{onnx_split.SPLIT_VERSION}", make)
    return KokoroModel(folder, settings.read().threads)


def load_voice(path: Path) -> Float:
    """A voice file: float32 (510, 1, 256), one style vector per count of tokens, row T - 1 for T tokens.

    In each vector [0:128] is the timbre (decoder) and [128:256] the prosody (encoder).
    """
    return np.fromfile(path, np.float32).reshape(MAX_TOKENS, 1, 256)


def _session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
