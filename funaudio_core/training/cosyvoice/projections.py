"""Division of the language model's fused projections into those of the published checkpoint.

An adapter of the published layout has its own factors for queries, keys and values.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import torch
from torch import Tensor, nn

from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.lm import DecoderLayer, SpeechLanguageModel, checkpoint_names


class JoinedLinear(nn.Module):
    """Linear layers that share their input, with outputs joined along the last axis."""

    def __init__(self, fused: nn.Linear, names: Sequence[str], sizes: Sequence[int]) -> None:
        """Divide a fused layer.

        Args:
            fused: The layer.
            names: Names of its parts, which become submodules.
            sizes: Their numbers of outputs.
        """
        super().__init__()
        biases = torch.split(fused.bias, list(sizes)) if fused.bias is not None else [None] * len(sizes)
        for name, weight, bias in zip(names, torch.split(fused.weight, list(sizes)), biases, strict=True):
            with torch.device("meta"):
                part = nn.Linear(fused.in_features, weight.shape[0], bias=bias is not None)
            part.weight = nn.Parameter(weight.detach().clone())
            if bias is not None:
                part.bias = nn.Parameter(bias.detach().clone())
            self.add_module(name, part)

    def forward(self, rows: Tensor) -> Tensor:
        """Map (batch, time, inputs) to (batch, time, sum of the outputs)."""
        return torch.cat([part(rows) for part in self.children()], dim=-1)


def divide_projections(model: SpeechLanguageModel) -> None:
    """Divide the fused projections of all layers; outputs stay the same up to rounding."""
    for block in model.layers:
        assert isinstance(block, DecoderLayer)
        attention = [count * block.head_dim for count in block.head_counts]
        block.qkv_proj = JoinedLinear(block.qkv_proj, ("q_proj", "k_proj", "v_proj"), attention)  # type: ignore[assignment]
        half = block.gate_up_proj.out_features // 2
        block.gate_up_proj = JoinedLinear(block.gate_up_proj, ("gate_proj", "up_proj"), (half, half))  # type: ignore[assignment]


@cache
def published_names(config: LMConfig) -> dict[str, str]:
    """Return the published name of each parameter of a model after divide_projections()."""
    names: dict[str, str] = {}
    for ours, theirs in checkpoint_names(config).items():
        layer, _, kind = ours.rpartition(".")
        for name in theirs:
            part = name.split(".")[-2]  # such as "q_proj"
            names[f"{layer}.{part}.{kind}" if len(theirs) > 1 else ours] = name
    return names
