"""HiFT vocoder network of CosyVoice 2 and 3: mel spectrogram and source signal to a waveform.

Submodules have the names of the published checkpoints, weight norms folded.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import stft
from funaudio_core.engines.cosyvoice.config import VocoderConfig
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d, LookaheadConv1d
from funaudio_core.engines.cosyvoice.f0_predictor import F0Predictor
from funaudio_core.engines.cosyvoice.source_signal import SourceSignal
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache

LRELU_SLOPE, FINAL_LRELU_SLOPE = 0.1, 0.01  # in front of each stage, and behind the last
MAX_MAGNITUDE = 100.0  # of the last spectrum
AUDIO_LIMIT = 0.99  # largest amplitude of the waveform


class Snake(nn.Module):
    """Snake activation x + sin²(αx) / α with an α per channel."""

    epsilon = 1e-9

    def __init__(self, channels: int) -> None:
        """Create the parameters."""
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(channels))

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, channels, time) to the same shape."""
        alpha = self.alpha[:, None]
        return rows + (alpha * rows).sin().square() / (alpha + self.epsilon)


class ResBlock(nn.Module):
    """Residual pairs of convolutions, the first of each pair dilated."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...], causal: bool) -> None:
        """Create the layers, one pair per dilation."""
        super().__init__()
        self.convs1 = nn.ModuleList(_convolution(channels, channels, kernel, causal, step) for step in dilations)
        self.convs2 = nn.ModuleList(_convolution(channels, channels, kernel, causal) for _ in dilations)
        self.activations1, self.activations2 = (nn.ModuleList(Snake(channels) for _ in dilations) for _ in range(2))

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, channels, time) to the same shape."""
        for first, dilated, second, plain in zip(
            self.activations1, self.convs1, self.activations2, self.convs2, strict=True
        ):
            rows = rows + plain(second(dilated(first(rows))))
        return rows


class CausalUpsampleConv1d(CausalConv1d):
    """Upsampling of version 3: repetition of every row, then a causal convolution."""

    def __init__(self, in_channels: int, channels: int, kernel: int, factor: int) -> None:
        """Create the layer; factor: how often each row is repeated."""
        super().__init__(in_channels, channels, kernel)
        self.factor = factor

    def forward(self, input: Tensor, past: StreamingCache | None = None) -> Tensor:  # noqa: A002 (the name in torch)
        """Map (batch, in channels, time) to (batch, channels, factor * time)."""
        return super().forward(input.repeat_interleave(self.factor, dim=2), past)


class DownsampleConv1d(nn.Conv1d):
    """Convolution that brings the source signal's spectrum to the rate of a stage; causal in version 3."""

    def __init__(self, in_channels: int, channels: int, factor: int, causal: bool) -> None:
        """Create the layer; factor: its stride."""
        super().__init__(in_channels, channels, 2 * factor if factor > 1 else 1, stride=factor)
        self.edge_padding = (factor - 1, 0) if causal else (factor // 2, factor // 2)
        if factor == 1:
            self.edge_padding = (0, 0)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name in torch)
        """Map (batch, in channels, time) to (batch, channels, time / factor)."""
        return super().forward(F.pad(input, self.edge_padding))


class HiFTGenerator(nn.Module):
    """Three upsampling stages, each with the source signal added; the last one predicts short spectra."""

    def __init__(self, config: VocoderConfig) -> None:
        """Create the network of a config."""
        super().__init__()
        self.config, causal = config, config.causal
        self.f0_predictor = F0Predictor(config)
        self.m_source = SourceSignal(config)
        first = LookaheadConv1d if causal else _same_conv
        self.conv_pre = first(config.num_mels, config.base_channels, config.conv_pre_kernel)
        widths = [config.base_channels >> stage for stage in range(len(config.upsample_rates) + 1)]
        upsamplings = zip(widths, widths[1:], config.upsample_kernels, config.upsample_rates, strict=False)
        self.ups = nn.ModuleList(
            CausalUpsampleConv1d(*arguments) if causal else _transposed(*arguments) for arguments in upsamplings
        )
        factors = [math.prod(config.upsample_rates[stage + 1 :]) for stage in range(len(config.upsample_rates))]
        self.source_downs = nn.ModuleList(
            DownsampleConv1d(config.istft_n_fft + 2, width, factor, causal)
            for width, factor in zip(widths[1:], factors, strict=True)
        )
        self.source_resblocks = nn.ModuleList(
            ResBlock(width, kernel, config.resblock_dilations, causal)
            for width, kernel in zip(widths[1:], config.source_resblock_kernels, strict=True)
        )
        self.resblocks = nn.ModuleList(
            ResBlock(width, kernel, config.resblock_dilations, causal)
            for width in widths[1:]
            for kernel in config.resblock_kernels
        )
        self.conv_post = _convolution(widths[-1], config.istft_n_fft + 2, config.conv_post_kernel, causal)
        self.eval()

    def forward(self, mel: Tensor, source: Tensor) -> Tensor:
        """Synthesize a waveform.

        Args:
            mel: (batch, mels, frames).
            source: Source signal, (batch, 1, 480 * frames).

        Returns:
            float32 (batch, 480 * frames) in [-0.99, 0.99].
        """
        config = self.config
        source_spectrum = stft.stft(source, config.istft_n_fft, config.istft_hop)
        rows = self.conv_pre(mel)
        kernels_per_stage = len(config.resblock_kernels)
        for stage, (up, down, source_resblock) in enumerate(
            zip(self.ups, self.source_downs, self.source_resblocks, strict=True)
        ):
            rows = up(F.leaky_relu(rows, LRELU_SLOPE))
            if stage == len(self.ups) - 1:
                rows = F.pad(rows, (1, 0), mode="reflect")  # spectra are centred, so there is one more than hops
            rows = rows + source_resblock(down(source_spectrum))
            blocks = self.resblocks[kernels_per_stage * stage : kernels_per_stage * (stage + 1)]
            rows = torch.stack([block(rows) for block in blocks]).mean(dim=0)
        log_magnitude, phase = self.conv_post(F.leaky_relu(rows, FINAL_LRELU_SLOPE)).chunk(2, dim=1)
        wave = stft.istft(log_magnitude.exp().clamp(max=MAX_MAGNITUDE), phase.sin(), config.istft_hop)
        return wave.clamp(-AUDIO_LIMIT, AUDIO_LIMIT)


def _same_conv(in_channels: int, channels: int, kernel: int, dilation: int = 1) -> nn.Conv1d:
    return nn.Conv1d(in_channels, channels, kernel, dilation=dilation, padding=dilation * (kernel - 1) // 2)


def _convolution(in_channels: int, channels: int, kernel: int, causal: bool, dilation: int = 1) -> nn.Conv1d:
    if causal:
        return CausalConv1d(in_channels, channels, kernel, dilation=dilation)
    return _same_conv(in_channels, channels, kernel, dilation)


def _transposed(in_channels: int, channels: int, kernel: int, factor: int) -> nn.ConvTranspose1d:
    return nn.ConvTranspose1d(in_channels, channels, kernel, factor, padding=(kernel - factor) // 2)
