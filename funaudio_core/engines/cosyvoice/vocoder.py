"""Vocoder: mel spectrograms to audio, whole or as a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.cosyvoice.config import HOP_SAMPLES, VocoderConfig
from funaudio_core.engines.cosyvoice.hift import HiFTGenerator
from funaudio_core.engines.cosyvoice.source_noise import GaussianNoise, UniformNoise

LEFT_CONTEXT_FRAMES = 32  # a frame depends on 28.6 earlier ones in version 3, 20 in version 2 (measured)
# Version 2, measured: 20 are exact, with 16 the error is 81 dB below the signal, with 12 it is 41 dB.
LOOKAHEAD_FRAMES = 16


def lookahead_frames(config: VocoderConfig) -> int:
    """Return how many frames a stream holds back: 320 ms in version 2, 100 ms in version 3."""
    return max(config.lookahead_frames, config.f0_lookahead_frames) + 1 if config.causal else LOOKAHEAD_FRAMES


class VocoderStream:
    """Audio of a growing batch of mel spectrograms; a chunk takes time in proportion to its own length.

    Holds the state of one request; not to be shared between threads.
    """

    def __init__(
        self, network: HiFTGenerator, seeds: Sequence[int], generate: Callable[[Tensor, Tensor], Tensor]
    ) -> None:
        """Start a stream.

        Args:
            network: The vocoder network.
            seeds: Of version 2's noise, one per row of the batch.
            generate: The network's forward, or a GraphCache of it.
        """
        config = network.config
        self._network, self._generate, self._lookahead = network, generate, lookahead_frames(config)
        # In version 2 the source signal of a frame depends on the F0 of the next frame as well.
        self._source_lookahead = config.f0_lookahead_frames if config.causal else config.f0_layers + 1
        self._noise = UniformNoise() if config.causal else GaussianNoise(seeds)
        self._mel = torch.zeros(len(seeds), config.num_mels, 0)
        self._source = torch.zeros(len(seeds), 1, 0)
        self._phase: Tensor | None = None
        self._num_done = 0  # frames of self._mel whose audio has been returned

    @torch.inference_mode()
    def push(self, mel: Tensor, *, final: bool = False) -> Tensor:
        """Add frames; return the audio that is final.

        Args:
            mel: The next frames, float32 (batch, mels, frames).
            final: No more frames follow, so all remaining audio is returned.

        Returns:
            float32 (batch, samples).
        """
        self._mel = torch.cat([self._mel.to(mel.device), mel], dim=2)
        frames = self._mel.shape[2]
        self._extend_source(frames if final else frames - self._source_lookahead, final)
        end = frames if final else frames - self._lookahead
        if end <= self._num_done:
            return mel.new_zeros(len(mel), 0)
        source = F.pad(self._source, (0, HOP_SAMPLES * frames - self._source.shape[2]))
        wave = self._generate(self._mel, source)[:, HOP_SAMPLES * self._num_done : HOP_SAMPLES * end]
        start = max(0, end - LEFT_CONTEXT_FRAMES)
        self._mel, self._source = self._mel[:, :, start:], self._source[:, :, HOP_SAMPLES * start :]
        self._num_done = end - start
        return wave

    def _extend_source(self, end: int, final: bool) -> None:
        """Compute the source signal up to frame `end`."""
        start = self._source.shape[2] // HOP_SAMPLES
        if end <= start:
            return
        f0 = F.pad(self._network.f0_predictor(self._mel), (0, 1))[:, start : end + 1]
        noise = self._noise.next(HOP_SAMPLES * (end - start)).to(f0.device)
        next_f0 = torch.zeros_like(f0[:, :1]) if final else f0[:, -1:]
        source, self._phase = self._network.m_source(f0[:, :-1], self._phase, noise, next_f0)
        self._source = torch.cat([self._source.to(source.device), source], dim=2)


class Vocoder:
    """HiFT vocoder. Thread-safe: a call keeps no state, and a stream belongs to its caller."""

    def __init__(self, network: HiFTGenerator) -> None:
        """Wrap a network; its F0 predictor is converted to float64."""
        network.f0_predictor.double()  # phase accumulates F0 with its errors; as in CosyVoice 3
        self._network = network
        self._generate: Callable[[Tensor, Tensor], Tensor] = network

    @property
    def uses_cuda_graphs(self) -> bool:
        """Return whether the network is replayed as CUDA graphs."""
        return self._generate is not self._network

    def use_cuda_graphs(self, capture: cuda_graphs.CaptureFunction[Tensor] = cuda_graphs.capture) -> None:
        """Replay the network as CUDA graphs: a stream has few different shapes."""
        self._generate = cuda_graphs.GraphCache(self._network, capture)

    def stream(self, seed: int = 0) -> VocoderStream:
        """Start a stream of one request; seed: of version 2's noise."""
        return VocoderStream(self._network, [seed], self._generate)

    def synthesize(self, mels: Tensor, seeds: Sequence[int]) -> Tensor:
        """Return the audio of mel spectrograms of equal length. Equal seeds give equal audio.

        Args:
            mels: (batch, mels, frames).
            seeds: One per row, of version 2's noise; version 3's is fixed.

        Returns:
            float32 (batch, 480 * frames) at 24 kHz.
        """
        return VocoderStream(self._network, seeds, self._generate).push(mels, final=True)


def change_speed(mel: Tensor, speed: float) -> Tensor:
    """Interpolate a whole mel spectrogram to `speed` times its pace, keeping the pitch.

    Args:
        mel: (batch, mels, frames).
        speed: Factor; 2.0 halves the length.

    Returns:
        (batch, mels, frames / speed).
    """
    return F.interpolate(mel, size=max(1, int(mel.shape[2] / speed)), mode="linear")
