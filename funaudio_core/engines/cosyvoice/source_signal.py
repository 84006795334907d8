"""What the vocoder shapes into speech: sines at the pitch and its multiples where it is voiced, and noise.

Names of the submodules are those of the published checkpoints. Knows no mel spectrogram.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import HOP, VocoderConfig

SINE = 0.1  # amplitude of a harmonic; this and the next three as in CosyVoice's SineGen
VOICED_NOISE = 0.003  # beside the sines
UNVOICED_NOISE = SINE / 3
VOICED = 10.0  # Hz, the pitch above which there is a voice


class Excitation(nn.Module):
    """Frames are settled one after the other: whoever asks for the next ones hands back the cycles of the last."""

    def __init__(self, layout: VocoderConfig) -> None:
        super().__init__()
        self.rate, self.harmonics = layout.rate, layout.harmonics
        self.smooth = not layout.causal
        self.l_linear = nn.Linear(layout.harmonics, 1)

    def forward(self, pitch: Tensor, cycles: Tensor | None, noise: Tensor, after: Tensor) -> tuple[Tensor, Tensor]:
        """The excitation (batch, 1, samples) of pitch (batch, frames), Hz, and the cycles at the end of its frames.

        cycles: float64 (batch, harmonics), at the end of the frames before, from 0 to 1; None at the beginning.
        noise: (batch or 1, samples, harmonics). after: (batch, 1), Hz, pitch of the frame after these; 0 at the end.
        """
        steps, last = (self._steps(given) for given in (pitch, after))
        start = torch.zeros_like(steps[:, 0]) if cycles is None else cycles
        ends = (start[:, None] + HOP * steps.cumsum(dim=1)) % 1
        if self.smooth:
            into = steps if cycles is not None else torch.cat([torch.zeros_like(steps[:, :1]), steps[:, 1:]], dim=1)
            sines = _gliding(ends, into, torch.cat([steps[:, 1:], last], dim=1))
        else:
            sines = (2 * torch.pi * ends).sin().float().repeat_interleave(HOP, dim=1)
        voiced = (pitch > VOICED).repeat_interleave(HOP, dim=1)[:, :, None]
        loud = torch.where(voiced, VOICED_NOISE, UNVOICED_NOISE)
        mixed = SINE * sines * voiced + loud * noise
        return torch.tanh(self.l_linear(mixed.to(self.l_linear.weight.dtype))).transpose(1, 2), ends[:, -1]

    def _steps(self, pitch: Tensor) -> Tensor:
        """Cycles a sample, float64 (batch, frames, harmonics).

        CosyVoice adds up in float32, whose error grows to audible phase noise in a minute; this doesn't.
        """
        multiples = torch.arange(1, self.harmonics + 1, device=pitch.device)
        return (pitch.double()[:, :, None] * multiples / self.rate) % 1


def _gliding(ends: Tensor, into: Tensor, out: Tensor) -> Tensor:
    """Sines float32 (batch, samples, harmonics) whose phase is `ends` in the middle of a frame and linear between.

    into, out: cycles a sample in the first and in the second half of each frame; all (batch, frames, harmonics).
    """
    places = torch.arange(HOP, device=ends.device) + 0.5 - HOP / 2  # from the middle
    slopes = torch.where((places < 0)[:, None], into[:, :, None].float(), out[:, :, None].float())
    turns = ends[:, :, None].float() + places[:, None] * slopes
    return (2 * torch.pi * (turns % 1)).sin().flatten(1, 2)
