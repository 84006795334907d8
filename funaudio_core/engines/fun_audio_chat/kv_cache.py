"""KV cache of several conversations: each has a slot, one row of every tensor, and a position of its own.

Entries behind the position of a slot are never attended to and are overwritten later, so a slot that takes no part in
a step may be computed along with the others.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from funaudio_core.engines.fun_audio_chat.config import DecoderSizes

MASK_NAME = "full_attention"  # of Qwen3's layers in transformers


class SlotCache(Cache):
    """Keys and values of all slots, allocated at once and initially zero.

    Call select() before each pass of the decoder.

    Attributes:
        capacity: Positions of a slot.
        first_slot: First slot of the pass.
        positions: Where the new rows are stored, int64 (slots of the pass, new rows).
        length: Positions to attend to.
    """

    def __init__(self, sizes: DecoderSizes, slots: int, capacity: int, like: Tensor) -> None:
        """Allocate a cache with the dtype and device of `like`."""
        super().__init__(layers=[_SlotLayer(self, sizes, slots, capacity, like) for _ in range(sizes.num_layers)])
        self.capacity, self.first_slot, self.length = capacity, 0, 0
        self.positions = torch.zeros(1, 1, dtype=torch.long, device=like.device)

    def select(self, first_slot: int, positions: Tensor, length: int) -> None:
        """Choose the slots and positions of the next pass; see the attributes."""
        self.first_slot, self.positions, self.length = first_slot, positions, length

    def mask(self, keys: Tensor) -> Tensor:
        """Return the attention mask, bool (slots, 1, new rows, keys): False for keys behind a row.

        Args:
            keys: Positions of the keys, int64 (length,).
        """
        return (keys <= self.positions[:, :, None])[:, None]


def round_length(length: int, multiple: int, most: int) -> int:
    """Return the next multiple, at most `most`."""
    return min(-(-length // multiple) * multiple, most)


class _SlotLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, (slots, kv heads, capacity, head dim) each."""

    def __init__(self, owner: SlotCache, sizes: DecoderSizes, slots: int, capacity: int, like: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._owner = owner
        shape = (slots, sizes.num_kv_heads, capacity, sizes.head_dim)
        self._keys, self._values = (torch.zeros(shape, dtype=like.dtype, device=like.device) for _ in range(2))
        self.keys, self.values, self.is_initialized = self._keys, self._values, True

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:  # noqa: ANN401
        """Store the new rows; return all keys and values to attend to, (slots of the pass, heads, length, dim)."""
        rows = slice(self._owner.first_slot, self._owner.first_slot + len(key_states))
        index = self._owner.positions[:, None, :, None].expand(key_states.shape)
        keys, values = (
            self._keys[rows].scatter_(2, index, key_states),
            self._values[rows].scatter_(2, index, value_states),
        )
        return keys[:, :, : self._owner.length], values[:, :, : self._owner.length]

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Do nothing: the tensors exist."""

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:  # noqa: ARG002
        """Return the number of keys and the first of them."""
        return self._owner.length, 0

    def get_seq_length(self) -> int:
        """Return the positions to attend to."""
        return self._owner.length

    def get_max_length(self) -> int:
        """Return the capacity."""
        return self._owner.capacity
