"""What causal layers keep of the time before, so that a growing sound is computed once. Knows no model."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn


class StreamingCache:
    """One run of a network over time, stretch by stretch, in one batch: exact where nothing looks beyond its stretch.

    time: rows seen so far, counted by whoever runs the network. Holds the state of one request; not to be shared
    between threads. Grows by all keys and values of every attention, see `bytes`.
    """

    def __init__(self) -> None:
        self.time = 0
        self._edges: dict[nn.Module, Tensor] = {}
        self._pairs: dict[nn.Module, tuple[Tensor, Tensor]] = {}

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        kept = [*self._edges.values(), *(part for pair in self._pairs.values() for part in pair)]
        return sum(part.numel() * part.element_size() for part in kept)

    def before(self, layer: nn.Module, rows: Tensor, count: int) -> Tensor:
        """(batch, channels, count + time) of (batch, channels, time): the last ones that `layer` saw come first.

        Zeros at the beginning.
        """
        held = self._edges.get(layer)
        joined = F.pad(rows, (count, 0)) if held is None else torch.cat([held, rows], dim=2)
        self._edges[layer] = joined[:, :, joined.shape[2] - count :].clone()  # a view would keep all of it alive
        return joined

    def joined(self, layer: nn.Module, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (batch, heads, all time, head) of `layer`: all that it had, then these of this stretch."""
        if layer in self._pairs:
            old_keys, old_values = self._pairs[layer]
            keys, values = torch.cat([old_keys, keys], dim=2), torch.cat([old_values, values], dim=2)
        self._pairs[layer] = keys, values
        return keys, values
