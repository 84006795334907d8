"""CosyVoice 2's encoder: speech tokens through conformer blocks, at 25 Hz and then at 50 Hz. Knows no mel and no file.

Names of the submodules are those of the published checkpoint.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice import attention_mask
from funaudio_core.engines.cosyvoice.config import FlowV2Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d, LookAhead
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import LONGEST_WAVE

BLOCK_EPSILON = 1e-12  # of the norms inside the blocks, as in ESPnet; the others keep torch's 1e-5


class Embed(nn.Module):
    """A linear layer, a norm, and the scale of the Transformer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.out = nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))
        self.scale = math.sqrt(width)

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, time, width) of the same."""
        return self.out(rows) * self.scale  # type: ignore[no-any-return]  # torch types no call


class RelativeAttention(nn.Module):
    """Self-attention of Transformer-XL: content and distance are scored apart."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q = nn.Linear(width, width)
        self.linear_k = nn.Linear(width, width)
        self.linear_v = nn.Linear(width, width)
        self.linear_out = nn.Linear(width, width)
        self.linear_pos = nn.Linear(width, width, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, width // heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, width // heads))

    def forward(self, rows: Tensor, distances: Tensor, hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, width) of the same; distances: see distances(); hidden: added to the scores."""
        query, key, value = (self._split(layer(rows)) for layer in (self.linear_q, self.linear_k, self.linear_v))
        if past is not None:
            key, value = past.joined(self, key, value)
        place = self._split(self.linear_pos(distances)[None])
        scored = (query + self.pos_bias_v[:, None]) @ place.transpose(2, 3)
        added = _shifted(scored) / math.sqrt(query.shape[3]) + hidden
        mixed = F.scaled_dot_product_attention(query + self.pos_bias_u[:, None], key, value, added)
        return self.linear_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]

    def _split(self, rows: Tensor) -> Tensor:
        """(batch, heads, time, width of a head) of (batch, time, width)."""
        return rows.view(*rows.shape[:2], self.heads, -1).transpose(1, 2)


def distances(asked: int, seen: int, width: int, device: torch.device) -> Tensor:
    """float32 (seen + asked - 1, width): sinusoids of how far the last `asked` rows are from each of `seen`.

    From seen - 1 down to 1 - asked, sine and cosine in turn.
    """
    apart = torch.arange(seen - 1, -asked, -1, device=device, dtype=torch.float32)
    waves = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(LONGEST_WAVE) / width))
    angles = apart[:, None] * waves
    return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


def _shifted(scores: Tensor) -> Tensor:
    """Scores by query and distance (…, asked, seen + asked - 1) as scores by query and key (…, asked, seen)."""
    batch, heads, asked, apart = scores.shape
    padded = F.pad(scores, (1, 0)).view(batch, heads, apart + 1, asked)
    return padded[:, :, 1:].reshape(batch, heads, asked, apart)[..., : apart + 1 - asked]


class FeedForward(nn.Module):
    """Two linear layers around a SiLU."""

    def __init__(self, width: int, feed: int) -> None:
        super().__init__()
        self.w_1 = nn.Linear(width, feed)
        self.w_2 = nn.Linear(feed, width)

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, time, width) of the same."""
        return self.w_2(F.silu(self.w_1(rows)))  # type: ignore[no-any-return]


class Block(nn.Module):
    """A conformer block without convolution and macaron: attention, feed-forward."""

    def __init__(self, width: int, heads: int, feed: int) -> None:
        super().__init__()
        self.self_attn = RelativeAttention(width, heads)
        self.feed_forward = FeedForward(width, feed)
        self.norm_mha = nn.LayerNorm(width, BLOCK_EPSILON)
        self.norm_ff = nn.LayerNorm(width, BLOCK_EPSILON)

    def forward(self, rows: Tensor, apart: Tensor, hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, width) of the same."""
        rows = rows + self.self_attn(self.norm_mha(rows), apart, hidden, past)
        return rows + self.feed_forward(self.norm_ff(rows))  # type: ignore[no-any-return]


class UpConvolution(nn.Module):
    """Every row as often as the rate rises, then a causal convolution."""

    def __init__(self, width: int, factor: int) -> None:
        super().__init__()
        self.factor = factor
        self.conv = CausalConv1d(width, width, 2 * factor + 1)

    def forward(self, rows: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, factor time, width) of (batch, time, width)."""
        repeated = rows.repeat_interleave(self.factor, dim=1)
        return self.conv(repeated.transpose(1, 2), past).transpose(1, 2)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Embedded speech tokens to rows at the mel rate."""

    def __init__(self, layout: FlowV2Config) -> None:
        super().__init__()
        width, factor = layout.width, layout.upsample
        self.embed, self.up_embed = Embed(width), Embed(width)
        self.pre_lookahead_layer = LookAhead(width, width, layout.lookahead)
        self.up_layer = UpConvolution(width, factor)
        self.encoders, self.up_encoders = (
            nn.ModuleList(Block(width, layout.heads, layout.feed) for _ in range(count))
            for count in (layout.early, layout.late)
        )
        self.after_norm = nn.LayerNorm(width)

    def forward(
        self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None, past: StreamingCache | None = None
    ) -> Tensor:
        """float32 (batch, 2 time, width) of (batch, time + 3, width).

        given: bool (batch, time + 3, 1), where rows are no padding. lengths: int64 (batch,), rows to encode, those of
        the past included; those after them are only looked at. chunk: tokens a chunk, None to see everything.
        """
        rows = self.pre_lookahead_layer(self.embed(rows) * given, past)  # the embedding makes something of nothing
        rows = self._through(self.encoders, rows, lengths, chunk, past)
        rows = self.up_embed(self.up_layer(rows, past))
        rows = self._through(self.up_encoders, rows, lengths, chunk, past, self.up_layer.factor)
        return self.after_norm(rows)  # type: ignore[no-any-return]

    @staticmethod
    def _through(
        blocks: nn.ModuleList,
        rows: Tensor,
        lengths: Tensor,
        chunk: int | None,
        past: StreamingCache | None,
        factor: int = 1,
    ) -> Tensor:
        """factor: rows a token."""
        time, width = rows.shape[1:]
        start = 0 if past is None else factor * past.time
        apart = distances(time, start + time, width, rows.device)
        seen = attention_mask.visible(factor * lengths, start + time, None if chunk is None else factor * chunk, start)
        hidden = attention_mask.bias(seen, rows.dtype)
        for block in blocks:
            rows = block(rows, apart, hidden, past)
        return rows
