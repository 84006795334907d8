"""Weights that are divided among processes by PyTorch's FSDP2, for a model that one device doesn't hold.

`accelerate launch` starts the processes. Its own preparation of a model for FSDP shards the whole of it, gathers the
weights in `forward()` alone, runs on accelerators only and averages gradients over the processes. Recipes call other
methods of a model, and steps weigh batches by their targets, so the layers are sharded here, by the same `fully_shard`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor, distribute_tensor

_FORWARD = "forward_whole"  # the forward pass of layers that have another one for inference


def shard_layers(model: nn.Module) -> None:
    """Divide the weights of each layer among the processes; all others are in each of them.

    A layer's weights are gathered while it runs. Its gradients are averaged over the processes.
    """
    for layer in _layers(model):
        fully_shard(layer, reshard_after_forward=True)
        if hasattr(layer, _FORWARD):
            register_fsdp_forward_method(layer, _FORWARD)


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the members of the outermost lists of layers."""
    if isinstance(module, (nn.ModuleList, nn.Sequential)):
        yield from (each for each in module if next(each.parameters(), None) is not None)
    else:
        for child in module.children():
            yield from _layers(child)


def whole(tensor: Tensor) -> Tensor:
    """Return a tensor with the parts of all processes, each of which must call this; others as they are."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def divided_like(values: Tensor, like: Tensor) -> Tensor:
    """Return this process's part of a whole tensor if `like` is divided, else all of it."""
    if not isinstance(like, DTensor):
        return values
    return distribute_tensor(values.to(like.device), like.device_mesh, like.placements)


def sum_gradients(parameters: Iterable[nn.Parameter], add: Any, count: float) -> None:  # noqa: ANN401 (a function of accelerate)
    """Set the gradients to their sum over the processes divided by `count`; FSDP has averaged those of divided weights.

    Args:
        parameters: The trained ones.
        add: Returns the sum of a tensor over the processes.
        count: Terms of the sum.
    """
    for parameter in parameters:
        gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        total = gradient * gradient.device_mesh.size() if isinstance(gradient, DTensor) else add(gradient)
        parameter.grad = total / count


def clip_gradients(parameters: Iterable[nn.Parameter], most: float) -> Tensor:
    """Scale gradients, divided ones among them, so that their norm is at most `most`; return the norm before."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    norms = [whole(torch.linalg.vector_norm(gradient)) for gradient in gradients]
    norm: Tensor = torch.linalg.vector_norm(torch.stack(norms))
    for gradient in gradients:
        gradient.mul_(min(1.0, most / (float(norm) + 1e-6)))
    return norm


def groups(parameters: Iterable[nn.Parameter]) -> list[dict[str, Any]]:
    """Return groups of an optimizer, whose arithmetic can't mix divided weights with others."""
    divided: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for parameter in parameters:
        (divided if isinstance(parameter, DTensor) else others).append(parameter)
    return [{"params": found} for found in (others, divided) if found]


def whole_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of an optimizer with whole tensors; all processes must call this."""
    return {**state, "state": {key: _map(row, whole) for key, row in state["state"].items()}}


def divided_state(state: Mapping[str, Any], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return this process's part of a state that whole_state() returned."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    rows = {
        key: {
            name: divided_like(value, parameters[key]) if value.shape == parameters[key].shape else value
            for name, value in row.items()
        }
        for key, row in state["state"].items()
    }
    return {**state, "state": rows}


def _map(row: Mapping[str, Any], change: Any) -> dict[str, Any]:  # noqa: ANN401
    return {name: change(value) if isinstance(value, Tensor) else value for name, value in row.items()}
