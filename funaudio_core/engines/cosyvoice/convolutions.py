"""One-sided convolutions over time: causal and looking ahead."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache


class CausalConv1d(nn.Conv1d):
    """Convolution padded on the left only: output i depends on inputs up to i."""

    def forward(self, input: Tensor, cache: StreamingCache | None = None) -> Tensor:  # noqa: A002 (the name in torch)
        """Convolve with stride 1.

        Args:
            input: (batch, in channels, time).
            cache: Cache of a stream, whose last inputs replace the zero padding; None for a whole sequence.

        Returns:
            (batch, out channels, time).
        """
        reach = self.dilation[0] * (self.kernel_size[0] - 1)
        return super().forward(F.pad(input, (reach, 0)) if cache is None else cache.with_context(self, input, reach))


class LookaheadConv1d(nn.Conv1d):
    """Convolution padded on the right only: output i depends on inputs from i on."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name in torch)
        """Convolve (batch, in channels, time) with stride 1 to (batch, out channels, time)."""
        return super().forward(F.pad(input, (0, self.kernel_size[0] - 1)))


class PreLookaheadLayer(nn.Module):
    """Two convolutions that give each speech token a view of the next few: the first looks right, the second left.

    Negative slope and order are those of CosyVoice's PreLookaheadLayer.
    """

    negative_slope = 0.01

    def __init__(self, channels: int, hidden_channels: int, lookahead: int) -> None:
        """Create the layer.

        Args:
            channels: Channels of input and output.
            hidden_channels: Channels between the two convolutions.
            lookahead: Number of following tokens that each token sees.
        """
        super().__init__()
        self.lookahead = lookahead
        self.conv1 = nn.Conv1d(channels, hidden_channels, lookahead + 1)
        self.conv2 = CausalConv1d(hidden_channels, channels, 3)

    def forward(self, rows: Tensor, cache: StreamingCache | None = None) -> Tensor:
        """Convolve (batch, time + lookahead, channels), zero behind the last token, to (batch, time, channels)."""
        hidden = F.leaky_relu(self.conv1(rows.transpose(1, 2)), self.negative_slope)
        out: Tensor = self.conv2(hidden, cache).transpose(1, 2)
        return out + rows[:, : out.shape[1]]
