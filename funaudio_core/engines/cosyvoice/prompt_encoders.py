"""The two networks that listen to a prompt, as the ONNX files of the release. Knows no torch.

Thread-safe: ONNX Runtime allows concurrent calls of one session.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.config import SPEAKER

Float = NDArray[np.float32]


class SpeechTokenizer:
    """speech_tokenizer_v2.onnx or _v3.onnx: what is said in a clip, 25 tokens a second."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = _session(path, threads)
        self._mels, self._length = (value.name for value in self._session.get_inputs())

    def __call__(self, mels: Float) -> NDArray[np.int64]:
        """int64 (n,), n = a quarter of the frames, rounded up at each of two halvings, of features.heard()."""
        given = {self._mels: mels[None], self._length: np.array([mels.shape[1]], np.int32)}
        return np.asarray(self._session.run(None, given)[0], np.int64).reshape(-1)


class SpeakerEncoder:
    """campplus.onnx: who speaks."""

    def __init__(self, path: Path) -> None:
        self._session = _session(path, threads=1)

    def __call__(self, mels: Float) -> Float:
        """float32 (192,) of features.speaker()."""
        found: Float = self._session.run(None, {self._session.get_inputs()[0].name: mels[None]})[0]
        return found.reshape(SPEAKER)


def _session(path: Path, threads: int) -> Any:  # noqa: ANN401 (the package carries no types)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
