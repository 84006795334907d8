"""Training steps of CosyVoice's language model: targets, losses and gradients of the reference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import checkpoint, config, lm
from funaudio_core.training import lora
from funaudio_core.training.cosyvoice import sequences
from funaudio_core.training.cosyvoice.lm import LanguageModelRecipe, mean_log_probabilities
from funaudio_core.training.cosyvoice.sequences import Utterance
from funaudio_core.training.recipe import Batch, TrainingSettings
from tests import synthetic, training_golden
from tests.conftest import ROOT
from tests.training_golden import Golden

TENSORS = json.loads((ROOT / "tests/golden/cosyvoice/llm_tensors.json").read_text("utf-8"))
TEXT_ROWS, LAYERS = 2048, 2
ALL = TrainingSettings(method="all")
INNER = "llm.model."  # in front of the names of Qwen2's part
IN_TURNS = {"uni": (), "bi": (0, 1, 2, 3), "mixed": (0, 2)}  # utterances drawn for turns of text and speech


@pytest.fixture(scope="module")
def golden(version: config.Version) -> Golden:
    return training_golden.read(f"cosyvoice_lm_v{version}")


@pytest.fixture(scope="module")
def recipe(version: config.Version) -> LanguageModelRecipe:
    sizes = replace(config.CONFIGS[version].lm, num_layers=LAYERS, vocab_rows=TEXT_ROWS)
    return LanguageModelRecipe(Path("llm.pt"), sizes)


def base(recipe: LanguageModelRecipe, version: config.Version) -> lm.SpeechLanguageModel:
    """Return the model of the golden outputs: two layers at full width."""
    shapes = {
        name.format(block): tuple(TEXT_ROWS if size == config.V2.lm.vocab_rows else size for size in shape)
        for name, (count, shape) in TENSORS[str(version)].items()
        for block in range(min(count, LAYERS))
    }
    weights = synthetic.state_dict(shapes)
    weights["llm.model.model.embed_tokens.weight"] = weights["llm.model.lm_head.weight"]  # Qwen2 ties these
    with torch.device("meta"):
        made = lm.SpeechLanguageModel(recipe.config)
    checkpoint.load_tensors(made, weights, Path("llm.pt"), lm.checkpoint_names(recipe.config), lm.UNUSED_TENSORS)
    return made


@pytest.fixture(scope="module")
def model(recipe: LanguageModelRecipe, version: config.Version) -> lm.SpeechLanguageModel:
    return recipe.prepare(base(recipe, version), ALL)


def utterances(golden: Golden, speech: str = "speech_token", lengths: str = "") -> list[Utterance]:
    def ids(name: str, index: int, length: str = "") -> tuple[int, ...]:
        return tuple(golden[name][index, : golden[length or f"{name}_len"][index]].tolist()) if name in golden else ()

    return [
        Utterance(f"{index}", ids("text_token", index), ids(speech, index, lengths), ids("instruct_token", index))
        for index in range(len(golden["text_token"]))
    ]


def made(golden: Golden, recipe: LanguageModelRecipe, drawn: Sequence[int]) -> Batch:
    return sequences.pad(
        [
            sequences.in_turns(item, recipe.config)
            if index in drawn and sequences.has_turns(item)
            else sequences.text_first(item, recipe.config)
            for index, item in enumerate(utterances(golden))
        ]
    )


@pytest.mark.parametrize("case", IN_TURNS)
def test_targets_are_the_references(case: str, golden: Golden, recipe: LanguageModelRecipe) -> None:
    batch = made(golden, recipe, IN_TURNS[case])
    assert np.array_equal(batch["targets"], golden[f"{case}_target"])
    placed = torch.cat([batch[f"{table}_rows"] for table in sequences.TABLES]).sort().values
    lengths, longest = golden[f"{case}_lengths"], batch["targets"].shape[1]
    rows = [index * longest + place for index, length in enumerate(lengths) for place in range(length)]
    assert placed.tolist() == rows


@pytest.mark.parametrize("case", ["uni", "bi"])
def test_gradients_are_the_references(
    case: str, golden: Golden, recipe: LanguageModelRecipe, model: lm.SpeechLanguageModel
) -> None:
    batch = made(golden, recipe, IN_TURNS[case])
    model.zero_grad()
    parameters = {recipe.published_name(name): parameter for name, parameter in model.named_parameters()}
    training_golden.check_gradients(golden, case, lambda: recipe.compute_losses(model, batch).total, parameters)


@torch.no_grad()
def test_variants_of_the_loss_are_the_references(
    golden: Golden, recipe: LanguageModelRecipe, model: lm.SpeechLanguageModel
) -> None:
    unistream, mixed = (made(golden, recipe, IN_TURNS[case]) for case in ("uni", "mixed"))
    for case, variant, batch in (
        ("mixed", recipe, mixed),
        ("uni_smooth", replace(recipe, label_smoothing=0.1), unistream),
        ("uni_bysize", replace(recipe, normalizes_by_length=False), unistream),
    ):
        loss = variant.compute_losses(model, batch).total.item()
        assert loss == pytest.approx(float(golden[f"{case}_loss"]), rel=training_golden.LOSS), case


@pytest.mark.slow
def test_steps_are_the_references(golden: Golden, recipe: LanguageModelRecipe, model: lm.SpeechLanguageModel) -> None:
    batch = made(golden, recipe, IN_TURNS["uni"])
    training_golden.check_steps(
        golden, "uni", lambda: recipe.compute_losses(model, batch).total, list(model.parameters())
    )


def test_lora_steps_are_the_references(recipe: LanguageModelRecipe, version: config.Version) -> None:
    golden = training_golden.read(f"cosyvoice_lora_v{version}")
    model = recipe.prepare(base(recipe, version), TrainingSettings(rank=8, alpha=16))
    ours = {recipe.published_name(name).removeprefix(INNER): name for name in lora.lora_tensors(model)}
    shapes = {name: tensor.shape for name, tensor in lora.lora_tensors(model).items()}
    lora.load_lora_tensors(model, {name: synthetic.tensor(theirs, shapes[name]) for theirs, name in ours.items()})
    batch = made(golden, recipe, ())

    def loss() -> Tensor:
        return recipe.compute_losses(model, batch).total

    factors = {
        recipe.published_name(lora.plain_name(name)): parameter
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    training_golden.check_gradients(golden, "lora", loss, factors)
    training_golden.check_steps(golden, "lora", loss, list(factors.values()))


@torch.no_grad()
def test_log_probabilities_of_preferences_are_those_of_the_speech(
    golden: Golden, recipe: LanguageModelRecipe, model: lm.SpeechLanguageModel
) -> None:
    if "dpo_reject" not in golden:
        pytest.skip("the reference has preferences in version 2 only")
    for case, items in (
        ("chosen", utterances(golden)),
        ("rejected", utterances(golden, "dpo_reject", "dpo_reject_len")),
    ):
        batch = sequences.pad([sequences.text_first(item, recipe.config) for item in items])
        found = mean_log_probabilities(recipe.predict(model, batch)[0], batch)
        np.testing.assert_allclose(found, golden[f"dpo_right_{case}_logps"], rtol=training_golden.LOSS)
