"""LoRA adapters in torch modules."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from funaudio_core.training import lora

INPUTS = torch.linspace(-1, 1, 12).view(3, 4)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.SiLU(), nn.Linear(6, 2, bias=False)).requires_grad_(requires_grad=False)


def trained() -> nn.Module:
    """Return a network with an adapter that changes its outputs."""
    model = network()
    lora.add_lora(model, ("0", "2"), rank=2, alpha=8, seed=3)
    generator = torch.Generator().manual_seed(1)
    changed = {
        name: torch.randn(factor.shape, generator=generator) for name, factor in lora.lora_tensors(model).items()
    }
    lora.load_lora_tensors(model, changed)
    return model


@pytest.fixture
def base() -> Tensor:
    return network()(INPUTS)  # type: ignore[no-any-return]


def test_a_new_adapter_changes_nothing_and_alone_is_trained(base: Tensor) -> None:
    model = network()
    lora.add_lora(model, ("0", "2"), rank=2, alpha=8, seed=3)
    assert torch.equal(model(INPUTS), base)
    learning = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert {lora.plain_name(name) for name in learning} == set(lora.lora_tensors(model))
    assert set(lora.lora_tensors(model)) == {f"{layer}.lora_{factor}.weight" for layer in "02" for factor in "AB"}
    again = network()
    torch.manual_seed(99)  # the factors don't depend on torch's own generator
    lora.add_lora(again, ("0", "2"), rank=2, alpha=8, seed=3)
    assert torch.equal(lora.lora_tensors(again)["0.lora_A.weight"], lora.lora_tensors(model)["0.lora_A.weight"])


def test_strength_scales_the_change(base: Tensor) -> None:
    model = trained()
    whole = model(INPUTS)
    assert not torch.allclose(whole, base)
    lora.set_strength(model, 0)
    assert torch.equal(model(INPUTS), base)
    lora.set_strength(model, 1)
    assert torch.equal(model(INPUTS), whole)
    lora.set_strength(model, 0.5)
    weight = network()[2].weight  # type: ignore[index]
    factors = lora.lora_tensors(model)
    halfway = weight + 0.5 * 8 / 2 * factors["2.lora_B.weight"] @ factors["2.lora_A.weight"]
    hidden = model[1](model[0](INPUTS))  # type: ignore[index]
    assert torch.allclose(model(INPUTS), hidden @ halfway.T, atol=1e-5)


def test_merging_gives_the_same_outputs_under_the_old_names(base: Tensor) -> None:
    model = trained()
    whole = model(INPUTS)
    lora.merge_lora(model)
    assert set(model.state_dict()) == set(network().state_dict())
    assert torch.allclose(model(INPUTS), whole, atol=1e-5)
    unchanged = trained()
    lora.merge_lora(unchanged, strength=0)
    assert torch.equal(unchanged(INPUTS), base)


def test_tensors_that_do_not_fit_are_refused() -> None:
    model = trained()
    factors = lora.lora_tensors(model)
    wrong_shape = {**factors, "0.lora_A.weight": torch.zeros(3, 4)}
    for wrong in ({**factors, "9.lora_A.weight": torch.zeros(2, 4)}, dict(list(factors.items())[1:]), wrong_shape):
        with pytest.raises(ValueError, match="does not fit"):
            lora.load_lora_tensors(model, wrong)
    with pytest.raises(ValueError, match="nothing"):
        lora.add_lora(network(), ("nothing",), rank=2, alpha=4)
