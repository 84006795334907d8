"""Training of CosyVoice's language model on a tiny checkpoint: learning by heart, adapters, preferences, memory."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.engines.cosyvoice import checkpoint, config, decode, lm
from funaudio_core.errors import Unsupported
from funaudio_core.training import lora, run_files
from funaudio_core.training.cosyvoice import sequences
from funaudio_core.training.cosyvoice.lm import LanguageModelRecipe
from funaudio_core.training.cosyvoice.sequences import Utterance
from funaudio_core.training.loop import train
from funaudio_core.training.memory import plan_memory
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.training.result import make_adapter
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import AdapterCard
from funaudio_core.weights.tensors import merge_adapter, read_tensors
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice

RNG = np.random.default_rng(0)
UTTERANCES = [
    Utterance(
        f"clip {index}",
        tuple(RNG.integers(0, 600, 4 + index % 3).tolist()),
        tuple(RNG.integers(0, config.NUM_SPEECH_TOKENS, 18 + index).tolist()),
        instruction=(1, 2),
    )
    for index in range(8)
]
BY_HEART = TrainingSettings(method="all", learning_rate=0.01, epochs=50, patience=50, checkpoint_steps=1000)
LORA = TrainingSettings(learning_rate=0.02, epochs=4, rank=4, alpha=8)
CARD = AdapterCard("Anna", "cosyvoice3-lm", "tiny", {"llm.pt": "0" * 64})


@dataclass(frozen=True)
class Trained:
    """Finished run."""

    recipe: LanguageModelRecipe
    folder: Path
    settings: TrainingSettings

    def adapter(self) -> adapters.Adapter:
        adapters.save(self.folder / "adapter", make_adapter(CARD, self.settings, self.folder))
        return adapters.load(self.folder / "adapter")

    def merged(self, strength: float = 1.0) -> lm.SpeechLanguageModel:
        """Return the engine's model with the saved adapter."""
        tensors = merge_adapter(read_tensors(self.recipe.path), self.adapter(), strength)
        model = lm.SpeechLanguageModel(self.recipe.config)
        names = lm.checkpoint_names(self.recipe.config)
        checkpoint.load_tensors(model, tensors, self.recipe.path, names, lm.UNUSED_TENSORS)
        return model


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> LanguageModelRecipe:
    layout = checkpoints_cosyvoice.tiny(3, vocabulary_size=600)
    path = tmp_path_factory.mktemp("base") / "llm.pt"
    torch.save(checkpoints_cosyvoice._language(layout), path)
    return LanguageModelRecipe(path, layout.lm)


def run(recipe: LanguageModelRecipe, settings: TrainingSettings, folder: Path) -> Trained:
    for _ in train(recipe, UTTERANCES, UTTERANCES, settings, folder):
        pass
    return Trained(recipe, folder, settings)


@pytest.fixture(scope="module")
def adapted(recipe: LanguageModelRecipe, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return run(recipe, LORA, tmp_path_factory.mktemp("lora"))


def test_utterances_are_learned_by_heart(recipe: LanguageModelRecipe, tmp_path: Path) -> None:
    found = run(recipe, BY_HEART, tmp_path)
    assert found.adapter().card.after["loss"] < 0.05  # 0.02 measured after 50 epochs, 9.4 before
    model = found.merged()
    batch = sequences.pad([sequences.text_first(item, recipe.config) for item in UTTERANCES])
    logits, targets = recipe.predict(model, batch)
    assert torch.equal(logits.argmax(dim=1), targets)


@torch.no_grad()
def test_a_saved_adapter_gives_the_outputs_of_training(recipe: LanguageModelRecipe, adapted: Trained) -> None:
    card = adapted.adapter().card
    assert card.after["loss"] < card.before["loss"] - 0.5
    assert (card.targets, card.rank, card.alpha) == (("k_proj", "o_proj", "q_proj", "v_proj"), 4, 8)
    assert {"torch", "peft"} <= set(card.versions)
    batch = sequences.pad([sequences.text_first(item, recipe.config) for item in UTTERANCES])
    trained = recipe.build(LORA)
    best = run_files.read_best(adapted.folder)
    named = {recipe.published_name(name): name for name in lora.lora_tensors(trained)}
    lora.load_lora_tensors(trained, {named[name]: tensor for name, tensor in best.items()})
    expected = recipe.predict(trained, batch)[0]
    assert torch.allclose(recipe.predict(adapted.merged(), batch)[0], expected, atol=1e-4)
    assert not torch.allclose(recipe.predict(adapted.merged(0.5), batch)[0], expected, atol=1e-1)


def test_at_strength_0_the_base_speaks(recipe: LanguageModelRecipe, adapted: Trained) -> None:
    requests = [decode.LMRequest((5, 6, 7), (1, 2), (10, 20, 30), seed=1)]
    bare = checkpoint.load(
        recipe.path,
        lambda: lm.SpeechLanguageModel(recipe.config),
        lm.checkpoint_names(recipe.config),
        lm.UNUSED_TENSORS,
    )
    expected = list(decode.generate(bare, requests))
    assert list(decode.generate(adapted.merged(0), requests)) == expected
    assert list(decode.generate(adapted.merged(1), requests)) != expected
    unmerged = recipe.build(LORA)
    lora.load_lora_tensors(unmerged, {name: torch.ones_like(f) for name, f in lora.lora_tensors(unmerged).items()})
    lora.set_strength(unmerged, 0)
    batch = sequences.pad([sequences.text_first(item, recipe.config) for item in UTTERANCES])
    divided = recipe.build(replace(LORA, method="all"))
    assert torch.equal(recipe.predict(unmerged, batch)[0], recipe.predict(divided, batch)[0])


def test_preferences_are_learned_against_the_base(recipe: LanguageModelRecipe) -> None:
    pairs = [replace(item, rejected=item.speech[::-1]) for item in UTTERANCES[:4]] + UTTERANCES[4:]
    batch = recipe.collate(pairs, np.random.default_rng(0))
    model = recipe.build(LORA)
    optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad], 0.02)
    losses = recipe.compute_losses(model, batch)
    assert losses.parts["preference"].item() == pytest.approx(math.log(2), rel=1e-5)  # the adapter changes nothing yet
    for _ in range(10):
        optimizer.zero_grad()
        strong = replace(recipe, beta=10.0)
        strong.compute_losses(model, batch).total.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert recipe.compute_losses(model, batch).parts["preference"] < math.log(2) - 1e-4
    with pytest.raises(Unsupported, match="Choose the method lora"):
        recipe.compute_losses(recipe.build(replace(LORA, method="all")), batch)


def test_turns_need_more_than_three_speech_tokens_for_one_of_text(recipe: LanguageModelRecipe) -> None:
    assert not sequences.has_turns(Utterance("", (1,) * 5, (1,) * 15))
    assert sequences.has_turns(Utterance("", (1,) * 5, (1,) * 16))
    always = replace(recipe, turns_share=1.0).collate(UTTERANCES, RNG)
    never = replace(recipe, turns_share=0.0).collate(UTTERANCES, RNG)
    fills = [(batch["targets"] == recipe.config.fill_token_id).any(dim=1) for batch in (always, never)]
    assert fills[0].tolist() == [sequences.has_turns(item) and len(item.text) >= 5 for item in UTTERANCES]
    assert not fills[1].any()


def test_length_and_names(recipe: LanguageModelRecipe) -> None:
    batch = recipe.collate(UTTERANCES[7:], np.random.default_rng(0))
    assert batch["targets"].shape[1] == recipe.length(UTTERANCES[7])
    assert recipe.item_name(UTTERANCES[7]) == "clip 7"
    model = recipe.build(replace(LORA, method="head"))
    trained = [recipe.published_name(name) for name, weight in model.named_parameters() if weight.requires_grad]
    assert trained == ["llm_decoder.weight"]
    every = {recipe.published_name(name) for name, _ in model.named_parameters()}
    assert every == read_tensors(recipe.path).keys() - lm.UNUSED_TENSORS


def test_memory_of_a_full_size_step_is_counted() -> None:
    """The published model has 505.8 million weights; rank 16 on q, k, v and o adds 2.16 million."""
    recipe = LanguageModelRecipe(Path("llm.pt"), config.V2.lm)
    with torch.device("meta"):
        made = lm.SpeechLanguageModel(recipe.config).requires_grad_(requires_grad=False)
    model = recipe.prepare(made, TrainingSettings(rank=16))
    item = Utterance("clip", tuple(range(40)), tuple(range(140)))  # 5.6 s
    plan = plan_memory(recipe, model, [item])
    assert plan.trained_parameters == pytest.approx(2.16e6, rel=0.01)
    assert plan.weights == pytest.approx(4 * (505.8e6 + 2.16e6), rel=0.001)
    assert (plan.gradients, plan.optimizer) == (4 * plan.trained_parameters, 8 * plan.trained_parameters)
    twice = plan_memory(recipe, model, [item, item])
    assert twice.activations == pytest.approx(2 * plan.activations, rel=0.05)


def test_memory_counts_the_same_on_the_meta_device(recipe: LanguageModelRecipe) -> None:
    with torch.device("meta"):
        made = lm.SpeechLanguageModel(recipe.config).requires_grad_(requires_grad=False)
    planned = plan_memory(recipe, recipe.prepare(made, LORA), UTTERANCES)
    actual = plan_memory(recipe, recipe.build(LORA), UTTERANCES)
    assert planned.weights == actual.weights
    assert planned.activations == pytest.approx(actual.activations, rel=0.1)
