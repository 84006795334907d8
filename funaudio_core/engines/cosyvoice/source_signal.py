"""Source signal of the vocoder: sines at F0 and its multiples in voiced frames, plus noise.

Submodules have the names of the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import HOP_SAMPLES, VocoderConfig

# As in CosyVoice's SineGen.
SINE_AMPLITUDE = 0.1  # of each harmonic
VOICED_NOISE_AMPLITUDE = 0.003
UNVOICED_NOISE_AMPLITUDE = SINE_AMPLITUDE / 3
VOICED_THRESHOLD_HZ = 10.0  # frames with a higher F0 are voiced


class SourceSignal(nn.Module):
    """Source signal of consecutive frames (SourceModuleHnNSF); the caller carries the phase between calls."""

    def __init__(self, config: VocoderConfig) -> None:
        """Create the module of a vocoder config."""
        super().__init__()
        self.sample_rate, self.num_harmonics = config.sample_rate, config.num_harmonics
        self.smooth = not config.causal
        self.l_linear = nn.Linear(config.num_harmonics, 1)

    def forward(self, f0: Tensor, phase: Tensor | None, noise: Tensor, next_f0: Tensor) -> tuple[Tensor, Tensor]:
        """Return the source signal of the next frames and the phase at their end.

        Args:
            f0: Hz, (batch, frames).
            phase: At the end of the frames before, cycles in [0, 1), float64 (batch, harmonics); None at the start.
            noise: (batch or 1, samples, harmonics).
            next_f0: F0 of the frame after these, Hz, (batch, 1); 0 at the end.

        Returns:
            The signal (batch, 1, samples), and the phase, float64 (batch, harmonics).
        """
        steps, next_step = (self._phase_steps(hz) for hz in (f0, next_f0))
        start = torch.zeros_like(steps[:, 0]) if phase is None else phase
        phases = (start[:, None] + HOP_SAMPLES * steps.cumsum(dim=1)) % 1
        if self.smooth:
            left_steps = (
                steps if phase is not None else torch.cat([torch.zeros_like(steps[:, :1]), steps[:, 1:]], dim=1)
            )
            sines = _interpolated_sines(phases, left_steps, torch.cat([steps[:, 1:], next_step], dim=1))
        else:
            sines = (2 * torch.pi * phases).sin().float().repeat_interleave(HOP_SAMPLES, dim=1)
        voiced = (f0 > VOICED_THRESHOLD_HZ).repeat_interleave(HOP_SAMPLES, dim=1)[:, :, None]
        noise_amplitude = torch.where(voiced, VOICED_NOISE_AMPLITUDE, UNVOICED_NOISE_AMPLITUDE)
        mixed = SINE_AMPLITUDE * sines * voiced + noise_amplitude * noise
        return torch.tanh(self.l_linear(mixed.to(self.l_linear.weight.dtype))).transpose(1, 2), phases[:, -1]

    def _phase_steps(self, f0: Tensor) -> Tensor:
        """Return the phase steps in cycles per sample, float64 (batch, frames, harmonics).

        CosyVoice accumulates in float32, whose error grows to audible phase noise within a minute.
        """
        multiples = torch.arange(1, self.num_harmonics + 1, device=f0.device)
        return (f0.double()[:, :, None] * multiples / self.sample_rate) % 1


def _interpolated_sines(phases: Tensor, left_steps: Tensor, right_steps: Tensor) -> Tensor:
    """Return sines with the given phase in the middle of each frame and linear phase in between.

    Args:
        phases: Cycles, (batch, frames, harmonics).
        left_steps: Cycles per sample in the first half of each frame, same shape.
        right_steps: Those in the second half, same shape.

    Returns:
        float32 (batch, samples, harmonics).
    """
    offsets = torch.arange(HOP_SAMPLES, device=phases.device) + 0.5 - HOP_SAMPLES / 2  # from the middle of the frame
    steps = torch.where((offsets < 0)[:, None], left_steps[:, :, None].float(), right_steps[:, :, None].float())
    cycles = phases[:, :, None].float() + offsets[:, None] * steps
    return (2 * torch.pi * (cycles % 1)).sin().flatten(1, 2)
