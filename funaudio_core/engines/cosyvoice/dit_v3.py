"""Fun-CosyVoice 3's velocity network: a diffusion transformer whose norms are set by the time.

Names of the submodules are those of the published checkpoint. Knows neither tokens nor the solver.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import FlowV3Config
from funaudio_core.engines.cosyvoice.convolutions import CausalConv1d
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.timesteps import LONGEST_WAVE, sinusoids

EPSILON = 1e-6  # of the norms
SETTINGS = 6  # rows a block takes from the time: shift, scale and gate, of attention and of feed-forward


class TimeEmbed(nn.Module):
    """Sinusoids of the time to its embedding."""

    def __init__(self, wave: int, time: int) -> None:
        super().__init__()
        self.wave = wave
        self.time_mlp = nn.Sequential(nn.Linear(wave, time), nn.SiLU(), nn.Linear(time, time))

    def forward(self, times: Tensor) -> Tensor:
        """(n, time) of times (n,)."""
        return self.time_mlp(sinusoids(times, self.wave))  # type: ignore[no-any-return]  # torch types no call


class Places(nn.Module):
    """Two grouped causal convolutions, which tell a frame where it is."""

    def __init__(self, width: int, kernel: int, groups: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (
            nn.Sequential(CausalConv1d(width, width, kernel, groups=groups), nn.Mish()) for _ in range(2)
        )

    def forward(self, rows: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, width) of the same."""
        rows = rows.transpose(1, 2)
        for convolution, rectified in (self.conv1, self.conv2):
            rows = rectified(convolution(rows, past))
        return rows.transpose(1, 2)


class InputEmbed(nn.Module):
    """State and conditions to rows of the transformer."""

    def __init__(self, layout: FlowV3Config) -> None:
        super().__init__()
        self.proj = nn.Linear(4 * layout.mels, layout.width)
        self.conv_pos_embed = Places(layout.width, layout.kernel, layout.groups)

    def forward(self, given: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, width) of (batch, time, 4 mels)."""
        rows = self.proj(given)
        return rows + self.conv_pos_embed(rows, past)  # type: ignore[no-any-return]


class Rotary(nn.Module):
    """Angles of the rotary positions; the checkpoint holds their frequencies."""

    inv_freq: Tensor

    def __init__(self, head: int) -> None:
        super().__init__()
        self.register_buffer("inv_freq", LONGEST_WAVE ** -(torch.arange(0, head, 2) / head))

    def forward(self, start: int, size: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines, float32 (size, head), of the places from `start` on, each angle twice in turn."""
        places = torch.arange(start, start + size, device=self.inv_freq.device, dtype=torch.float32)
        angles = (places[:, None] * self.inv_freq.float()).repeat_interleave(2, dim=1)
        return angles.cos(), angles.sin()


class Attention(nn.Module):
    """Self-attention in which the first head alone knows positions.

    CosyVoice rotates queries and keys before it splits them into heads, and the angles reach over one head. The
    weights were trained so.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width)
        self.to_k = nn.Linear(width, width)
        self.to_v = nn.Linear(width, width)
        self.to_out = nn.Sequential(nn.Linear(width, width))

    def forward(self, rows: Tensor, turn: tuple[Tensor, Tensor], hidden: Tensor, past: StreamingCache | None) -> Tensor:
        """(batch, time, width) of the same; turn: see Rotary."""
        query, key = (_rotated(layer(rows), turn) for layer in (self.to_q, self.to_k))
        shape = (*rows.shape[:2], self.heads, -1)
        query, key, value = (part.view(shape).transpose(1, 2) for part in (query, key, self.to_v(rows)))
        if past is not None:
            key, value = past.joined(self, key, value)
        mixed = F.scaled_dot_product_attention(query, key, value, hidden)
        return self.to_out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


def _rotated(rows: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Neighbouring pairs of the first channels turned by their angles; the other channels as they were."""
    cosines, sines = turn
    head = rows[..., : cosines.shape[1]].float()
    even, odd = head[..., 0::2], head[..., 1::2]
    turned = head * cosines + torch.stack([-odd, even], dim=3).flatten(2) * sines
    return torch.cat([turned.to(rows.dtype), rows[..., cosines.shape[1] :]], dim=2)


class Setting(nn.Module):
    """The linear layer by which the time sets a norm."""

    def __init__(self, time: int, width: int, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.linear = nn.Linear(time, rows * width)

    def forward(self, moments: Tensor) -> Tensor:
        """(n, rows, width) of embedded times (n, time)."""
        return self.linear(F.silu(moments)).unflatten(1, (self.rows, -1))  # type: ignore[no-any-return]


def _normed(rows: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    return F.layer_norm(rows, rows.shape[-1:], eps=EPSILON) * (1 + scale) + shift


class FeedForward(nn.Module):
    """Two linear layers around a GELU by hyperbolic tangent."""

    def __init__(self, width: int, feed: int) -> None:
        super().__init__()
        first = nn.Sequential(nn.Linear(width, feed), nn.GELU(approximate="tanh"))
        self.ff = nn.Sequential(first, nn.Identity(), nn.Linear(feed, width))

    def forward(self, rows: Tensor) -> Tensor:
        """(batch, time, width) of the same."""
        return self.ff(rows)  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention and feed-forward, set and weighed by the time."""

    def __init__(self, layout: FlowV3Config) -> None:
        super().__init__()
        self.attn_norm = Setting(layout.time, layout.width, SETTINGS)
        self.attn = Attention(layout.width, layout.heads)
        self.ff = FeedForward(layout.width, layout.feed)

    def forward(
        self, rows: Tensor, setting: Tensor, turn: tuple[Tensor, Tensor], hidden: Tensor, past: StreamingCache | None
    ) -> Tensor:
        """(batch, time, width) of the same; setting: (6, width)."""
        shift, scale, gate, feed_shift, feed_scale, feed_gate = setting
        rows = rows + gate * self.attn(_normed(rows, shift, scale), turn, hidden, past)
        return rows + feed_gate * self.ff(_normed(rows, feed_shift, feed_scale))  # type: ignore[no-any-return]


class DiT(nn.Module):
    """The velocity of a mel spectrogram on its way from noise to speech."""

    def __init__(self, layout: FlowV3Config) -> None:
        super().__init__()
        self.time_embed = TimeEmbed(layout.wave, layout.time)
        self.input_embed = InputEmbed(layout)
        self.rotary_embed = Rotary(layout.head)
        self.transformer_blocks = nn.ModuleList(Block(layout) for _ in range(layout.blocks))
        self.norm_out = Setting(layout.time, layout.width, 2)
        self.proj_out = nn.Linear(layout.width, layout.mels)

    def timed(self) -> list[nn.Module]:
        """The layers that see nothing but the time."""
        settings = [block.attn_norm for block in self.transformer_blocks]
        return [self.time_embed, *settings, self.norm_out]  # type: ignore[list-item]

    def tables(self, times: Tensor) -> Tensor:
        """float32 (n, 6 blocks + 2, width): what sets the norms at each of times float32 (n,)."""
        first, *rest = self.timed()
        moments = first(times)
        return torch.cat([layer(moments) for layer in rest], dim=1)

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
        """The velocity (batch, mels, time) of state at the time of `table` (6 blocks + 2, width).

        mu, known: (batch, mels, time), what the tokens say and the mel of the prompt. speaker: (batch, mels).
        hidden: added to attention scores, (batch, 1, 1 or time, time). past: of frames before these, which then are
        seen too: the last axis of `hidden` begins with them.
        """
        given = torch.cat([state, known, mu, speaker[:, :, None].expand_as(mu)], dim=1)
        rows = self.input_embed(given.transpose(1, 2), past)
        turn = self.rotary_embed(0 if past is None else past.time, rows.shape[1])
        scale, shift = table[-2:]
        for block, setting in zip(self.transformer_blocks, torch.split(table[:-2], SETTINGS), strict=True):
            rows = block(rows, setting, turn, hidden, past)
        return self.proj_out(_normed(rows, shift, scale)).transpose(1, 2)  # type: ignore[no-any-return]
