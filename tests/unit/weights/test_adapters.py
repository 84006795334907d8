"""Adapter files: written, read, merged, and refused on another base or if damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.errors import BadInput, WeightsMissing
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import Adapter, AdapterCard
from funaudio_core.weights.tensors import merge_adapter

CARD = AdapterCard(
    name="Anna",
    recipe="cosyvoice3-lm",
    base="Fun-CosyVoice 3",
    base_sha256={"llm.pt": "a" * 64},
    targets=("q_proj",),
    rank=2,
    alpha=6,
    data={"clips": 40, "seconds": 300.5},
    before={"loss": 3.2},
    after={"loss": 2.9},
    consent="Anna agreed on the page.",
)
RNG = np.random.default_rng(0)
BASE = {
    "q_proj.weight": RNG.normal(size=(5, 4)),
    "q_proj.bias": RNG.normal(size=5),
    "head.weight": RNG.normal(size=(3, 4)),
}
WEIGHTS = {name: value.astype(np.float32) for name, value in BASE.items()}
TENSORS = {
    "q_proj.lora_A.weight": np.arange(8, dtype=np.float32).reshape(2, 4),
    "q_proj.lora_B.weight": np.arange(10, dtype=np.float32).reshape(5, 2),
    "head.weight": np.ones((3, 4), np.float32),
}
ADAPTER = Adapter(CARD, TENSORS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    adapters.save(tmp_path / "anna", ADAPTER)
    return tmp_path / "anna"


def test_a_saved_adapter_is_read_whole(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {adapters.TENSORS_FILE, adapters.CARD_FILE}
    assert adapters.read_card(folder) == CARD
    found = adapters.load(folder)
    assert found.card == CARD
    assert found.tensors.keys() == TENSORS.keys()
    assert all(np.array_equal(found.tensors[name], TENSORS[name]) for name in TENSORS)


def test_damaged_and_missing_files_are_refused(folder: Path) -> None:
    with pytest.raises(WeightsMissing, match="nowhere holds no whole adapter"):
        adapters.read_card(folder / "nowhere")
    path = folder / adapters.TENSORS_FILE
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsMissing, match="Train it again"):
        adapters.load(folder)
    (folder / adapters.CARD_FILE).write_text('{"format": 2}')
    with pytest.raises(WeightsMissing):
        adapters.read_card(folder)


def test_merging_adds_the_product_and_replaces_whole_tensors() -> None:
    assert ADAPTER.weight_names() == ("head.weight", "q_proj.weight")
    half = ADAPTER.change("q_proj.weight", WEIGHTS["q_proj.weight"], 0.5)
    product = TENSORS["q_proj.lora_B.weight"] @ TENSORS["q_proj.lora_A.weight"]
    assert np.allclose(half, WEIGHTS["q_proj.weight"] + 0.5 * 3 * product)
    tensors = {name: torch.from_numpy(value) for name, value in WEIGHTS.items()}
    merged = merge_adapter(tensors, ADAPTER)
    assert torch.allclose(merged["head.weight"], torch.ones(3, 4))
    assert torch.allclose(merged["q_proj.weight"], tensors["q_proj.weight"] + 3 * torch.from_numpy(product))
    assert merged["q_proj.bias"] is tensors["q_proj.bias"]
    assert (
        merge_adapter({name: value.bfloat16() for name, value in tensors.items()}, ADAPTER)["head.weight"].dtype
        == torch.bfloat16
    )
    unchanged = merge_adapter(tensors, ADAPTER, strength=0)
    assert all(unchanged[name] is tensors[name] for name in tensors)


def test_another_model_is_refused() -> None:
    adapters.require_base(CARD, {"llm.pt": "a" * 64, "flow.pt": "c" * 64})
    for other in ({"llm.pt": "b" * 64}, {}):
        with pytest.raises(BadInput, match=r"Anna was made for Fun-CosyVoice 3, and this model's file llm\.pt"):
            adapters.require_base(CARD, other)
    with pytest.raises(BadInput):
        adapters.require_base(replace(CARD, base_sha256={}), {"llm.pt": "a" * 64})
    small = {**{name: torch.from_numpy(value) for name, value in WEIGHTS.items()}, "head.weight": torch.ones(2, 4)}
    for name in ("head.weight", "q_proj.weight"):
        wrong = {**small, name: torch.ones(7, 7)}
        with pytest.raises(BadInput, match="is missing or has another size"):
            merge_adapter(wrong, ADAPTER)
    with pytest.raises(BadInput, match=r"head\.weight is missing"):
        merge_adapter({"q_proj.weight": torch.ones(5, 4)}, ADAPTER)
