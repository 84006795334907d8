"""LoRA adapters inside any torch module, by peft: insertion, tensors, strength."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

_ADAPTER = "default"  # peft's name of the only adapter


def add_lora(model: nn.Module, targets: Sequence[str], rank: int, alpha: float, seed: int = 0) -> None:
    """Put an untrained adapter into the linear layers with these names; nothing else requires gradients afterwards.

    The layers' weights get the suffix ".base_layer"; all other names stay. Outputs stay too, since the second factors
    are zero.

    Args:
        model: Changed in place.
        targets: Last parts of the layers' names.
        rank: Rank of the change of each weight.
        alpha: Scale of the change times the rank.
        seed: Of the first factors.

    Raises:
        ValueError: No layer has such a name.
    """
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=list(targets))  # type: ignore[arg-type]  # says int
    inject_adapter_in_model(config, model, _ADAPTER)
    generator = torch.Generator().manual_seed(seed)
    for name, factor in _factors(model):
        if ".lora_A." in name:
            # The distribution that peft uses, from a generator of its own.
            values = torch.empty(factor.shape)
            nn.init.kaiming_uniform_(values, a=math.sqrt(5), generator=generator)
            factor.data.copy_(values)


def lora_tensors(model: nn.Module) -> dict[str, Tensor]:
    """Return copies of the factors by name, such as "layers.0.o_proj.lora_A.weight", on the CPU."""
    return {plain_name(name): factor.detach().cpu().clone() for name, factor in _factors(model)}


def load_lora_tensors(model: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Set the factors of the model's adapter.

    Args:
        model: After add_lora().
        tensors: As lora_tensors() returns them.

    Raises:
        ValueError: A factor is missing or unknown, or has another shape.
    """
    factors = {plain_name(name): factor for name, factor in _factors(model)}
    wrong = sorted(factors.keys() ^ tensors.keys())
    wrong += [name for name in factors.keys() & tensors.keys() if factors[name].shape != tensors[name].shape]
    if wrong:
        raise ValueError(f"the adapter does not fit the model: {len(wrong)} tensors differ, such as {wrong[0]}")
    for name, factor in factors.items():
        factor.data.copy_(tensors[name])


def set_strength(model: nn.Module, strength: float) -> None:
    """Scale the adapter's change of all weights; 0 gives the outputs of the base bit for bit, 1 those of training."""
    for layer in model.modules():
        if isinstance(layer, LoraLayer):
            layer.set_scale(_ADAPTER, strength)
            layer.enable_adapters(enabled=strength != 0)


def merge_lora(model: nn.Module, strength: float = 1.0) -> None:
    """Add the adapter to the weights and remove it; at strength 0 the weights stay as they are bit for bit."""
    set_strength(model, strength)
    for name, layer in list(model.named_modules()):
        if isinstance(layer, LoraLayer):
            if strength != 0:
                layer.merge(adapter_names=[_ADAPTER])
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, layer.get_base_layer())


def plain_name(name: str) -> str:
    """Return a parameter's name without peft's name of the adapter."""
    return name.replace(f".{_ADAPTER}.", ".") if is_lora_name(name) else name


def is_lora_name(name: str) -> bool:
    """Return whether a parameter is a factor of an adapter."""
    return ".lora_A." in name or ".lora_B." in name


def _factors(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, factor) for name, factor in model.named_parameters() if is_lora_name(name))
