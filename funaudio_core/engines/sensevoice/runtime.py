"""Runs the model on a batch of clips: ONNX Runtime on the CPU or torch on a GPU. Knows neither sound nor text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.sensevoice import ctc, prompt_rows
from funaudio_core.engines.sensevoice.ctc import Output

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoice

INPUTS = ("features", "lengths", "queries")  # of the graph, and of the module's forward()
Float = NDArray[np.float32]
Int = NDArray[np.int64]


class Runtime(Protocol):
    """A batch of clips through the model.

    budget: seconds of padded sound in one call. call: what a call costs by itself, in seconds of sound.
    """

    budget: float
    call: float

    def read(self, clips: Sequence[Float], asked: Sequence[tuple[int, ...]]) -> list[Output]:
        """One output a clip. clips: features, float32 (rows, width) each. asked: queries.rows() of each."""
        ...


class OnnxRuntime:
    """The graph on CPU threads. Thread-safe: ONNX Runtime allows concurrent calls of one session.

    In an int8 graph the clips of a batch share the scale of each layer's input, so where the model all but ties, the
    company that a clip is in can tip it.
    """

    budget = 60.0  # its logits take 100 MB
    call = 1.5  # measured on two threads: .04 CPU-s a call, .025 a second of sound

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.width: int = self._session.get_inputs()[0].shape[2]  # numbers in a row of features

    def logits(self, features: Float, lengths: Int, asked: Int) -> Float:
        """float32 (batch, 4 + time, pieces), for what SenseVoice.forward() takes."""
        found: Float = self._session.run(None, dict(zip(INPUTS, (features, lengths, asked), strict=True)))[0]
        return found

    def read(self, clips: Sequence[Float], asked: Sequence[tuple[int, ...]]) -> list[Output]:
        """One output a clip."""
        features, lengths = _padded(clips)
        logits = self.logits(features, lengths, np.array(asked))
        return [ctc.output(rows[: prompt_rows.COUNT + length]) for rows, length in zip(logits, lengths, strict=True)]


class TorchRuntime:
    """The module on an accelerator, in float32. Thread-safe: a forward pass keeps nothing."""

    budget = 300.0
    call = 10.0  # padding is cheap where thousands of cores wait

    def __init__(self, model: SenseVoice, device: str) -> None:
        self._model, self._device = model.to(device), device

    def read(self, clips: Sequence[Float], asked: Sequence[tuple[int, ...]]) -> list[Output]:
        """One output a clip. Only tags, ids and their probabilities leave the device, not a vocabulary a row."""
        import torch

        features, lengths = _padded(clips)
        with torch.inference_mode():
            inputs = (torch.from_numpy(array).to(self._device) for array in (features, lengths, np.array(asked)))
            logits = self._model(*inputs)
            best, ids = logits.max(dim=2)
            probability = (best - logits.logsumexp(dim=2)).exp()
            tags, ids, probability = (x.cpu().numpy() for x in (logits[:, : prompt_rows.COUNT], ids, probability))
        sound = [slice(prompt_rows.COUNT, prompt_rows.COUNT + length) for length in lengths]
        return [Output(tags[i], ctc.collapse(ids[i, rows], probability[i, rows])) for i, rows in enumerate(sound)]


def _padded(clips: Sequence[Float]) -> tuple[Float, Int]:
    """Features (batch, time, width) with zeros behind the shorter clips, and their rows (batch,)."""
    lengths = np.array([len(clip) for clip in clips])
    features = np.zeros((len(clips), lengths.max(), clips[0].shape[1]), np.float32)
    for row, clip in zip(features, clips, strict=True):
        row[: len(clip)] = clip
    return features, lengths
