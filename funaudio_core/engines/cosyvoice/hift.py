"""HiFT, the vocoder of CosyVoice 2 and 3, as a network: mel spectrogram and excitation to a waveform.

Names of the submodules are those of the published checkpoints with their weight norms folded. Knows no stream.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import stft
from funaudio_core.engines.cosyvoice.config import VocoderConfig
from funaudio_core.engines.cosyvoice.convolutions import AheadConv1d, CausalConv1d
from funaudio_core.engines.cosyvoice.f0_predictor import Pitch
from funaudio_core.engines.cosyvoice.source_signal import Excitation
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache

SLOPE, LAST_SLOPE = 0.1, 0.01  # of the leaky rectifiers: in front of each stage, behind the last
LOUDEST = 100.0  # magnitude of a wave in the last spectrum
CEILING = 0.99  # of the waveform


class Snake(nn.Module):
    """A rectifier that ripples: x + sin²(αx) / α, an α a channel."""

    epsilon = 1e-9

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, channels, time) of the same."""
        alpha = self.alpha[:, None]
        return rows + (alpha * rows).sin().square() / (alpha + self.epsilon)


class ResBlock(nn.Module):
    """Pairs of convolutions, the first of each pair ever wider spread."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], causal: bool) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(_convolution(channels, channels, kernel, causal, step) for step in dilations)
        self.convs2 = nn.ModuleList(_convolution(channels, channels, kernel, causal) for _ in dilations)
        self.activations1, self.activations2 = (nn.ModuleList(Snake(channels) for _ in dilations) for _ in range(2))

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, channels, time) of the same."""
        for first, spread, second, narrow in zip(
            self.activations1, self.convs1, self.activations2, self.convs2, strict=True
        ):
            rows = rows + narrow(second(spread(first(rows))))
        return rows


class RepeatConv1d(CausalConv1d):
    """Every row `factor` times, then a causal convolution: how version 3 raises the rate."""

    def __init__(self, taken: int, channels: int, kernel: int, factor: int) -> None:
        super().__init__(taken, channels, kernel)
        self.factor = factor

    def forward(self, input: Tensor, past: StreamingCache | None = None) -> Tensor:  # noqa: A002 (the name in torch)
        """(batch, channels, factor time) of (batch, taken, time)."""
        return super().forward(input.repeat_interleave(self.factor, dim=2), past)


class DownConv1d(nn.Conv1d):
    """The spectrum of the excitation at the rate of a stage; in version 3 all padding is on the left."""

    def __init__(self, taken: int, channels: int, factor: int, causal: bool) -> None:
        super().__init__(taken, channels, 2 * factor if factor > 1 else 1, stride=factor)
        self.edges = (factor - 1, 0) if causal else (factor // 2, factor // 2)
        if factor == 1:
            self.edges = (0, 0)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name in torch)
        """(batch, channels, time / factor) of (batch, taken, time)."""
        return super().forward(F.pad(input, self.edges))


class Hift(nn.Module):
    """Three stages that raise the rate, each fed by the excitation; the last gives short spectra."""

    def __init__(self, layout: VocoderConfig) -> None:
        super().__init__()
        self.layout, causal = layout, layout.causal
        self.f0_predictor = Pitch(layout)
        self.m_source = Excitation(layout)
        first = AheadConv1d if causal else _same
        self.conv_pre = first(layout.mels, layout.channels, layout.first)
        widths = [layout.channels >> stage for stage in range(len(layout.ups) + 1)]
        rises = zip(widths, widths[1:], layout.up_kernels, layout.ups, strict=False)
        self.ups = nn.ModuleList(RepeatConv1d(*rise) if causal else _transposed(*rise) for rise in rises)
        factors = [math.prod(layout.ups[stage + 1 :]) for stage in range(len(layout.ups))]
        self.source_downs = nn.ModuleList(
            DownConv1d(layout.fft + 2, width, factor, causal) for width, factor in zip(widths[1:], factors, strict=True)
        )
        self.source_resblocks = nn.ModuleList(
            ResBlock(width, kernel, layout.dilations, causal)
            for width, kernel in zip(widths[1:], layout.source_kernels, strict=True)
        )
        self.resblocks = nn.ModuleList(
            ResBlock(width, kernel, layout.dilations, causal) for width in widths[1:] for kernel in layout.kernels
        )
        self.conv_post = _convolution(widths[-1], layout.fft + 2, layout.last, causal)
        self.eval()

    def forward(self, mel: Tensor, source: Tensor) -> Tensor:
        """float32 (batch, 480 frames), within ±0.99, of mel (batch, mels, frames), source (batch, 1, 480 frames)."""
        layout = self.layout
        heard = stft.analysed(source, layout.fft, layout.hop)
        rows = self.conv_pre(mel)
        count = len(layout.kernels)
        for stage, (up, down, mixed) in enumerate(zip(self.ups, self.source_downs, self.source_resblocks, strict=True)):
            rows = up(F.leaky_relu(rows, SLOPE))
            if stage == len(self.ups) - 1:
                rows = F.pad(rows, (1, 0), mode="reflect")  # spectra stand at both ends of every hop
            rows = rows + mixed(down(heard))
            blocks = self.resblocks[count * stage : count * (stage + 1)]
            rows = torch.stack([block(rows) for block in blocks]).mean(dim=0)
        size, angle = self.conv_post(F.leaky_relu(rows, LAST_SLOPE)).chunk(2, dim=1)
        wave = stft.synthesised(size.exp().clamp(max=LOUDEST), angle.sin(), layout.hop)
        return wave.clamp(-CEILING, CEILING)


def _same(taken: int, channels: int, kernel: int, dilation: int = 1) -> nn.Conv1d:
    return nn.Conv1d(taken, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)


def _convolution(taken: int, channels: int, kernel: int, causal: bool, dilation: int = 1) -> nn.Conv1d:
    if causal:
        return CausalConv1d(taken, channels, kernel, dilation=dilation)
    return _same(taken, channels, kernel, dilation)


def _transposed(taken: int, channels: int, kernel: int, factor: int) -> nn.ConvTranspose1d:
    return nn.ConvTranspose1d(taken, channels, kernel, factor, padding=(kernel - factor) // 2)
