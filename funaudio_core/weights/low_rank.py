"""Models that share the weights of a base and have an adapter beside them: nothing of the base is copied or changed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.weights.adapters import AdapterAtStrength

M = TypeVar("M", bound=nn.Module)


class LowRankLinear(nn.Module):
    """Linear layer of a base, possibly quantized, with a change of low rank beside it."""

    def __init__(self, base: nn.Module, first: Tensor, second: Tensor) -> None:
        """Put a change beside a layer.

        Args:
            base: The layer, which stays as it is.
            first: Factor that is applied first, (rank, inputs).
            second: The other one, with the scale of the change, (outputs, rank).
        """
        super().__init__()
        self.base = base
        self.first, self.second = (nn.Parameter(factor, requires_grad=False) for factor in (first, second))

    @property
    def weight(self) -> Tensor:
        """Weight of the base, whose device and dtype callers ask for."""
        return self.base.weight  # type: ignore[return-value]

    def forward(self, rows: Tensor) -> Tensor:
        """Map (…, inputs) to (…, outputs)."""
        return self.base(rows) + functional.linear(functional.linear(rows, self.first), self.second)  # type: ignore[no-any-return]


def share(model: M, left_out: Iterable[object] = ()) -> M:
    """Return a model of modules of its own around the same tensors.

    Args:
        model: The model.
        left_out: Objects in its attributes in whose place the new model has None.
    """
    kept: dict[int, Any] = {id(tensor): tensor for tensor in chain(model.parameters(), model.buffers())}
    kept |= {id(each): None for each in left_out}
    return copy.deepcopy(model, kept)


def attach(
    model: nn.Module,
    change: AdapterAtStrength,
    sources: Mapping[str, Sequence[str]] | None = None,
    row_counts: Mapping[str, int] | None = None,
) -> None:
    """Put an adapter beside the weights of a model.

    Args:
        model: Of share(); gets new layers, and new tensors in place of those that the adapter replaces.
        change: The adapter.
        sources: The model's name of a tensor to its published names; several are concatenated along the first axis.
            Tensors that are not listed have the same name on both sides.
        row_counts: Rows of the published tensors that are concatenated.

    Raises:
        BadInput: A weight of the adapter is missing or has another size.
    """
    left = set(change.adapter.weight_names()) if change.strength else set()
    found: set[str] = set()
    for name in model.state_dict():
        published = tuple((sources or {}).get(name, (name,)))
        if left.isdisjoint(published):
            continue
        found.update(left & set(published))
        if any(f"{each.removesuffix('.weight')}.lora_A.weight" in change.adapter.tensors for each in published):
            _add_layer(model, name.removesuffix(".weight"), change, published, row_counts or {})
        else:
            _replace_tensor(model, name, change, published, row_counts or {})
    if missing := left - found:
        raise change.adapter.unfit_error(min(missing))


def _add_layer(
    model: nn.Module, name: str, change: AdapterAtStrength, published: Sequence[str], row_counts: Mapping[str, int]
) -> None:
    """Put the factors of a layer, or of the layers that are joined in it, beside it."""
    base, adapter = model.get_submodule(name), change.adapter
    outputs, inputs = getattr(base, "out_features", 0), getattr(base, "in_features", 0)
    scale = change.strength * adapter.card.alpha / adapter.card.rank
    firsts, seconds, start = [], [], 0
    for weight in published:
        rows = outputs if len(published) == 1 else row_counts[weight]
        factors = [adapter.tensors.get(f"{weight.removesuffix('weight')}lora_{letter}.weight") for letter in "AB"]
        if factors[0] is not None and factors[1] is not None:
            first, second = (torch.from_numpy(factor) for factor in factors)
            if first.shape[1:] != (inputs,) or second.shape != (rows, len(first)):
                raise adapter.unfit_error(weight)
            firsts.append(first)
            seconds.append(functional.pad(scale * second, (0, 0, start, outputs - start - rows)))
        start += rows
    like: Tensor = base.weight  # type: ignore[assignment]
    dtype: Any = like.dtype if like.is_floating_point() else base.compute_dtype
    first, second = torch.cat(firsts).to(like.device, dtype), torch.cat(seconds, 1).to(like.device, dtype)
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, LowRankLinear(base, first, second))


def _replace_tensor(
    model: nn.Module, name: str, change: AdapterAtStrength, published: Sequence[str], row_counts: Mapping[str, int]
) -> None:
    """Set a tensor to the trained one, or some rows of it."""
    parent, _, child = name.rpartition(".")
    module = model.get_submodule(parent)
    made: Tensor = getattr(module, child).detach().clone()
    start = 0
    for source in published:
        rows = len(made) if len(published) == 1 else row_counts[source]
        if source in change.adapter.tensors:
            made[start : start + rows] = _changed(change, source, made[start : start + rows])
        start += rows
    setattr(module, child, nn.Parameter(made, requires_grad=False))


def _changed(change: AdapterAtStrength, name: str, tensor: Tensor) -> Tensor:
    values = change.adapter.change(name, tensor.float().cpu().numpy(), change.strength)
    return torch.from_numpy(values).to(tensor.device, tensor.dtype)
