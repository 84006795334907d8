"""CosyVoice 2's velocity network: a causal U-Net of one level with transformers between its convolutions.

Names of the submodules are those of the published checkpoint. Knows neither tokens nor the solver.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import FlowV2Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import sinusoids


class Block(nn.Module):
    """Causal convolution, norm over channels, Mish."""

    def __init__(self, taken: int, channels: int) -> None:
        super().__init__()
        self.block = nn.ModuleDict({"0": CausalConv1d(taken, channels, 3), "2": nn.LayerNorm(channels)})

    def forward(self, frames: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, channels, time) of (batch, taken, time)."""
        rows = self.block["2"](self.block["0"](frames, past).transpose(1, 2))
        return F.mish(rows).transpose(1, 2)


class Resnet(nn.Module):
    """Two blocks around the time, and a way past them."""

    def __init__(self, taken: int, channels: int, time: int) -> None:
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(time, channels))
        self.block1 = Block(taken, channels)
        self.block2 = Block(channels, channels)
        self.res_conv = nn.Conv1d(taken, channels, 1)

    def forward(self, frames: Tensor, moment: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, channels, time) of (batch, taken, time); moment: (channels,), what `mlp` makes of the time."""
        inner = self.block1(frames, past) + moment[:, None]
        return self.block2(inner, past) + self.res_conv(frames)  # type: ignore[no-any-return]  # torch types no call


class Attention(nn.Module):
    """Self-attention without positions."""

    def __init__(self, channels: int, heads: int, head: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(channels, heads * head, bias=False)
        self.to_k = nn.Linear(channels, heads * head, bias=False)
        self.to_v = nn.Linear(channels, heads * head, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * head, channels))

    def forward(self, rows: Tensor, hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, channels) of the same."""
        query, key, value = (
            layer(rows).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.to_q, self.to_k, self.to_v)
        )
        if past is not None:
            key, value = past.joined(self, key, value)
        mixed = F.scaled_dot_product_attention(query, key, value, hidden)
        return self.to_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """Two linear layers around an exact GELU."""

    def __init__(self, channels: int, feed: int) -> None:
        super().__init__()
        first = nn.ModuleDict({"proj": nn.Linear(channels, feed)})
        self.net = nn.ModuleDict({"0": first, "2": nn.Linear(feed, channels)})

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, time, channels) of the same."""
        return self.net["2"](F.gelu(self.net["0"].proj(rows)))  # type: ignore[no-any-return, operator]


class Transformer(nn.Module):
    """Attention and feed-forward, each behind a norm."""

    def __init__(self, layout: FlowV2Config) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(layout.channels)
        self.attn1 = Attention(layout.channels, layout.net_heads, layout.head)
        self.norm3 = nn.LayerNorm(layout.channels)
        self.ff = FeedForward(layout.channels, layout.net_feed)

    def forward(self, rows: Tensor, hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, channels) of the same."""
        rows = rows + self.attn1(self.norm1(rows), hidden, past)
        return rows + self.ff(self.norm3(rows))  # type: ignore[no-any-return]


class TimeMlp(nn.Module):
    """Sinusoids of the time to its embedding."""

    def __init__(self, wave: int, time: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(wave, time)
        self.linear_2 = nn.Linear(time, time)

    def forward(self, waves: Tensor) -> Tensor:
        """(n, time) of (n, wave)."""
        return self.linear_2(F.silu(self.linear_1(waves)))  # type: ignore[no-any-return]


class Stage(nn.ModuleList):
    """A resnet, its transformers and, where the stage is `joined`, the convolution that leads on from it."""

    def __init__(self, layout: FlowV2Config, taken: int, *, joined: bool = False) -> None:
        channels = layout.channels
        blocks = nn.ModuleList(Transformer(layout) for _ in range(layout.deep))
        super().__init__([Resnet(taken, channels, layout.time), blocks])
        if joined:
            self.append(CausalConv1d(channels, channels, 3))

    @property
    def timed(self) -> nn.Module:
        """The layer that sees nothing but the time."""
        return cast("Resnet", self[0]).mlp

    def forward(self, frames: Tensor, moment: Tensor, hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, channels, time) of (batch, taken, time), not yet led on."""
        rows = self[0](frames, moment, past).transpose(1, 2)
        for block in cast("nn.ModuleList", self[1]):
            rows = block(rows, hidden, past)
        return rows.transpose(1, 2)  # type: ignore[no-any-return]


class UNet(nn.Module):
    """The velocity of a mel spectrogram on its way from noise to speech."""

    def __init__(self, layout: FlowV2Config) -> None:
        super().__init__()
        self.wave, channels = layout.wave, layout.channels
        self.time_mlp = TimeMlp(layout.wave, layout.time)
        self.down_blocks = nn.ModuleList([Stage(layout, 4 * layout.mels, joined=True)])
        self.mid_blocks = nn.ModuleList(Stage(layout, channels) for _ in range(layout.stages))
        self.up_blocks = nn.ModuleList([Stage(layout, 2 * channels, joined=True)])
        self.final_block = Block(channels, channels)
        self.final_proj = nn.Conv1d(channels, layout.mels, 1)

    def timed(self) -> list[nn.Module]:
        """The layers that see nothing but the time."""
        return [self.time_mlp, *(stage.timed for stage in self._stages())]

    def tables(self, times: Tensor) -> Tensor:
        """float32 (n, resnets, channels): what the resnets add at each of times float32 (n,)."""
        first, *rest = self.timed()
        moments = first(sinusoids(times, self.wave))
        return torch.stack([layer(moments) for layer in rest], dim=1)

    def forward(
        self,
        state: Tensor,
        mu: Tensor,
        speaker: Tensor,
        known: Tensor,
        table: Tensor,
        hidden: Tensor,
        past: StreamingCache | None = None,
    ) -> Tensor:
        """The velocity (batch, mels, time) of state at the time of `table` (resnets, channels).

        mu, known: (batch, mels, time), what the tokens say and the mel of the prompt. speaker: (batch, mels).
        hidden: added to attention scores, (batch, 1, 1 or time, time). past: of frames before these, which then are
        seen too: the last axis of `hidden` begins with them.
        """
        frames = torch.cat([state, mu, speaker[:, :, None].expand_as(mu), known], dim=1)
        first, *middle, last = self._stages()
        kept = first(frames, table[0], hidden, past)
        frames = first[2](kept, past)
        for stage, moment in zip(middle, table[1:-1], strict=True):
            frames = stage(frames, moment, hidden, past)
        frames = last[2](last(torch.cat([frames, kept], dim=1), table[-1], hidden, past), past)
        return self.final_proj(self.final_block(frames, past))  # type: ignore[no-any-return]

    def _stages(self) -> list[Stage]:
        return cast("list[Stage]", [*self.down_blocks, *self.mid_blocks, *self.up_blocks])
