"""Streaming cache: the state that causal layers carry from one chunk to the next."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn


class StreamingCache:
    """State of one network over one growing sequence, in one batch.

    Results are exact for layers that don't look beyond the current chunk. Holds the state of one request; not to be
    shared between threads. It grows by all keys and values of every attention, see `nbytes`.

    Attributes:
        length: Rows seen so far, which the network's caller counts.
    """

    def __init__(self) -> None:
        """Create an empty cache."""
        self.length = 0
        self._contexts: dict[nn.Module, Tensor] = {}
        self._keys_values: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    @property
    def nbytes(self) -> int:
        """Memory in use."""
        tensors = [*self._contexts.values(), *(tensor for kv in self._keys_values.values() for tensor in kv)]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def with_context(self, layer: nn.Module, rows: Tensor, count: int) -> Tensor:
        """Prepend the last `count` inputs of a layer and remember the new last ones.

        Args:
            layer: The layer, usually a convolution.
            rows: New inputs, (batch, channels, time).
            count: Inputs of context; zeros at the beginning of the sequence.

        Returns:
            (batch, channels, count + time).
        """
        context = self._contexts.get(layer)
        joined = F.pad(rows, (count, 0)) if context is None else torch.cat([context, rows], dim=2)
        # A view instead of a clone would keep the whole tensor in memory.
        self._contexts[layer] = joined[:, :, joined.shape[2] - count :].clone()
        return joined

    def append_kv(self, layer: nn.Module, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Append keys and values (batch, heads, time, head dim) of a layer; return all it has seen."""
        if layer in self._keys_values:
            old_keys, old_values = self._keys_values[layer]
            keys, values = torch.cat([old_keys, keys], dim=2), torch.cat([old_values, values], dim=2)
        self._keys_values[layer] = keys, values
        return keys, values
