"""Training steps of CosyVoice's flow: losses and gradients of the reference."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.engines.cosyvoice import checkpoint, config, flow
from funaudio_core.engines.cosyvoice.config import V2, V3, FlowV2Config, FlowV3Config
from funaudio_core.training.cosyvoice.flow import STREAMING, FlowRecipe, MelItem
from funaudio_core.training.recipe import Batch, TrainingSettings
from tests import synthetic, training_golden
from tests.conftest import ROOT
from tests.training_golden import Golden

SHAPES = json.loads((ROOT / "tests/golden/cosyvoice/shapes_flow_hift.json").read_text("utf-8"))
ROTARY = "decoder.estimator.rotary_embed.inv_freq"  # a buffer: not in SHAPES
assert isinstance(V2.flow, FlowV2Config)
assert isinstance(V3.flow, FlowV3Config)
REDUCED: dict[config.Version, FlowV2Config | FlowV3Config] = {
    2: replace(V2.flow, num_blocks=2, num_mid_blocks=2),
    3: replace(V3.flow, num_layers=2),
}


@pytest.fixture(scope="module")
def golden(version: config.Version) -> Golden:
    return training_golden.read(f"cosyvoice_flow_v{version}")


@pytest.fixture(scope="module")
def recipe(version: config.Version) -> FlowRecipe:
    return FlowRecipe(Path("flow.pt"), REDUCED[version])


@pytest.fixture(scope="module")
def model(recipe: FlowRecipe, version: config.Version) -> flow.Flow:
    tensors = synthetic.state_dict(SHAPES[f"flow_v{version}"])
    if version == 3:
        tensors[ROTARY] = 10_000 ** -(torch.arange(0, 64, 2) / 64)
    with torch.device("meta"):
        made = flow.build(recipe.config)
    checkpoint.load_tensors(made, tensors, Path("flow.pt"))
    return recipe.prepare(made, TrainingSettings(method="all"))


def items(golden: Golden) -> list[MelItem]:
    rows = zip(golden["speech_token_len"], golden["speech_feat_len"], strict=True)
    return [
        MelItem(
            f"{index}",
            tuple(golden["speech_token"][index, :tokens].tolist()),
            golden["speech_feat"][index, :frames],
            golden["embedding"][index],
        )
        for index, (tokens, frames) in enumerate(rows)
    ]


def made(golden: Golden, recipe: FlowRecipe, case: str) -> Batch:
    """Return the batch with the reference's random draws."""
    batch = recipe.collate(items(golden), np.random.default_rng(0))
    batch.pop(STREAMING, None)
    batch |= {
        "noise": torch.from_numpy(golden[f"{case}_noise"]).float(),
        "times": torch.from_numpy(golden[f"{case}_t"]).flatten(),
        "keeps_condition": torch.from_numpy(golden[f"{case}_keep_condition"]),
        "prefix_frames": torch.from_numpy(golden[f"{case}_prefix_frames"]),
    }
    return {**batch, STREAMING: torch.tensor(True)} if golden[f"{case}_streaming"] else batch


@pytest.mark.parametrize("case", ["offline", "streaming", "dropped"])
def test_gradients_are_the_references(case: str, golden: Golden, recipe: FlowRecipe, model: flow.Flow) -> None:
    batch = made(golden, recipe, case)
    model.zero_grad()
    parameters = {recipe.published_name(name): parameter for name, parameter in model.named_parameters()}
    training_golden.check_gradients(golden, case, lambda: recipe.compute_losses(model, batch).total, parameters)


@pytest.mark.slow
def test_steps_are_the_references(golden: Golden, recipe: FlowRecipe, model: flow.Flow) -> None:
    batch = made(golden, recipe, "offline")
    training_golden.check_steps(
        golden, "offline", lambda: recipe.compute_losses(model, batch).total, list(model.parameters())
    )


def test_draws_have_the_published_shares(golden: Golden, recipe: FlowRecipe) -> None:
    rng = np.random.default_rng(1)
    batches = [recipe.collate(items(golden), rng) for _ in range(300)]
    drawn = {name: torch.stack([batch[name] for batch in batches]).double() for name in ("times", "keeps_condition")}
    prefixes = torch.stack([batch["prefix_frames"] for batch in batches])
    assert drawn["times"].mean() == pytest.approx(0.5, abs=0.04)
    assert drawn["keeps_condition"].mean() == pytest.approx(0.8, abs=0.05)
    assert np.mean([STREAMING in batch for batch in batches]) == pytest.approx(0.5, abs=0.09)
    assert (prefixes > 0).double().mean() == pytest.approx(0.5, abs=0.07)
    assert prefixes.amax(dim=0).tolist() == [36, 26]  # 30 % of 122 and 88 frames
