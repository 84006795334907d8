"""Velocity network of CosyVoice 2: a causal one-level U-Net with transformers between its convolutions.

Submodules have the names of the published checkpoint.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import FlowV2Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import sinusoidal_embedding


class CausalBlock1D(nn.Module):
    """Causal convolution, layer norm and Mish."""

    def __init__(self, in_channels: int, channels: int) -> None:
        """Create the layers."""
        super().__init__()
        self.block = nn.ModuleDict({"0": CausalConv1d(in_channels, channels, 3), "2": nn.LayerNorm(channels)})

    def forward(self, frames: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, in channels, time) to (batch, channels, time)."""
        rows = self.block["2"](self.block["0"](frames, cache).transpose(1, 2))
        return F.mish(rows).transpose(1, 2)


class ResnetBlock1D(nn.Module):
    """Residual block of two convolutions with the time step added in between."""

    def __init__(self, in_channels: int, channels: int, time_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        self.mlp = nn.Sequential(nn.Mish(), nn.Linear(time_dim, channels))
        self.block1 = CausalBlock1D(in_channels, channels)
        self.block2 = CausalBlock1D(channels, channels)
        self.res_conv = nn.Conv1d(in_channels, channels, 1)

    def forward(self, frames: Tensor, time_shift: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, in channels, time) to (batch, channels, time); time_shift: `mlp` of the times, (…, channels)."""
        hidden = self.block1(frames, cache) + time_shift[..., None]
        return self.block2(hidden, cache) + self.res_conv(frames)  # type: ignore[no-any-return]  # torch leaves module calls untyped


class Attention(nn.Module):
    """Self-attention without positions."""

    def __init__(self, channels: int, num_heads: int, head_dim: int) -> None:
        """Create the projections."""
        super().__init__()
        self.num_heads = num_heads
        self.to_q = nn.Linear(channels, num_heads * head_dim, bias=False)
        self.to_k = nn.Linear(channels, num_heads * head_dim, bias=False)
        self.to_v = nn.Linear(channels, num_heads * head_dim, bias=False)
        self.to_out = nn.Sequential(nn.Linear(num_heads * head_dim, channels))

    def forward(self, rows: Tensor, attn_bias: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, channels) to the same shape; attn_bias: added to the scores."""
        query, key, value = (
            layer(rows).unflatten(2, (self.num_heads, -1)).transpose(1, 2)
            for layer in (self.to_q, self.to_k, self.to_v)
        )
        if cache is not None:
            key, value = cache.append_kv(self, key, value)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_bias)
        return self.to_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class FeedForward(nn.Module):
    """Feed-forward layer with an exact GELU."""

    def __init__(self, channels: int, ff_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        first = nn.ModuleDict({"proj": nn.Linear(channels, ff_dim)})
        self.net = nn.ModuleDict({"0": first, "2": nn.Linear(ff_dim, channels)})

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, time, channels) to the same shape."""
        return self.net["2"](F.gelu(self.net["0"].proj(rows)))  # type: ignore[no-any-return, operator]


class Transformer(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, config: FlowV2Config) -> None:
        """Create the layers of a config."""
        super().__init__()
        self.norm1 = nn.LayerNorm(config.unet_channels)
        self.attn1 = Attention(config.unet_channels, config.unet_heads, config.head_dim)
        self.norm3 = nn.LayerNorm(config.unet_channels)
        self.ff = FeedForward(config.unet_channels, config.unet_ff_dim)

    def forward(self, rows: Tensor, attn_bias: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, channels) to the same shape."""
        rows = rows + self.attn1(self.norm1(rows), attn_bias, cache)
        return rows + self.ff(self.norm3(rows))  # type: ignore[no-any-return]


class TimestepEmbedding(nn.Module):
    """MLP that embeds the sinusoids of a time step."""

    def __init__(self, sinusoid_dim: int, time_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        self.linear_1 = nn.Linear(sinusoid_dim, time_dim)
        self.linear_2 = nn.Linear(time_dim, time_dim)

    def forward(self, sinusoids: Tensor) -> Tensor:
        """Map (n, sinusoid dim) to (n, time dim)."""
        return self.linear_2(F.silu(self.linear_1(sinusoids)))  # type: ignore[no-any-return]


class UNetStage(nn.ModuleList):
    """Residual block, its transformers and, for the outer stages, a convolution behind them."""

    def __init__(self, config: FlowV2Config, in_channels: int, *, with_convolution: bool = False) -> None:
        """Create the layers; with_convolution: append the convolution, which forward() does not apply."""
        channels = config.unet_channels
        blocks = nn.ModuleList(Transformer(config) for _ in range(config.transformers_per_block))
        super().__init__([ResnetBlock1D(in_channels, channels, config.time_dim), blocks])
        if with_convolution:
            self.append(CausalConv1d(channels, channels, 3))

    @property
    def time_layer(self) -> nn.Module:
        """Layer whose input is the time step alone."""
        return cast("ResnetBlock1D", self[0]).mlp

    def forward(self, frames: Tensor, time_shift: Tensor, attn_bias: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, in channels, time) to (batch, channels, time), before the convolution."""
        rows = self[0](frames, time_shift, cache).transpose(1, 2)
        for block in cast("nn.ModuleList", self[1]):
            rows = block(rows, attn_bias, cache)
        return rows.transpose(1, 2)  # type: ignore[no-any-return]


class UNet(nn.Module):
    """Velocity network: a U-Net."""

    def __init__(self, config: FlowV2Config) -> None:
        """Create the network of a config."""
        super().__init__()
        self.sinusoid_dim, channels = config.sinusoid_dim, config.unet_channels
        self.time_mlp = TimestepEmbedding(config.sinusoid_dim, config.time_dim)
        self.down_blocks = nn.ModuleList([UNetStage(config, 4 * config.num_mels, with_convolution=True)])
        self.mid_blocks = nn.ModuleList(UNetStage(config, channels) for _ in range(config.num_mid_blocks))
        self.up_blocks = nn.ModuleList([UNetStage(config, 2 * channels, with_convolution=True)])
        self.final_block = CausalBlock1D(channels, channels)
        self.final_proj = nn.Conv1d(channels, config.num_mels, 1)

    def time_layers(self) -> list[nn.Module]:
        """Return the layers whose input is the time step alone."""
        return [self.time_mlp, *(stage.time_layer for stage in self._stages())]

    def time_tables(self, times: Tensor) -> Tensor:
        """Return what the residual blocks add at each of the times, float32 (n, blocks, channels) of float32 (n,)."""
        first, *rest = self.time_layers()
        embedded = first(sinusoidal_embedding(times, self.sinusoid_dim))
        return torch.stack([layer(embedded) for layer in rest], dim=1)

    def forward(
        self,
        state: Tensor,
        mu: Tensor,
        spks: Tensor,
        cond: Tensor,
        time_table: Tensor,
        attn_bias: Tensor,
        cache: StreamingCache | None = None,
    ) -> Tensor:
        """Return the velocity of `state` at one time step, (batch, mels, time).

        Args:
            state: Current point of the flow, (batch, mels, time).
            mu: Encoded speech tokens, (batch, mels, time).
            spks: Projected speaker embedding, (batch, mels).
            cond: Mel of the prompt, zero behind it, (batch, mels, time).
            time_table: Row of time_tables(), (blocks, channels), or one for each item, (batch, blocks, channels).
            attn_bias: Added to the attention scores, (batch, 1, 1 or time, all time).
            cache: Cache of a stream, whose frames precede these on the last axis of attn_bias; None for a whole mel.
        """
        frames = torch.cat([state, mu, spks[:, :, None].expand_as(mu), cond], dim=1)
        first, *middle, last = self._stages()
        first_shift, *middle_shifts, last_shift = time_table.unbind(-2)
        skip = first(frames, first_shift, attn_bias, cache)
        frames = first[2](skip, cache)
        for stage, time_shift in zip(middle, middle_shifts, strict=True):
            frames = stage(frames, time_shift, attn_bias, cache)
        frames = last[2](last(torch.cat([frames, skip], dim=1), last_shift, attn_bias, cache), cache)
        return self.final_proj(self.final_block(frames, cache))  # type: ignore[no-any-return]

    def _stages(self) -> list[UNetStage]:
        return cast("list[UNetStage]", [*self.down_blocks, *self.mid_blocks, *self.up_blocks])
