"""Velocity network of Fun-CosyVoice 3: a diffusion transformer whose norms are modulated by the time step.

Submodules have the names of the published checkpoint.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import FlowV3Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import MAX_PERIOD, sinusoidal_embedding

NORM_EPS = 1e-6
MODULATION_ROWS = 6  # of a block: shift, scale and gate of the attention, then of the feed-forward


class TimestepEmbedding(nn.Module):
    """Embedding of time steps by sinusoids and an MLP."""

    def __init__(self, sinusoid_dim: int, time_dim: int) -> None:
        """Create the embedding of a sinusoid size and an output size."""
        super().__init__()
        self.sinusoid_dim = sinusoid_dim
        self.time_mlp = nn.Sequential(nn.Linear(sinusoid_dim, time_dim), nn.SiLU(), nn.Linear(time_dim, time_dim))

    def forward(self, times: Tensor) -> Tensor:
        """Return (n, time dim) of times (n,)."""
        return self.time_mlp(sinusoidal_embedding(times, self.sinusoid_dim))  # type: ignore[no-any-return]  # torch leaves module calls untyped


class ConvPositionEmbedding(nn.Module):
    """Position embedding by two grouped causal convolutions."""

    def __init__(self, dim: int, kernel: int, groups: int) -> None:
        """Create the layers."""
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Sequential(CausalConv1d(dim, dim, kernel, groups=groups), nn.Mish()) for _ in range(2)
        )

    def forward(self, rows: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, dim) to the same shape."""
        rows = rows.transpose(1, 2)
        for convolution, activation in (self.conv1, self.conv2):
            rows = activation(convolution(rows, cache))
        return rows.transpose(1, 2)


class InputEmbedding(nn.Module):
    """Projection of state and conditions to the transformer's input."""

    def __init__(self, config: FlowV3Config) -> None:
        """Create the layers of a config."""
        super().__init__()
        self.proj = nn.Linear(4 * config.num_mels, config.dim)
        self.conv_pos_embed = ConvPositionEmbedding(config.dim, config.conv_pos_kernel, config.conv_pos_groups)

    def forward(self, inputs: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, 4 mels) to (batch, time, dim)."""
        rows = self.proj(inputs)
        return rows + self.conv_pos_embed(rows, cache)  # type: ignore[no-any-return]


class RotaryEmbedding(nn.Module):
    """Rotary position embedding; the checkpoint holds its frequencies."""

    inv_freq: Tensor

    def __init__(self, head_dim: int) -> None:
        """Create the frequencies of a head."""
        super().__init__()
        self.register_buffer("inv_freq", MAX_PERIOD ** -(torch.arange(0, head_dim, 2) / head_dim))

    def forward(self, start: int, count: int) -> tuple[Tensor, Tensor]:
        """Return cosines and sines, float32 (count, head dim) each, of positions from `start` on."""
        positions = torch.arange(start, start + count, device=self.inv_freq.device, dtype=torch.float32)
        angles = (positions[:, None] * self.inv_freq.float()).repeat_interleave(2, dim=1)
        return angles.cos(), angles.sin()


class Attention(nn.Module):
    """Self-attention with rotary positions in the first head only.

    CosyVoice rotates queries and keys before it splits them into heads, while the angles cover one head. The weights
    were trained that way.
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        """Create the projections."""
        super().__init__()
        self.num_heads = num_heads
        self.to_q = nn.Linear(dim, dim)
        self.to_k = nn.Linear(dim, dim)
        self.to_v = nn.Linear(dim, dim)
        self.to_out = nn.Sequential(nn.Linear(dim, dim))

    def forward(
        self, rows: Tensor, rope: tuple[Tensor, Tensor], attn_bias: Tensor, cache: StreamingCache | None
    ) -> Tensor:
        """Map (batch, time, dim) to the same shape.

        Args:
            rows: (batch, time, dim).
            rope: Cosines and sines of RotaryEmbedding.
            attn_bias: Added to the attention scores, (batch, 1, 1 or time, all time).
            cache: Cache of a stream; None for a whole sequence.
        """
        query, key = (_apply_rope(layer(rows), rope) for layer in (self.to_q, self.to_k))
        shape = (*rows.shape[:2], self.num_heads, -1)
        query, key, value = (projected.view(shape).transpose(1, 2) for projected in (query, key, self.to_v(rows)))
        if cache is not None:
            key, value = cache.append_kv(self, key, value)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_bias)
        return self.to_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


def _apply_rope(rows: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate neighbouring pairs of the first channels; the other channels stay as they are."""
    cosines, sines = rope
    first = rows[..., : cosines.shape[1]].float()
    even, odd = first[..., 0::2], first[..., 1::2]
    rotated = first * cosines + torch.stack([-odd, even], dim=3).flatten(2) * sines
    return torch.cat([rotated.to(rows.dtype), rows[..., cosines.shape[1] :]], dim=2)


class AdaLayerNorm(nn.Module):
    """Linear layer that maps the embedded time to the modulation of norms."""

    def __init__(self, time_dim: int, dim: int, rows: int) -> None:
        """Create the layer for `rows` vectors of size `dim`."""
        super().__init__()
        self.rows = rows
        self.linear = nn.Linear(time_dim, rows * dim)

    def forward(self, embedded_times: Tensor) -> Tensor:
        """Return (n, rows, dim) of embedded times (n, time dim)."""
        return self.linear(F.silu(embedded_times)).unflatten(1, (self.rows, -1))  # type: ignore[no-any-return]


def _modulated_norm(rows: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.layer_norm(rows, rows.shape[-1:], eps=NORM_EPS) * (1 + scale) + shift


class FeedForward(nn.Module):
    """Feed-forward layer with a tanh-approximated GELU."""

    def __init__(self, dim: int, ff_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        first = nn.Sequential(nn.Linear(dim, ff_dim), nn.GELU(approximate="tanh"))
        self.ff = nn.Sequential(first, nn.Identity(), nn.Linear(ff_dim, dim))

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, time, dim) to the same shape."""
        return self.ff(rows)  # type: ignore[no-any-return]


class DiTBlock(nn.Module):
    """Attention and feed-forward, both modulated and gated by the time step."""

    def __init__(self, config: FlowV3Config) -> None:
        """Create the layers of a config."""
        super().__init__()
        self.attn_norm = AdaLayerNorm(config.time_dim, config.dim, MODULATION_ROWS)
        self.attn = Attention(config.dim, config.num_heads)
        self.ff = FeedForward(config.dim, config.ff_dim)

    def forward(
        self,
        rows: Tensor,
        modulation: Tensor,
        rope: tuple[Tensor, Tensor],
        attn_bias: Tensor,
        cache: StreamingCache | None,
    ) -> Tensor:
        """Map (batch, time, dim) to the same shape; modulation: (1 or batch, 6, dim), the others as in Attention."""
        shift, scale, gate, ff_shift, ff_scale, ff_gate = torch.split(modulation, 1, dim=1)
        rows = rows + gate * self.attn(_modulated_norm(rows, shift, scale), rope, attn_bias, cache)
        return rows + ff_gate * self.ff(_modulated_norm(rows, ff_shift, ff_scale))  # type: ignore[no-any-return]


class DiT(nn.Module):
    """Velocity network: a diffusion transformer."""

    def __init__(self, config: FlowV3Config) -> None:
        """Create the network of a config."""
        super().__init__()
        self.time_embed = TimestepEmbedding(config.sinusoid_dim, config.time_dim)
        self.input_embed = InputEmbedding(config)
        self.rotary_embed = RotaryEmbedding(config.head_dim)
        self.transformer_blocks = nn.ModuleList(DiTBlock(config) for _ in range(config.num_layers))
        self.norm_out = AdaLayerNorm(config.time_dim, config.dim, 2)
        self.proj_out = nn.Linear(config.dim, config.num_mels)

    def time_layers(self) -> list[nn.Module]:
        """Return the layers whose input is the time step alone."""
        norms = [block.attn_norm for block in self.transformer_blocks]
        return [self.time_embed, *norms, self.norm_out]  # type: ignore[list-item]

    def time_tables(self, times: Tensor) -> Tensor:
        """Return the modulation at each of the times, float32 (n, 6 layers + 2, dim) of float32 (n,)."""
        first, *rest = self.time_layers()
        embedded = first(times)
        return torch.cat([layer(embedded) for layer in rest], dim=1)

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
            time_table: Row of time_tables(), (6 layers + 2, dim), or one for each item, (batch, 6 layers + 2, dim).
            attn_bias: Added to the attention scores, (batch, 1, 1 or time, all time).
            cache: Cache of a stream, whose frames precede these on the last axis of attn_bias; None for a whole mel.
        """
        inputs = torch.cat([state, cond, mu, spks[:, :, None].expand_as(mu)], dim=1)
        rows = self.input_embed(inputs.transpose(1, 2), cache)
        rope = self.rotary_embed(0 if cache is None else cache.length, rows.shape[1])
        tables = time_table if time_table.dim() == 3 else time_table[None]
        scale, shift = torch.split(tables[:, -2:], 1, dim=1)
        for block, modulation in zip(
            self.transformer_blocks, torch.split(tables[:, :-2], MODULATION_ROWS, dim=1), strict=True
        ):
            rows = block(rows, modulation, rope, attn_bias, cache)
        return self.proj_out(_modulated_norm(rows, shift, scale)).transpose(1, 2)  # type: ignore[no-any-return]
