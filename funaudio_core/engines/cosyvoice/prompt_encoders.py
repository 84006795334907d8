"""ONNX models of a release that encode a prompt: speech tokenizer and speaker encoder.

Thread-safe: ONNX Runtime allows concurrent calls of one session.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.cosyvoice.config import SPEAKER_DIM
from funaudio_core.engines.onnx_graph import open_session

Float = NDArray[np.float32]


class SpeechTokenizer:
    """Speech tokenizer (speech_tokenizer_v2.onnx or _v3.onnx), 25 tokens a second."""

    def __init__(self, path: Path, threads: int) -> None:
        """Open the model file."""
        self._session = open_session(path, threads)
        self._mels, self._length = (value.name for value in self._session.get_inputs())

    def __call__(self, mels: Float) -> NDArray[np.int64]:
        """Return the speech tokens of features.whisper_log_mel() (128, frames).

        Returns:
            int64 (n,); n is the number of frames halved twice, each time rounded up.
        """
        feeds = {self._mels: mels[None], self._length: np.array([mels.shape[1]], np.int32)}
        return np.asarray(self._session.run(None, feeds)[0], np.int64).reshape(-1)


class SpeakerEncoder:
    """Speaker encoder (campplus.onnx)."""

    def __init__(self, path: Path) -> None:
        """Open the model file."""
        self._session = open_session(path, threads=1)

    def __call__(self, fbank: Float) -> Float:
        """Return the speaker embedding, float32 (192,), of audio.fbank.kaldi_fbank() (frames, 80)."""
        embedding: Float = self._session.run(None, {self._session.get_inputs()[0].name: fbank[None]})[0]
        return embedding.reshape(SPEAKER_DIM)
