"""Short Fourier transforms as convolutions: no complex numbers, nothing that waits for the device. Knows no model.

torch.stft and torch.istft give the same numbers, but the latter looks at its window's sum on every call.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor


def window(fft: int, device: torch.device) -> Tensor:
    """float32 (fft,): Hann's, periodic."""
    return torch.hann_window(fft, device=device)


def _waves(fft: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines, float32 (fft / 2 + 1, fft)."""
    turns = torch.outer(torch.arange(fft // 2 + 1, device=device), torch.arange(fft, device=device)) % fft
    angles = turns * (2 * torch.pi / fft)
    return angles.cos(), angles.sin()


def analysed(sound: Tensor, fft: int, hop: int) -> Tensor:
    """Real parts, then imaginary parts: (batch, fft + 2, samples / hop + 1) of sound (batch, 1, samples).

    Frames are centred on every hop-th sample; the sound is mirrored at both ends.
    """
    cosines, sines = _waves(fft, sound.device)
    kernel = torch.cat([cosines, -sines]) * window(fft, sound.device)
    return F.conv1d(F.pad(sound, (fft // 2, fft // 2), mode="reflect"), kernel[:, None].to(sound.dtype), stride=hop)


def synthesised(magnitude: Tensor, angle: Tensor, hop: int) -> Tensor:
    """Sound (batch, (frames - 1) hop) of magnitudes and angles (batch, fft / 2 + 1, frames): analysed() undone."""
    fft = 2 * (magnitude.shape[1] - 1)
    cosines, sines = _waves(fft, magnitude.device)
    shape = window(fft, magnitude.device)
    weights = torch.full((fft // 2 + 1, 1), 2 / fft, device=magnitude.device)  # each wave stands for two,
    weights[0] = weights[-1] = 1 / fft  # but for the first and the last
    kernel = (torch.cat([cosines, -sines]) * torch.cat([weights, weights]) * shape)[:, None].to(magnitude.dtype)
    parts = torch.cat([magnitude * angle.cos(), magnitude * angle.sin()], dim=1)
    added = F.conv_transpose1d(parts, kernel, stride=hop, padding=fft // 2)
    ones = torch.ones(1, 1, magnitude.shape[2], device=magnitude.device, dtype=magnitude.dtype)
    overlap = F.conv_transpose1d(ones, shape.square()[None, None].to(ones.dtype), stride=hop, padding=fft // 2)
    return (added / overlap)[:, 0]
