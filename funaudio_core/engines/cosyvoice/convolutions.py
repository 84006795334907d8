"""Convolutions over time that read nothing later than their output, or nothing earlier. Knows no model."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache


class CausalConv1d(nn.Conv1d):
    """A convolution with all of its padding on the left: output i depends on inputs up to i."""

    def forward(self, input: Tensor, past: StreamingCache | None = None) -> Tensor:  # noqa: A002 (the name in torch)
        """(batch, out channels, time) of (batch, in channels, time); stride 1. past: see Past."""
        reach = self.dilation[0] * (self.kernel_size[0] - 1)
        return super().forward(F.pad(input, (reach, 0)) if past is None else past.before(self, input, reach))


class AheadConv1d(nn.Conv1d):
    """A convolution with all of its padding on the right: output i depends on inputs from i on."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 (the name in torch)
        """(batch, out channels, time) of (batch, in channels, time); stride 1."""
        return super().forward(F.pad(input, (0, self.kernel_size[0] - 1)))


class LookAhead(nn.Module):
    """Two convolutions that let every speech token know the next few; the first looks right, the second left.

    Slope and order as in CosyVoice's PreLookaheadLayer.
    """

    slope = 0.01

    def __init__(self, width: int, inner: int, ahead: int) -> None:
        super().__init__()
        self.ahead = ahead
        self.conv1 = nn.Conv1d(width, inner, ahead + 1)
        self.conv2 = CausalConv1d(inner, width, 3)

    def forward(self, rows: Tensor, past: StreamingCache | None = None) -> Tensor:
        """(batch, time, width) of (batch, time + ahead, width), where rows after the last token are zero."""
        heard = F.leaky_relu(self.conv1(rows.transpose(1, 2)), self.slope)
        spoken: Tensor = self.conv2(heard, past).transpose(1, 2)
        return spoken + rows[:, : spoken.shape[1]]
