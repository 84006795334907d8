"""Loading of CosyVoice's weight files: tensors only, none missing or left over, weight norms folded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from funaudio_core.engines.cosyvoice import checkpoint
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights import tensors


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.both = nn.Linear(3, 4, bias=False)
        self.norm = nn.LayerNorm(4)


SOURCES = {"both.weight": ("first.weight", "second.weight"), "norm.bias": ("shift",)}


def weights() -> dict[str, Tensor]:
    held = {"first.weight": torch.ones(1, 3), "second.weight": torch.full((3, 3), 2.0), "extra": torch.zeros(7)}
    return held | {"norm.weight": torch.arange(4.0), "shift": torch.full((4,), 5.0)}


def load(path: Path, held: object, prefix: str = "") -> Small:
    torch.save(held, path / "small.pt")
    return checkpoint.load(path / "small.pt", Small, SOURCES, frozenset({"extra"}), prefix)


def test_names_are_mapped_and_parts_joined(tmp_path: Path) -> None:
    module = load(tmp_path, weights())
    assert module.both.weight.tolist() == [[1.0] * 3, *[[2.0] * 3] * 3]
    assert module.norm.bias.tolist() == [5.0] * 4
    assert not module.training
    assert not any(parameter.requires_grad for parameter in module.parameters())


def test_a_prefix_of_some_releases_is_taken_off(tmp_path: Path) -> None:
    prefixed = {f"generator.{name}": tensor for name, tensor in weights().items()}
    assert load(tmp_path, prefixed, "generator.").norm.weight.tolist() == [0.0, 1.0, 2.0, 3.0]
    assert load(tmp_path, weights(), "generator.").norm.weight.tolist() == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"decoder.bias": torch.zeros(1)}, r"1 tensors unknown, 0 missing, such as decoder\.bias"),
        ({"shift": None}, r"0 tensors unknown, 1 missing, such as shift"),
        ({"extra": None}, r"0 tensors unknown, 1 missing, such as extra"),
        ({"norm.weight": torch.zeros(5)}, r"norm\.weight of size \(5,\) instead of \(4,\)"),
        ({"second.weight": torch.zeros(2, 3)}, r"first\.weight \+ second\.weight of size \(3, 3\) instead of \(4, 3\)"),
        ({"second.weight": torch.zeros(3, 2)}, r"first\.weight \+ second\.weight of size \(\) instead of \(4, 3\)"),
        ({"norm.weight": torch.zeros(())}, r"norm\.weight of size \(\) instead of \(4,\)"),
        ({"norm.weight_v": torch.zeros(4, 1)}, r"1 tensors unknown, 0 missing, such as norm\.weight_v"),
    ],
)
def test_a_tensor_too_many_too_few_or_too_large_is_refused(
    tmp_path: Path, change: dict[str, Tensor | None], said: str
) -> None:
    held = {name: tensor for name, tensor in {**weights(), **change}.items() if tensor is not None}
    with pytest.raises(WeightsMissing, match=said):
        load(tmp_path, held)


def test_nothing_but_tensors_is_read(tmp_path: Path) -> None:
    for held, said in (
        ({"norm": nn.Linear(1, 1)}, "contains more than tensors"),
        (torch.zeros(3), "contains more than tensors: Tensor"),
        ({**weights(), "epoch": 3}, "contains more than tensors: epoch: int"),
        ({"model": weights()}, "contains more than tensors: model: dict"),
    ):
        with pytest.raises(WeightsMissing, match=said):
            load(tmp_path, held)
    (tmp_path / "broken.pt").write_bytes(b"PK\x03\x04 and no more")
    for name in ("broken.pt", "absent.pt"):
        with pytest.raises(WeightsMissing, match="contains more than tensors"):
            tensors.read_tensors(tmp_path / name)


@pytest.mark.parametrize("layer", [nn.Conv1d(5, 3, 4), nn.ConvTranspose1d(5, 3, 4)])
def test_both_ways_of_writing_a_weight_norm_are_folded(layer: nn.Conv1d | nn.ConvTranspose1d) -> None:
    parametrizations.weight_norm(layer)
    new = {f"ups.0.{name}": tensor.detach() for name, tensor in layer.state_dict().items()}
    new["ups.0.parametrizations.weight.original0"] *= (
        1.7  # else the magnitude equals the norm, and folding changes nothing
    )
    names = {"ups.0.parametrizations.weight.original0": "ups.0.weight_g"}
    names |= {"ups.0.parametrizations.weight.original1": "ups.0.weight_v", "ups.0.bias": "ups.0.bias"}
    old = {names[name]: tensor for name, tensor in new.items()}
    for given in (new, old):
        folded = checkpoint.fold_weight_norm(given)
        assert set(folded) == {"ups.0.weight", "ups.0.bias"}
        torch.testing.assert_close(folded["ups.0.weight"], layer.weight.detach())
        assert folded["ups.0.bias"] is given["ups.0.bias"]
