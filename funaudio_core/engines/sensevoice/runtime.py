"""Runtimes of the model for a batch of clips: ONNX Runtime on the CPU, torch on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from funaudio_core.engines.onnx_session import OnnxSession
from funaudio_core.engines.sensevoice import ctc
from funaudio_core.engines.sensevoice.ctc import Output
from funaudio_core.engines.sensevoice.prompt import PROMPT_ROWS

if TYPE_CHECKING:
    from funaudio_core.engines.sensevoice.model import SenseVoiceModel

INPUT_NAMES = ("features", "lengths", "queries")  # of the graph, and of the module's forward()
Float = NDArray[np.float32]
Int = NDArray[np.int64]


class Runtime(Protocol):
    """Runtime of the model.

    Attributes:
        max_batch_seconds: Seconds of audio in one call, padding included.
        call_cost_seconds: Fixed cost of a call, as seconds of audio that take as long.
    """

    max_batch_seconds: float
    call_cost_seconds: float

    def run(self, clips: Sequence[Float], prompts: Sequence[tuple[int, ...]]) -> list[Output]:
        """Return one output per clip.

        Args:
            clips: Features, float32 (rows, row_size) each.
            prompts: prompt_rows() of each clip.
        """
        ...


class OnnxRuntime:
    """ONNX graph on CPU threads. Thread-safe: ONNX Runtime allows concurrent calls of one session.

    In an int8 graph the clips of a batch share the scale of each layer's input. Where two tokens are almost equally
    probable, the result of a clip can therefore depend on the others in its batch.
    """

    max_batch_seconds = 60.0  # whose logits take 100 MB
    call_cost_seconds = 1.5  # measured on two threads: .04 CPU-s a call, .025 a second of audio

    def __init__(self, path: Path, threads: int) -> None:
        """Load a graph."""
        self._session = OnnxSession(path, threads)
        self.row_size = int(self._session.input_shapes[INPUT_NAMES[0]][2])

    def logits(self, features: Float, lengths: Int, prompts: Int) -> Float:
        """Return the logits; for arguments and result see SenseVoiceModel.forward()."""
        logits: Float = self._session.run(dict(zip(INPUT_NAMES, (features, lengths, prompts), strict=True)))[0]
        return logits

    def run(self, clips: Sequence[Float], prompts: Sequence[tuple[int, ...]]) -> list[Output]:
        """Return one output per clip; see Runtime."""
        features, lengths = _pad(clips)
        logits = self.logits(features, lengths, np.array(prompts))
        return [ctc.decode(rows[: PROMPT_ROWS + length]) for rows, length in zip(logits, lengths, strict=True)]


class TorchRuntime:
    """Torch module in float32: on an accelerator, or on the CPU with an adapter beside the weights.

    Thread-safe: a forward pass keeps no state.
    """

    max_batch_seconds = 300.0
    call_cost_seconds = 10.0  # padding is cheap on thousands of cores

    def __init__(self, model: SenseVoiceModel, device: str, threads: int = 0) -> None:
        """Move a model to a device. threads: CPU threads of torch; 0 leaves them."""
        self.model, self._device, self._threads = model.to(device), device, threads
        if device == "cpu":
            self.max_batch_seconds, self.call_cost_seconds = (
                OnnxRuntime.max_batch_seconds,
                OnnxRuntime.call_cost_seconds,
            )

    def run(self, clips: Sequence[Float], prompts: Sequence[tuple[int, ...]]) -> list[Output]:
        """Return one output per clip; see Runtime.

        Only tags, ids and their probabilities leave the device, not the logits of the whole vocabulary.
        """
        import torch

        features, lengths = _pad(clips)
        if self._threads:
            torch.set_num_threads(self._threads)  # applies to this thread only
        with torch.inference_mode():
            inputs = (torch.from_numpy(array).to(self._device) for array in (features, lengths, np.array(prompts)))
            logits = self.model(*inputs)
            best, ids = logits.max(dim=2)
            probabilities = (best - logits.logsumexp(dim=2)).exp()
            tag_logits = logits[:, :PROMPT_ROWS]
            tag_logits, ids, probabilities = (tensor.cpu().numpy() for tensor in (tag_logits, ids, probabilities))
        outputs = []
        for index, length in enumerate(lengths):
            rows = slice(PROMPT_ROWS, PROMPT_ROWS + length)
            outputs.append(Output(tag_logits[index], ctc.collapse(ids[index, rows], probabilities[index, rows])))
        return outputs


def _pad(clips: Sequence[Float]) -> tuple[Float, Int]:
    """Return features (batch, time, row_size), zero-padded at the end, and the rows of each clip (batch,)."""
    lengths = np.array([len(clip) for clip in clips])
    features = np.zeros((len(clips), lengths.max(), clips[0].shape[1]), np.float32)
    for row, clip in zip(features, clips, strict=True):
        row[: len(clip)] = clip
    return features, lengths
