"""Memory that a training step takes, counted without computing it: the model and the batch are on the "meta" device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from funaudio_core.training.recipe import ItemT, Recipe

_ADAM_MOMENTS = 2  # numbers that Adam keeps for each parameter


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """Bytes of a training step in float32.

    Attributes:
        weights: Of all parameters and buffers.
        gradients: Of the trained parameters.
        optimizer: State of Adam.
        activations: Results that the backward pass needs, at the end of the forward pass. Attention counts with its
            whole matrix, which fast kernels don't keep.
        trained_parameters: Number of trained parameters.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    trained_parameters: int

    @property
    def total(self) -> int:
        """Sum of all."""
        return self.weights + self.gradients + self.optimizer + self.activations


def plan_memory(recipe: Recipe[ItemT], model: nn.Module, items: Sequence[ItemT]) -> MemoryPlan:
    """Return the memory of a training step on a batch.

    Args:
        recipe: The recipe.
        model: Prepared for training, usually on the "meta" device, where it takes no memory.
        items: Items of the batch.
    """
    device = next(model.parameters()).device
    batch = {name: tensor.to(device) for name, tensor in recipe.collate(items, np.random.default_rng(0)).items()}
    own = {_storage(tensor) for tensor in (*model.parameters(), *model.buffers(), *batch.values())}
    saved: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if _storage(tensor) not in own:
            saved[_storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        total = recipe.compute_losses(model, batch).total
    activations = sum(saved.values())
    del total  # which holds the saved tensors, whose addresses would otherwise be used again
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    gradients = sum(map(_nbytes, trained))
    return MemoryPlan(
        weights=sum(map(_nbytes, (*model.parameters(), *model.buffers()))),
        gradients=gradients,
        optimizer=_ADAM_MOMENTS * gradients,
        activations=activations,
        trained_parameters=sum(parameter.numel() for parameter in trained),
    )


def _storage(tensor: Tensor) -> int:
    """Return the identity of a tensor's memory, which views share."""
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 (tensors on "meta" all have the address 0)


def _nbytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
