"""Short-time Fourier transforms as convolutions: without complex numbers and without waiting for the device.

They equal torch.stft and torch.istft, but the latter reads its window's sum back from the device on every call.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor


def hann_window(n_fft: int, device: torch.device) -> Tensor:
    """Return the periodic Hann window, float32 (n_fft,)."""
    return torch.hann_window(n_fft, device=device)


def _fourier_basis(n_fft: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return cosines and sines, float32 (n_fft / 2 + 1, n_fft) each."""
    turns = torch.outer(torch.arange(n_fft // 2 + 1, device=device), torch.arange(n_fft, device=device)) % n_fft
    angles = turns * (2 * torch.pi / n_fft)
    return angles.cos(), angles.sin()


def stft(samples: Tensor, n_fft: int, hop: int) -> Tensor:
    """Transform samples (batch, 1, n) to real and then imaginary parts, (batch, n_fft + 2, n / hop + 1).

    Frames are centred on every hop-th sample; the signal is reflected at both ends.
    """
    cosines, sines = _fourier_basis(n_fft, samples.device)
    kernel = torch.cat([cosines, -sines]) * hann_window(n_fft, samples.device)
    return F.conv1d(
        F.pad(samples, (n_fft // 2, n_fft // 2), mode="reflect"), kernel[:, None].to(samples.dtype), stride=hop
    )


def istft(magnitude: Tensor, phase: Tensor, hop: int) -> Tensor:
    """Transform magnitudes and phases (batch, n_fft / 2 + 1, frames) back to samples (batch, (frames - 1) * hop)."""
    n_fft = 2 * (magnitude.shape[1] - 1)
    cosines, sines = _fourier_basis(n_fft, magnitude.device)
    window = hann_window(n_fft, magnitude.device)
    weights = torch.full((n_fft // 2 + 1, 1), 2 / n_fft, device=magnitude.device)  # a bin stands for two frequencies,
    weights[0] = weights[-1] = 1 / n_fft  # except for the first and the last
    kernel = (torch.cat([cosines, -sines]) * torch.cat([weights, weights]) * window)[:, None].to(magnitude.dtype)
    parts = torch.cat([magnitude * phase.cos(), magnitude * phase.sin()], dim=1)
    summed = F.conv_transpose1d(parts, kernel, stride=hop, padding=n_fft // 2)
    ones = torch.ones(1, 1, magnitude.shape[2], device=magnitude.device, dtype=magnitude.dtype)
    envelope = F.conv_transpose1d(ones, window.square()[None, None].to(ones.dtype), stride=hop, padding=n_fft // 2)
    return (summed / envelope)[:, 0]
