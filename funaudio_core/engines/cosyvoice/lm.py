"""CosyVoice's language model as a torch module: Qwen2's decoder between tables of text and of speech tokens.

Knows neither files nor words, and draws nothing: it gives logits. A Cache of fixed size keeps keys and values of a
batch whose rows differ in length: a row's place in it is its position, whatever stands behind that place is never
looked at and is written over later.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.cosyvoice.config import LMConfig

_QWEN = "llm.model.model."
UNUSED = frozenset({"llm.model.lm_head.weight"})  # Qwen2's head over text; CosyVoice never writes text


class Cache:
    """Keys and values (blocks, rows, pairs, places, head), all zero: as much memory as they will ever need."""

    def __init__(self, layout: LMConfig, rows: int, places: int, like: Tensor) -> None:
        shape = (layout.blocks, rows, layout.num_kv_heads, places, layout.head_dim)
        self.keys = torch.zeros(shape, dtype=like.dtype, device=like.device)
        self.values = torch.zeros_like(self.keys)

    @property
    def places(self) -> int:
        """Positions it has room for."""
        return self.keys.shape[3]

    def doubled(self) -> Cache:
        """Another one with the same content and twice the room."""
        wider = copy.copy(self)
        wider.keys, wider.values = (torch.cat([held, torch.zeros_like(held)], 3) for held in (self.keys, self.values))
        return wider


class Norm(nn.Module):
    """Division by the root of the mean square, in float32 whatever the weights are in."""

    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width))
        self.epsilon = epsilon

    def forward(self, rows: Tensor) -> Tensor:
        """The same shape and type."""
        return functional.rms_norm(rows, self.weight.shape, self.weight, self.epsilon)


class Block(nn.Module):
    """Attention with a few heads of keys and values, then a gated feed-forward; both in front of their norms."""

    def __init__(self, layout: LMConfig) -> None:
        super().__init__()
        self.head = layout.head_dim
        self.split = (layout.num_heads, layout.num_kv_heads, layout.num_kv_heads)
        self.before_attention = Norm(layout.hidden, layout.epsilon)
        self.queries_keys_values = nn.Linear(layout.hidden, sum(self.split) * layout.head_dim)
        self.out = nn.Linear(layout.num_heads * layout.head_dim, layout.hidden, bias=False)
        self.before_feed = Norm(layout.hidden, layout.epsilon)
        self.gate_up = nn.Linear(layout.hidden, 2 * layout.feed, bias=False)
        self.down = nn.Linear(layout.feed, layout.hidden, bias=False)

    def forward(
        self, rows: Tensor, places: Tensor, turn: Tensor, hidden: Tensor, keys: Tensor, values: Tensor
    ) -> Tensor:
        """New rows (batch, time, hidden) after this block.

        places: int64 (batch, time), theirs. turn: see _turns(). hidden: see _hidden(). keys, values: this block's
        part of a Cache, written in place.
        """
        batch, time, _ = rows.shape
        mixed = self.queries_keys_values(self.before_attention(rows)).view(batch, time, -1, self.head).transpose(1, 2)
        queries, pairs, _ = self.split
        turned = _turned(mixed[:, : queries + pairs], turn)
        asked, new_keys = turned[:, :queries], turned[:, queries:]
        here = places[:, None, :, None].expand(new_keys.shape)
        reach = hidden.shape[3]
        keys = keys.scatter_(2, here, new_keys)[:, :, :reach]
        values = values.scatter_(2, here, mixed[:, queries + pairs :])[:, :, :reach]
        found = _looked_up(asked, keys, values, hidden)
        rows = rows + self.out(found.transpose(1, 2).reshape(batch, time, -1))
        gate, up = self.gate_up(self.before_feed(rows)).chunk(2, dim=-1)
        return rows + self.down(functional.silu(gate) * up)  # type: ignore[no-any-return]


class SpeechLanguageModel(nn.Module):
    """Text and speech tokens to logits over the next speech token. Thread-safe: a Cache is the caller's."""

    def __init__(self, layout: LMConfig) -> None:
        super().__init__()
        self.layout = layout
        self.text = nn.Embedding(layout.vocab_rows, layout.hidden)
        self.speech = nn.Embedding(layout.speech_rows, layout.hidden)
        self.marks = nn.Embedding(2, layout.hidden) if layout.separate_specials else self.speech
        self.blocks = nn.ModuleList(Block(layout) for _ in range(layout.blocks))
        self.norm = Norm(layout.hidden, layout.epsilon)
        self.head = nn.Linear(layout.hidden, layout.speech_rows, bias=layout.bias)
        self.eval()

    def prefix(self, text: Sequence[int], speech: Sequence[int]) -> Tensor:
        """(length, hidden): the start mark, text, the task mark, the speech to go on from."""
        device = self.speech.weight.device
        ids = [torch.tensor(tuple(part), dtype=torch.long, device=device) for part in (text, speech)]
        start, task = self.marks(torch.tensor((self.layout.start, self.layout.task_token_id), device=device))
        return torch.cat([start[None], self.text(ids[0]), task[None], self.speech(ids[1])])

    def forward(self, rows: Tensor, places: Tensor, cache: Cache, reach: int) -> Tensor:
        """Hidden rows (batch, time, hidden) of new ones, which go to their places in the cache.

        rows: embedded, (batch, time, hidden). places: int64 (batch, time), rising by one in each row of the batch.
        reach: places to look at, more than the greatest of `places`; fewer cost less.
        """
        turn, hidden = _turns(places, self.layout), _hidden(places, reach, self.layout, rows.dtype)
        for block, keys, values in zip(self.blocks, cache.keys, cache.values, strict=True):
            rows = block(rows, places, turn, hidden, keys, values)
        return rows

    def logits(self, rows: Tensor) -> Tensor:
        """float32 (..., rows of the head) of hidden rows (..., hidden)."""
        return self.head(self.norm(rows)).float()  # type: ignore[no-any-return]

    def prefill(self, prefixes: Sequence[Tensor], cache: Cache) -> Tensor:
        """Logits float32 (batch, rows of the head) behind the last row of each prefix, which start at place 0."""
        rows = nn.utils.rnn.pad_sequence(list(prefixes), batch_first=True)
        places = torch.arange(rows.shape[1], device=rows.device).expand(rows.shape[:2])
        hidden = self(rows, places, cache, rows.shape[1])
        last = torch.tensor([len(prefix) - 1 for prefix in prefixes], device=rows.device)
        return self.logits(hidden[torch.arange(len(prefixes), device=rows.device), last])

    def step(self, tokens: Tensor, places: Tensor, cache: Cache, reach: int) -> Tensor:
        """Logits float32 (batch, rows of the head) behind one more speech token a row; both int64 (batch,)."""
        return self.logits(self(self.speech(tokens)[:, None], places[:, None], cache, reach)[:, 0])


def sources(layout: LMConfig) -> dict[str, tuple[str, ...]]:
    """Our name of each tensor -> the names in llm.pt, for checkpoint.fit()."""
    found: dict[str, tuple[str, ...]] = {"text.weight": (f"{_QWEN}embed_tokens.weight",)}
    found |= {"norm.weight": (f"{_QWEN}norm.weight",)}
    found |= {"speech.weight": ("speech_embedding.weight",), "head.weight": ("llm_decoder.weight",)}
    found |= {"head.bias": ("llm_decoder.bias",)} if layout.bias else {}
    # Version 3 has its marks among the speech tokens: one table under two names.
    found["marks.weight"] = ("llm_embedding.weight" if layout.separate_specials else "speech_embedding.weight",)
    for index in range(layout.blocks):
        ours, theirs = f"blocks.{index}.", f"{_QWEN}layers.{index}."
        for kind in ("weight", "bias"):
            found[f"{ours}queries_keys_values.{kind}"] = tuple(
                f"{theirs}self_attn.{part}_proj.{kind}" for part in "qkv"
            )
        found[f"{ours}out.weight"] = (f"{theirs}self_attn.o_proj.weight",)
        found[f"{ours}gate_up.weight"] = (f"{theirs}mlp.gate_proj.weight", f"{theirs}mlp.up_proj.weight")
        found[f"{ours}down.weight"] = (f"{theirs}mlp.down_proj.weight",)
        found[f"{ours}before_attention.weight"] = (f"{theirs}input_layernorm.weight",)
        found[f"{ours}before_feed.weight"] = (f"{theirs}post_attention_layernorm.weight",)
    return found


def _turns(places: Tensor, layout: LMConfig) -> Tensor:
    """Cosines and sines float32 (2, batch, 1, time, head) of rotary positions, for halves that turn together."""
    waves = torch.arange(0, layout.head_dim, 2, dtype=torch.float32, device=places.device) / layout.head_dim
    angles = places[..., None].float() * layout.theta**-waves
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return torch.stack([angles.cos(), angles.sin()])


def _turned(rows: Tensor, turn: Tensor) -> Tensor:
    first, second = rows.float().chunk(2, dim=-1)
    return (rows * turn[0] + torch.cat([-second, first], dim=-1) * turn[1]).to(rows.dtype)


def _hidden(places: Tensor, reach: int, layout: LMConfig, dtype: torch.dtype) -> Tensor:
    """What is added to attention scores (batch, 1, rows, reach): minus infinity for what stands behind a place.

    rows: those of _looked_up().
    """
    behind = torch.arange(reach, device=places.device) > places[..., None]
    added = torch.zeros(behind.shape, dtype=dtype, device=places.device).masked_fill(behind, -torch.inf)
    return added[:, None].repeat(1, 1, layout.num_heads // layout.num_kv_heads, 1)


def _looked_up(asked: Tensor, keys: Tensor, values: Tensor, hidden: Tensor) -> Tensor:
    """Attention (batch, heads, time, head). Queries of heads that share keys are rows of one product."""
    batch, heads, time, head = asked.shape
    together = asked.reshape(batch, keys.shape[1], -1, head)
    found = functional.scaled_dot_product_attention(together, keys, values, hidden)
    return found.reshape(batch, heads, time, head)
