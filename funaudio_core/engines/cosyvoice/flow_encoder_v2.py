"""Flow encoder of CosyVoice 2: conformer blocks at the token rate (25 Hz) and then at the mel rate (50 Hz).

Submodules have the names of the published checkpoint.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import attention_mask
from funaudio_core.engines.cosyvoice.config import FlowV2Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d, PreLookaheadLayer
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import MAX_PERIOD

BLOCK_NORM_EPS = 1e-12  # inside the blocks, as in ESPnet; other norms keep torch's 1e-5


class InputLayer(nn.Module):
    """Linear layer, layer norm and the scale sqrt(dim) of the Transformer."""

    def __init__(self, dim: int) -> None:
        """Create the layers."""
        super().__init__()
        self.out = nn.Sequential(nn.Linear(dim, dim), nn.LayerNorm(dim))
        self.scale = math.sqrt(dim)

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, time, dim) to the same shape."""
        return self.out(rows) * self.scale  # type: ignore[no-any-return]  # torch leaves module calls untyped


class RelPositionAttention(nn.Module):
    """Self-attention with relative positions, as in Transformer-XL."""

    def __init__(self, dim: int, num_heads: int) -> None:
        """Create the projections."""
        super().__init__()
        self.num_heads = num_heads
        self.linear_q = nn.Linear(dim, dim)
        self.linear_k = nn.Linear(dim, dim)
        self.linear_v = nn.Linear(dim, dim)
        self.linear_out = nn.Linear(dim, dim)
        self.linear_pos = nn.Linear(dim, dim, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(num_heads, dim // num_heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(num_heads, dim // num_heads))

    def forward(self, rows: Tensor, pos_emb: Tensor, attn_bias: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, dim) to the same shape.

        Args:
            rows: (batch, time, dim).
            pos_emb: relative_positions() of these rows.
            attn_bias: Added to the attention scores.
            cache: Cache of a stream; None for a whole sequence.
        """
        query, key, value = (self._split(layer(rows)) for layer in (self.linear_q, self.linear_k, self.linear_v))
        if cache is not None:
            key, value = cache.append_kv(self, key, value)
        pos = self._split(self.linear_pos(pos_emb)[None])
        pos_scores = (query + self.pos_bias_v[:, None]) @ pos.transpose(2, 3)
        bias = _relative_shift(pos_scores) / math.sqrt(query.shape[3]) + attn_bias
        mixed = F.scaled_dot_product_attention(query + self.pos_bias_u[:, None], key, value, bias)
        return self.linear_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _split(self, rows: Tensor) -> Tensor:
        """Reshape (batch, time, dim) to (batch, heads, time, head dim)."""
        return rows.view(*rows.shape[:2], self.num_heads, -1).transpose(1, 2)


def relative_positions(num_queries: int, num_keys: int, dim: int, device: torch.device) -> Tensor:
    """Return sinusoids of the distances between the last rows (queries) and all rows (keys).

    Distances fall from num_keys - 1 to 1 - num_queries; sines and cosines take turns.

    Returns:
        float32 (num_keys + num_queries - 1, dim).
    """
    distances = torch.arange(num_keys - 1, -num_queries, -1, device=device, dtype=torch.float32)
    frequencies = torch.exp(torch.arange(0, dim, 2, device=device) * (-math.log(MAX_PERIOD) / dim))
    angles = distances[:, None] * frequencies
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


def _relative_shift(scores: Tensor) -> Tensor:
    """Turn scores by distance (…, queries, keys + queries - 1) into scores by key (…, queries, keys)."""
    batch, heads, num_queries, num_distances = scores.shape
    padded = F.pad(scores, (1, 0)).view(batch, heads, num_distances + 1, num_queries)
    return padded[:, :, 1:].reshape(batch, heads, num_queries, num_distances)[..., : num_distances + 1 - num_queries]


class FeedForward(nn.Module):
    """Feed-forward layer with SiLU."""

    def __init__(self, dim: int, ff_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        self.w_1 = nn.Linear(dim, ff_dim)
        self.w_2 = nn.Linear(ff_dim, dim)

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, time, dim) to the same shape."""
        return self.w_2(F.silu(self.w_1(rows)))  # type: ignore[no-any-return]


class ConformerBlock(nn.Module):
    """Conformer block without convolution and macaron: attention and feed-forward."""

    def __init__(self, dim: int, num_heads: int, ff_dim: int) -> None:
        """Create the layers."""
        super().__init__()
        self.self_attn = RelPositionAttention(dim, num_heads)
        self.feed_forward = FeedForward(dim, ff_dim)
        self.norm_mha = nn.LayerNorm(dim, BLOCK_NORM_EPS)
        self.norm_ff = nn.LayerNorm(dim, BLOCK_NORM_EPS)

    def forward(self, rows: Tensor, pos_emb: Tensor, attn_bias: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, dim) to the same shape."""
        rows = rows + self.self_attn(self.norm_mha(rows), pos_emb, attn_bias, cache)
        return rows + self.feed_forward(self.norm_ff(rows))  # type: ignore[no-any-return]


class Upsample1D(nn.Module):
    """Repetition of every row and a causal convolution."""

    def __init__(self, dim: int, factor: int) -> None:
        """Create the layer; factor: how often each row is repeated."""
        super().__init__()
        self.factor = factor
        self.conv = CausalConv1d(dim, dim, 2 * factor + 1)

    def forward(self, rows: Tensor, cache: StreamingCache | None) -> Tensor:
        """Map (batch, time, dim) to (batch, factor * time, dim)."""
        repeated = rows.repeat_interleave(self.factor, dim=1)
        return self.conv(repeated.transpose(1, 2), cache).transpose(1, 2)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Encoder of embedded speech tokens to rows at the mel rate."""

    def __init__(self, config: FlowV2Config) -> None:
        """Create the network of a config."""
        super().__init__()
        dim, factor = config.encoder_dim, config.frames_per_token
        self.embed, self.up_embed = InputLayer(dim), InputLayer(dim)
        self.pre_lookahead_layer = PreLookaheadLayer(dim, dim, config.lookahead_tokens)
        self.up_layer = Upsample1D(dim, factor)
        self.encoders, self.up_encoders = (
            nn.ModuleList(ConformerBlock(dim, config.encoder_heads, config.encoder_ff_dim) for _ in range(count))
            for count in (config.num_blocks, config.num_up_blocks)
        )
        self.after_norm = nn.LayerNorm(dim)

    def forward(
        self, rows: Tensor, mask: Tensor, lengths: Tensor, chunk: int | None, cache: StreamingCache | None = None
    ) -> Tensor:
        """Encode embedded speech tokens.

        Args:
            rows: Embedded tokens and the lookahead of 3, (batch, time + 3, dim).
            mask: True where rows are not padding, bool (batch, time + 3, 1).
            lengths: Rows to encode, those in the cache included, int64 (batch,); rows after them are lookahead only.
            chunk: Tokens per chunk; None for full attention.
            cache: Cache of a stream; None for a whole sequence.

        Returns:
            float32 (batch, 2 * time, dim).
        """
        rows = self.pre_lookahead_layer(self.embed(rows) * mask, cache)  # the embedding maps zero rows to non-zero ones
        rows = self._run_blocks(self.encoders, rows, lengths, chunk, cache)
        rows = self.up_embed(self.up_layer(rows, cache))
        rows = self._run_blocks(self.up_encoders, rows, lengths, chunk, cache, self.up_layer.factor)
        return self.after_norm(rows)  # type: ignore[no-any-return]

    @staticmethod
    def _run_blocks(
        blocks: nn.ModuleList,
        rows: Tensor,
        lengths: Tensor,
        chunk: int | None,
        cache: StreamingCache | None,
        factor: int = 1,
    ) -> Tensor:
        """Run blocks on rows of which there are `factor` per token."""
        time, dim = rows.shape[1:]
        start = 0 if cache is None else factor * cache.length
        pos_emb = relative_positions(time, start + time, dim, rows.device)
        mask = attention_mask.chunk_mask(
            factor * lengths, start + time, None if chunk is None else factor * chunk, start
        )
        attn_bias = attention_mask.mask_to_bias(mask, rows.dtype)
        for block in blocks:
            rows = block(rows, pos_emb, attn_bias, cache)
        return rows
