"""Speech of a reply: codes to audio with the flow and the vocoder of Fun-CosyVoice 3.

The codes carry the style of the speech and a speaker embedding its timbre; there is no other prompt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import checkpoint, flow
from funaudio_core.engines.cosyvoice.config import FRAMES_PER_TOKEN, NUM_MELS, ModelConfig
from funaudio_core.engines.cosyvoice.features import Float
from funaudio_core.engines.cosyvoice.flow import Flow, FlowCache, FlowRequest
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.vocoder import Vocoder
from funaudio_core.types import Samples

HOP_TOKENS = 15  # of each call of the flow but the last: 0.6 s
WINDOW_TOKENS = 200  # that leave once as many are done: 8 s, which limits the cache
PIECE_TOKENS, MIN_PIECE_TOKENS = 750, 50  # of speech that is not streamed: 30 s and 2 s


class SpeechOutput:
    """Flow and vocoder. Thread-safe: a stream holds the state of its reply."""

    def __init__(self, flow: Flow, vocoder: Vocoder) -> None:
        """Connect the networks; the flow must not use CUDA graphs, since its cache grows."""
        self._flow, self._vocoder = flow, vocoder

    def stream(self, speaker: Float) -> SpeechStream:
        """Start the speech of a reply in the voice of a speaker embedding, float32 (192,)."""
        return SpeechStream(self._flow, self._vocoder, speaker)

    def synthesize(self, codes: Sequence[int], speaker: Float) -> Samples:
        """Return the speech of all codes, float32 (960 * codes,) at 24 kHz.

        Unlike a stream, each piece is made in one call, in which every frame sees all others.
        """
        waves = []
        for start, end in pairwise(piece_bounds(len(codes))):
            (mel,) = self._flow.generate([FlowRequest(_prompt(speaker), codes[start:end])])
            waves.append(self._vocoder.synthesize(mel[None], [0])[0].cpu().numpy())
        return np.concatenate(waves) if waves else np.zeros(0, np.float32)


class SpeechStream:
    """Speech of a reply whose codes arrive one after the other.

    The flow is called for every HOP_TOKENS codes and keeps the keys and values of the frames it has made, so that none
    is computed twice but those of up to HOP_TOKENS codes behind each window. Not to be shared between threads.
    """

    def __init__(self, flow: Flow, vocoder: Vocoder, speaker: Float) -> None:
        """Start a stream."""
        self._flow, self._prompt = flow, _prompt(speaker)
        self._cache, self._waves = FlowCache(), vocoder.stream()
        self._tokens: list[int] = []  # of the window
        self._num_done = 0  # tokens of the window whose frames have been made

    def push(self, codes: Iterable[int]) -> Samples:
        """Add codes; return the audio that is final, float32 (n,) at 24 kHz.

        Raises:
            Cancelled: Between two steps of the flow, after the request was cancelled.
        """
        self._tokens += codes
        waves = [np.zeros(0, np.float32)]
        while len(self._tokens) >= (needed := self._num_done + HOP_TOKENS + self._flow.config.lookahead_tokens):
            waves.append(self._vocode(self._next_mel(needed, final=False), final=False))
            self._num_done += HOP_TOKENS
            if self._num_done >= WINDOW_TOKENS:
                self._tokens, self._num_done = self._tokens[WINDOW_TOKENS:], self._num_done - WINDOW_TOKENS
                self._cache = FlowCache()
        return np.concatenate(waves)

    def finish(self) -> Samples:
        """Return the rest of the audio; no more codes follow."""
        if not self._tokens:
            return np.zeros(0, np.float32)
        return self._vocode(self._next_mel(len(self._tokens), final=True), final=True)

    def _next_mel(self, count: int, *, final: bool) -> Tensor:
        """Return the frames of the window's first `count` tokens that have not been made, (mels, frames)."""
        num_cached = self._cache.encoder.length
        request = FlowRequest(self._prompt, list(islice(self._tokens, count)), final)
        mel = self._flow.generate_next(request, self._cache, chunked=False)
        return mel[:, FRAMES_PER_TOKEN * (self._num_done - num_cached) :]

    def _vocode(self, mel: Tensor, *, final: bool) -> Samples:
        return self._waves.push(mel[None], final=final)[0].cpu().numpy()


def piece_bounds(count: int) -> list[int]:
    """Return where speech that is not streamed is cut: 0, the ends of pieces, the last of them `count`.

    A last piece that is too short is joined with the one before, and both are halved.
    """
    bounds = [*range(0, count, PIECE_TOKENS), count]
    if len(bounds) > 2 and bounds[-1] - bounds[-2] < MIN_PIECE_TOKENS:
        bounds[-2] = bounds[-3] + (count - bounds[-3]) // 2
    return bounds


def _prompt(speaker: Float) -> Prompt:
    return Prompt(np.zeros(0, np.int64), np.zeros((0, NUM_MELS), np.float32), speaker)


def load(folder: Path, config: ModelConfig, device: str) -> SpeechOutput:
    """Load flow.pt and hift.pt of a release onto a device; on a GPU with bfloat16 the velocity network uses it.

    Raises:
        WeightsMissing: See cosyvoice.checkpoint.load().
    """
    flow_model = checkpoint.load(folder / "flow.pt", lambda: flow.build(config.flow))
    hift = checkpoint.load(folder / "hift.pt", lambda: HiFTGenerator(config.vocoder), prefix="generator.")
    if device == "cuda" and torch.cuda.is_bf16_supported():
        flow_model.cast_estimator(torch.bfloat16)
    flow_model.to(torch.device(device))
    hift.to(torch.device(device))
    return SpeechOutput(flow_model, Vocoder(hift))
