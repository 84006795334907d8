"""Language model of CosyVoice: Qwen2's decoder between embeddings of text and speech tokens.

The KV cache has a fixed size and serves batches whose rows differ in length: the index of a row is its position.
Entries behind the current position are never attended to and are overwritten later.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.cosyvoice.config import LMConfig

_QWEN = "llm.model.model."
UNUSED_TENSORS = frozenset({"llm.model.lm_head.weight"})  # Qwen2's text head; CosyVoice generates no text


class KVCache:
    """Keys and values, (layers, batch, kv heads, capacity, head dim) each, allocated at once and initially zero."""

    def __init__(self, config: LMConfig, rows: int, capacity: int, like: Tensor) -> None:
        """Allocate a cache with the dtype and device of `like`."""
        shape = (config.num_layers, rows, config.num_kv_heads, capacity, config.head_dim)
        self.keys = torch.zeros(shape, dtype=like.dtype, device=like.device)
        self.values = torch.zeros_like(self.keys)

    @property
    def capacity(self) -> int:
        """Number of positions."""
        return self.keys.shape[3]

    def with_double_capacity(self) -> KVCache:
        """Return a copy with twice as many positions."""
        doubled = copy.copy(self)
        doubled.keys, doubled.values = (
            torch.cat([tensor, torch.zeros_like(tensor)], 3) for tensor in (self.keys, self.values)
        )
        return doubled


class RMSNorm(nn.Module):
    """Root-mean-square norm, computed in float32 whatever the weights' dtype."""

    def __init__(self, size: int, eps: float) -> None:
        """Create the layer."""
        super().__init__()
        self.weight = nn.Parameter(torch.empty(size))
        self.eps = eps

    def forward(self, rows: Tensor) -> Tensor:
        """Normalize the last axis; shape and dtype stay."""
        return functional.rms_norm(rows, self.weight.shape, self.weight, self.eps)


class DecoderLayer(nn.Module):
    """Pre-norm transformer layer with grouped-query attention and a gated feed-forward."""

    def __init__(self, config: LMConfig) -> None:
        """Create the layers of a config."""
        super().__init__()
        self.head_dim = config.head_dim
        self.head_counts = (config.num_heads, config.num_kv_heads, config.num_kv_heads)
        self.input_norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.qkv_proj = nn.Linear(config.hidden_size, sum(self.head_counts) * config.head_dim)
        self.o_proj = nn.Linear(config.num_heads * config.head_dim, config.hidden_size, bias=False)
        self.post_attention_norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.gate_up_proj = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(
        self, rows: Tensor, positions: Tensor, rope: Tensor, attn_bias: Tensor, keys: Tensor, values: Tensor
    ) -> Tensor:
        """Run the layer on new rows, behind those in the KV cache.

        Args:
            rows: (batch, time, hidden).
            positions: Of the rows, int64 (batch, time).
            rope: Cosines and sines of _rope().
            attn_bias: See _attention_bias().
            keys: Keys of this layer in the KV cache, written in place.
            values: Values of this layer in the KV cache, written in place.

        Returns:
            (batch, time, hidden).
        """
        query, new_keys, new_values = self._project(rows, rope)
        index = positions[:, None, :, None].expand(new_keys.shape)
        kv_length = attn_bias.shape[3]
        keys = keys.scatter_(2, index, new_keys)[:, :, :kv_length]
        values = values.scatter_(2, index, new_values)[:, :, :kv_length]
        return self._combine(rows, _attend(query, keys, values, attn_bias))

    def forward_whole(self, rows: Tensor, rope: Tensor) -> Tensor:
        """Run the layer on whole sequences (batch, time, hidden) without a KV cache, which gradients can't pass."""
        query, keys, values = self._project(rows, rope)
        attended = functional.scaled_dot_product_attention(query, keys, values, is_causal=True, enable_gqa=True)
        return self._combine(rows, attended)

    def _project(self, rows: Tensor, rope: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, (batch, heads or kv heads, time, head dim)."""
        batch, time, _ = rows.shape
        qkv = self.qkv_proj(self.input_norm(rows)).view(batch, time, -1, self.head_dim).transpose(1, 2)
        num_heads, num_kv_heads, _ = self.head_counts
        rotated = _apply_rope(qkv[:, : num_heads + num_kv_heads], rope)
        return rotated[:, :num_heads], rotated[:, num_heads:], qkv[:, num_heads + num_kv_heads :]

    def _combine(self, rows: Tensor, attended: Tensor) -> Tensor:
        """Return the rows with attention (batch, heads, time, head dim) and the feed-forward added."""
        rows = rows + self.o_proj(attended.transpose(1, 2).reshape(*rows.shape[:2], -1))
        gate, up = self.gate_up_proj(self.post_attention_norm(rows)).chunk(2, dim=-1)
        return rows + self.down_proj(functional.silu(gate) * up)  # type: ignore[no-any-return]


class SpeechLanguageModel(nn.Module):
    """Language model that predicts the next speech token from text and speech tokens.

    Thread-safe: the KV cache belongs to the caller.
    """

    def __init__(self, config: LMConfig) -> None:
        """Create the model of a config."""
        super().__init__()
        self.config = config
        self.embed_text = nn.Embedding(config.vocab_rows, config.hidden_size)
        self.embed_speech = nn.Embedding(config.speech_rows, config.hidden_size)
        self.embed_special = nn.Embedding(2, config.hidden_size) if config.separate_specials else self.embed_speech
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.num_layers))
        self.norm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.head = nn.Linear(config.hidden_size, config.speech_rows, bias=config.head_bias)
        self.eval()

    def embed_prefix(self, text: Sequence[int], speech: Sequence[int]) -> Tensor:
        """Return the embedded prefix (length, hidden): bos, text, task token, prompt speech."""
        device = self.embed_speech.weight.device
        ids = [torch.tensor(tuple(part), dtype=torch.long, device=device) for part in (text, speech)]
        bos, task = self.embed_special(
            torch.tensor((self.config.bos_token_id, self.config.task_token_id), device=device)
        )
        return torch.cat([bos[None], self.embed_text(ids[0]), task[None], self.embed_speech(ids[1])])

    def forward(self, rows: Tensor, positions: Tensor, cache: KVCache, kv_length: int) -> Tensor:
        """Run new rows through all layers and store their keys and values.

        Args:
            rows: Embedded rows, (batch, time, hidden).
            positions: int64 (batch, time), consecutive within each row of the batch.
            cache: The KV cache.
            kv_length: Positions to attend to, more than the greatest of `positions`; fewer cost less.

        Returns:
            Hidden states, (batch, time, hidden).
        """
        rope, attn_bias = _rope(positions, self.config), _attention_bias(positions, kv_length, self.config, rows.dtype)
        for block, keys, values in zip(self.layers, cache.keys, cache.values, strict=True):
            rows = block(rows, positions, rope, attn_bias, keys, values)
        return rows

    def forward_whole(self, rows: Tensor) -> Tensor:
        """Run whole sequences, embedded (batch, time, hidden), from position 0; return hidden states, for training.

        Padding behind a sequence does not change its rows.
        """
        positions = torch.arange(rows.shape[1], device=rows.device)[None]
        rope = _rope(positions, self.config)
        for block in self.layers:
            rows = cast("DecoderLayer", block).forward_whole(rows, rope)
        return rows

    def logits(self, rows: Tensor) -> Tensor:
        """Return logits, float32 (..., speech rows), of hidden states (..., hidden)."""
        return self.head(self.norm(rows)).float()  # type: ignore[no-any-return]

    def prefill(self, prefixes: Sequence[Tensor], cache: KVCache) -> Tensor:
        """Process prefixes from position 0; return the logits behind each, float32 (batch, speech rows)."""
        rows = nn.utils.rnn.pad_sequence(list(prefixes), batch_first=True)
        positions = torch.arange(rows.shape[1], device=rows.device).expand(rows.shape[:2])
        hidden = self(rows, positions, cache, rows.shape[1])
        last = torch.tensor([len(prefix) - 1 for prefix in prefixes], device=rows.device)
        return self.logits(hidden[torch.arange(len(prefixes), device=rows.device), last])

    def step(self, tokens: Tensor, positions: Tensor, cache: KVCache, kv_length: int) -> Tensor:
        """Process one speech token per row, int64 (batch,); return its logits, float32 (batch, speech rows)."""
        return self.logits(self(self.embed_speech(tokens)[:, None], positions[:, None], cache, kv_length)[:, 0])


def checkpoint_names(config: LMConfig) -> dict[str, tuple[str, ...]]:
    """Return our name of each tensor and its names in llm.pt, for checkpoint.load_tensors()."""
    names: dict[str, tuple[str, ...]] = {"embed_text.weight": (f"{_QWEN}embed_tokens.weight",)}
    names |= {"norm.weight": (f"{_QWEN}norm.weight",)}
    names |= {"embed_speech.weight": ("speech_embedding.weight",), "head.weight": ("llm_decoder.weight",)}
    names |= {"head.bias": ("llm_decoder.bias",)} if config.head_bias else {}
    # Version 3 has its special tokens among the speech tokens: one embedding under two names.
    names["embed_special.weight"] = ("llm_embedding.weight" if config.separate_specials else "speech_embedding.weight",)
    for index in range(config.num_layers):
        ours, theirs = f"layers.{index}.", f"{_QWEN}layers.{index}."
        for kind in ("weight", "bias"):
            names[f"{ours}qkv_proj.{kind}"] = tuple(f"{theirs}self_attn.{part}_proj.{kind}" for part in "qkv")
        names[f"{ours}o_proj.weight"] = (f"{theirs}self_attn.o_proj.weight",)
        names[f"{ours}gate_up_proj.weight"] = (f"{theirs}mlp.gate_proj.weight", f"{theirs}mlp.up_proj.weight")
        names[f"{ours}down_proj.weight"] = (f"{theirs}mlp.down_proj.weight",)
        names[f"{ours}input_norm.weight"] = (f"{theirs}input_layernorm.weight",)
        names[f"{ours}post_attention_norm.weight"] = (f"{theirs}post_attention_layernorm.weight",)
    return names


def _rope(positions: Tensor, config: LMConfig) -> Tensor:
    """Return cosines and sines of rotary positions, float32 (2, batch, 1, time, head dim), for rotating halves."""
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32, device=positions.device) / config.head_dim
    angles = positions[..., None].float() * config.rope_theta**-exponents
    angles = torch.cat([angles, angles], dim=-1)[:, None]
    return torch.stack([angles.cos(), angles.sin()])


def _apply_rope(rows: Tensor, rope: Tensor) -> Tensor:
    first, second = rows.float().chunk(2, dim=-1)
    return (rows * rope[0] + torch.cat([-second, first], dim=-1) * rope[1]).to(rows.dtype)


def _attention_bias(positions: Tensor, kv_length: int, config: LMConfig, dtype: torch.dtype) -> Tensor:
    """Return the additive causal mask (batch, 1, rows, kv_length): minus infinity for keys behind a position.

    It has a row per query of _attend(), where heads that share keys are folded into the time axis.
    """
    masked = torch.arange(kv_length, device=positions.device) > positions[..., None]
    bias = torch.zeros(masked.shape, dtype=dtype, device=positions.device).masked_fill(masked, -torch.inf)
    return bias[:, None].repeat(1, 1, config.num_heads // config.num_kv_heads, 1)


def _attend(query: Tensor, keys: Tensor, values: Tensor, attn_bias: Tensor) -> Tensor:
    """Return attention outputs (batch, heads, time, head dim); heads that share keys are computed in one product."""
    batch, heads, time, head_dim = query.shape
    grouped = query.reshape(batch, keys.shape[1], -1, head_dim)
    attended = functional.scaled_dot_product_attention(grouped, keys, values, attn_bias)
    return attended.reshape(batch, heads, time, head_dim)
