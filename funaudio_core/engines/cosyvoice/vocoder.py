"""Mel spectrograms to sound, whole or as they come. Knows no token and no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.cosyvoice.config import HOP, VocoderConfig
from funaudio_core.engines.cosyvoice.hift import Hift
from funaudio_core.engines.cosyvoice.source_noise import Gaussian, Uniform

PAST = 32  # frames that a frame may depend on: 28.6 in version 3, 20 in version 2 (measured)
FUTURE = 16  # frames after it, in version 2: 20 would be exact, 16 are 81 dB below the sound, 12 are 41 dB (measured)


def ahead(layout: VocoderConfig) -> int:
    """Frames a stream holds back until it knows those after them: 320 ms in version 2, 100 ms in version 3."""
    return max(layout.lookahead, layout.pitch_lookahead) + 1 if layout.causal else FUTURE


class Stream:
    """Sound of mel spectrograms that grow, in one batch. Every chunk takes time of its own length, not of all before.

    Holds the state of one request; not to be shared between threads.
    """

    def __init__(self, network: Hift, seeds: Sequence[int], sounded: Callable[[Tensor, Tensor], Tensor]) -> None:
        """sounded: the network's forward, or its recordings."""
        layout = network.layout
        self._network, self._sounded, self._ahead = network, sounded, ahead(layout)
        # A frame's excitation depends on the pitch of the frame after it too, in version 2.
        self._unsettled = layout.pitch_lookahead if layout.causal else layout.pitch_layers + 1
        self._noise = Uniform() if layout.causal else Gaussian(seeds)
        self._mel = torch.zeros(len(seeds), layout.mels, 0)
        self._source = torch.zeros(len(seeds), 1, 0)
        self._cycles: Tensor | None = None
        self._done = 0  # frames of self._mel that have been given out

    @torch.inference_mode()
    def push(self, mel: Tensor, *, final: bool = False) -> Tensor:
        """The sound that is certain now, float32 (batch, samples), of the next frames float32 (batch, mels, frames).

        final: no more frames follow; all that was held back comes out.
        """
        self._mel = torch.cat([self._mel.to(mel.device), mel], dim=2)
        frames = self._mel.shape[2]
        self._settle(frames if final else frames - self._unsettled, final)
        end = frames if final else frames - self._ahead
        if end <= self._done:
            return mel.new_zeros(len(mel), 0)
        source = F.pad(self._source, (0, HOP * frames - self._source.shape[2]))
        wave = self._sounded(self._mel, source)[:, HOP * self._done : HOP * end]
        start = max(0, end - PAST)
        self._mel, self._source = self._mel[:, :, start:], self._source[:, :, HOP * start :]
        self._done = end - start
        return wave

    def _settle(self, end: int, final: bool) -> None:
        """Excite the frames up to `end`."""
        start = self._source.shape[2] // HOP
        if end <= start:
            return
        pitch = F.pad(self._network.f0_predictor(self._mel), (0, 1))[:, start : end + 1]
        noise = self._noise.next(HOP * (end - start)).to(pitch.device)
        after = torch.zeros_like(pitch[:, :1]) if final else pitch[:, -1:]
        source, self._cycles = self._network.m_source(pitch[:, :-1], self._cycles, noise, after)
        self._source = torch.cat([self._source.to(source.device), source], dim=2)


class Vocoder:
    """HiFT. Thread-safe: a call keeps nothing, a stream is the caller's."""

    def __init__(self, network: Hift) -> None:
        network.f0_predictor.double()  # phases add the pitch up, errors included; CosyVoice 3 does so too
        self._network = network
        self._sounded: Callable[[Tensor, Tensor], Tensor] = network

    def replay(self, record: cuda_graphs.Record[Tensor] = cuda_graphs.recorded) -> None:
        """From recordings from now on: a stream meets the same few shapes again and again."""
        self._sounded = cuda_graphs.Replayed(self._network, record)

    def stream(self, seed: int = 0) -> Stream:
        """A stream for one request, its batch of one; seed: of version 2's noise."""
        return Stream(self._network, [seed], self._sounded)

    def wave(self, mels: Tensor, seeds: Sequence[int]) -> Tensor:
        """float32 (batch, 480 frames) at 24 kHz, of mel spectrograms (batch, mels, frames) of one length.

        seeds: one a row, of version 2's noise; version 3's is always the same. Equal seeds give equal sound.
        """
        return Stream(self._network, seeds, self._sounded).push(mels, final=True)


def paced(mel: Tensor, speed: float) -> Tensor:
    """The mel spectrogram (batch, mels, frames) at `speed` times its pace, pitch kept: (batch, mels, frames / speed).

    For whole utterances only; frames between two are mixed of them.
    """
    return F.interpolate(mel, size=max(1, int(mel.shape[2] / speed)), mode="linear")
