"""Training steps of SenseVoice: losses and gradients of the reference, masks, guards, methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
import yaml
from torch import Tensor, nn

from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sensevoice import checkpoint
from funaudio_core.engines.sensevoice import config as model_config
from funaudio_core.engines.sensevoice.model import SenseVoiceModel
from funaudio_core.errors import BadInput
from funaudio_core.training.lora import is_lora_name
from funaudio_core.training.recipe import Method, TrainingSettings
from funaudio_core.training.sensevoice.augmentation import mask_features
from funaudio_core.training.sensevoice.items import UNKNOWN, QueryRows, SenseVoiceItem, check_item, count_needed_rows
from funaudio_core.training.sensevoice.recipe import SenseVoiceRecipe
from tests import synthetic, training_golden
from tests.checkpoints import sensevoice as checkpoints
from tests.cosyvoice_models import one_thread

PIECES = 25_055
TAGS = {"zh": 24884, "en": 24885, "yue": 24888, "ja": 24892, "ko": 24896, "nospeech": 24992}
QUERIES = QueryRows.of({**TAGS, "withitn": 25016, "woitn": 25017})
NUM_MELS = 80


@dataclass(frozen=True)
class Joined:
    """Parameters that are one tensor in the reference."""

    parts: tuple[nn.Parameter, ...]

    @property
    def grad(self) -> Tensor:
        return torch.cat([cast("Tensor", part.grad) for part in self.parts])


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


def load(folder: Path, config: dict[str, Any], pieces: int) -> tuple[SenseVoiceModel, SanmConfig]:
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    torch.save(synthetic.state_dict(checkpoints.sensevoice_shapes(config, pieces)), folder / "model.pt")
    sizes = model_config.read(folder / "config.yaml")
    return checkpoint.load(folder / "model.pt", sizes, pieces), sizes


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[SenseVoiceModel, SanmConfig]:
    return load(tmp_path_factory.mktemp("model"), checkpoints.sensevoice_config(4, 2, 512, 4, 2048), PIECES)


@pytest.fixture(scope="module")
def golden() -> training_golden.Golden:
    return training_golden.read("sensevoice")


def golden_items(golden: training_golden.Golden) -> list[SenseVoiceItem]:
    lengths = zip(golden["speech"], golden["speech_lengths"], golden["text"], golden["text_lengths"], strict=True)
    return [
        SenseVoiceItem(str(index), speech[:rows].astype(np.float32), tuple(text[:4].tolist()), tuple(text[4:size]))
        for index, (speech, rows, text, size) in enumerate(lengths)
    ]


def recipe_for(model: SenseVoiceModel) -> SenseVoiceRecipe:
    return SenseVoiceRecipe(lambda: model, QUERIES, lambda ids: "".join(chr(97 + id_) for id_ in ids), NUM_MELS)


def by_published_name(model: nn.Module, sizes: SanmConfig) -> Mapping[str, nn.Parameter]:
    """Return the trained parameters by the reference's name."""
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    return {
        published: cast("nn.Parameter", Joined(tuple(trained[name] for name in names)))
        for published, names in checkpoint.tensor_names(sizes).items()
        if names[0] in trained
    }


@pytest.mark.parametrize(
    ("case", "method", "dropped"),
    [("kept", "all", False), ("language_dropped", "all", True), ("head_only", "head", False)],
)
def test_step_matches_reference(
    reference: tuple[SenseVoiceModel, SanmConfig],
    golden: training_golden.Golden,
    case: str,
    method: Method,
    dropped: bool,
) -> None:
    model, sizes = reference
    model.requires_grad_().zero_grad()
    recipe = recipe_for(model)
    recipe.build(TrainingSettings(method=method))
    items = golden_items(golden)
    for item in items:
        check_item(item, QUERIES, PIECES)
    batch = recipe.make_batch(items, [item.features for item in items], [dropped, False, dropped])
    with torch.no_grad():
        parts = recipe.compute_losses(model, batch).parts
    assert parts["text"].item() == pytest.approx(float(golden[f"{case}_loss_ctc"]), rel=1e-5)
    assert parts["tags"].item() == pytest.approx(float(golden[f"{case}_loss_rich"]), rel=1e-5)
    # In this case a ReLU's input is almost zero: noise of 1e-6 on the features changes some entries by .2 % of the
    # largest, from our values exactly to those of the reference. Norms hardly change.
    compared = {name: value for name, value in golden.items() if name != "language_dropped_grad_samples"}
    training_golden.check_gradients(
        compared, case, lambda: recipe.compute_losses(model, batch).total, by_published_name(model, sizes)
    )
    if case == "kept":  # the costly part, once
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        training_golden.check_steps(golden, case, lambda: recipe.compute_losses(model, batch).total, trained)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[SenseVoiceModel, SanmConfig]:
    return load(tmp_path_factory.mktemp("tiny"), checkpoints.sensevoice_config(), 40)


def tiny_item(pieces: tuple[int, ...], rows: int = 12, **changes: Any) -> SenseVoiceItem:
    features = np.random.default_rng(len(pieces)).normal(size=(rows, 560)).astype(np.float32)
    return replace(SenseVoiceItem("clip-7", features, (10, 11, 12, 14), pieces), **changes)


TINY_QUERIES = QueryRows({10: 4}, {14: 14, 15: 15})


def tiny_recipe(model: SenseVoiceModel) -> SenseVoiceRecipe:
    return SenseVoiceRecipe(lambda: model, TINY_QUERIES, lambda ids: "".join(chr(97 + id_) for id_ in ids), NUM_MELS)


def test_each_method_trains_its_own_weights(tmp_path: Path) -> None:
    trained = {}
    methods: tuple[Method, ...] = ("lora", "head", "all")
    for method in methods:
        model, _ = load(tmp_path, checkpoints.sensevoice_config(), 40)
        made = tiny_recipe(model).build(TrainingSettings(method=method, rank=2))
        trained[method] = {name for name, value in made.named_parameters() if value.requires_grad}
        assert not made.training
    assert trained["head"] == {"head.weight", "head.bias", "queries.weight"}
    assert all(is_lora_name(name) and name.startswith("encoder.layers.") for name in trained["lora"])
    assert {name.split(".")[4] for name in trained["lora"]} == {"q_proj", "k_proj", "v_proj", "o_proj"}
    assert len(trained["lora"]) == 2 * 4 * 5  # factors, projections, layers
    assert trained["all"] > trained["head"]


def test_trained_weights_go_back_into_the_published_layout(tiny: tuple[SenseVoiceModel, SanmConfig]) -> None:
    model, sizes = tiny
    published = checkpoint.publish(model.state_dict(), sizes)
    assert {name: tuple(value.shape) for name, value in published.items()} == checkpoints.sensevoice_shapes(
        checkpoints.sensevoice_config(), 40
    )
    again = checkpoint.convert(published, sizes)
    assert all(torch.equal(again[name], value) for name, value in model.state_dict().items())


def test_a_clip_whose_text_has_no_path_leaves_the_loss_of_the_others(
    tiny: tuple[SenseVoiceModel, SanmConfig],
) -> None:
    recipe = tiny_recipe(tiny[0])
    good, bad = tiny_item((3, 4)), tiny_item(tuple(range(1, 14)))

    def text_loss(*items: SenseVoiceItem) -> float:
        batch = recipe.make_batch(items, [item.features for item in items], [False] * len(items))
        return recipe.compute_losses(tiny[0], batch).parts["text"].item()

    assert text_loss(good, bad) == pytest.approx(text_loss(good), rel=1e-5)
    assert text_loss(good, good) == pytest.approx(text_loss(good), rel=1e-5)


def test_unknown_tags_have_no_part_in_the_loss(tiny: tuple[SenseVoiceModel, SanmConfig]) -> None:
    recipe = tiny_recipe(tiny[0])
    known, unknown = tiny_item((3,)), tiny_item((3,), tags=(10, UNKNOWN, 12, 14))
    losses = []
    for item in (known, unknown):
        batch = recipe.make_batch([item], [item.features], [False])
        with torch.no_grad():
            logits = tiny[0](batch["features"], batch["lengths"], batch["queries"])[0, :4].log_softmax(dim=1)
        expected = -torch.stack([logits[row, tag] for row, tag in enumerate(item.tags) if tag != UNKNOWN]).mean()
        losses.append(recipe.compute_losses(tiny[0], batch).parts["tags"].item())
        assert losses[-1] == pytest.approx(expected.item(), rel=1e-5)
    assert losses[0] != losses[1]


def test_steps_draw_masks_and_drop_the_language_of_one_clip_in_five(tiny: tuple[SenseVoiceModel, SanmConfig]) -> None:
    recipe = tiny_recipe(tiny[0])
    items = [tiny_item((3, 4), rows=30)] * 400
    batch = recipe.collate(items, np.random.default_rng(0))
    again = recipe.collate(items, np.random.default_rng(0))
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    assert set(batch["queries"][:, 0].tolist()) == {0, 4}
    assert 0.14 < float((batch["queries"][:, 0] == 0).float().mean()) < 0.26
    assert (batch["queries"][:, 1:] == torch.tensor([1, 2, 14])).all()
    assert (batch["features"] == 0).any()
    assert items[0].features.all()


def test_masks_are_bands_and_stretches_of_zeros() -> None:
    rng = np.random.default_rng(1)
    bands, stretches = set(), set()
    for _ in range(200):
        zeros = mask_features(np.ones((40, 560), np.float32), NUM_MELS, rng) == 0
        rows = np.flatnonzero(zeros.all(axis=1))
        frames = zeros[~zeros.all(axis=1)].reshape(-1, 7, NUM_MELS)
        assert (frames == frames[:1, :1]).all()
        mels = np.flatnonzero(frames[0, 0])
        assert not len(mels) or mels[-1] - mels[0] == len(mels) - 1
        assert not len(rows) or rows[-1] - rows[0] == len(rows) - 1
        bands.add(len(mels))
        stretches.add(len(rows))
    assert bands == set(range(30))
    assert stretches == set(range(12))


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (tiny_item((3, 3, 3), rows=4), r"'clip-7' is too short for its text \(4 rows of features; 5 are needed\)"),
        (tiny_item((3,), features=np.full((9, 560), np.nan, np.float32)), "'clip-7' has invalid features"),
        (tiny_item((3,), rows=334), r"'clip-7' lasts longer than 19\.98 s"),
        (tiny_item(tuple([3, 4] * 101), rows=300), r"'clip-7' is too long \(202 pieces"),
        (tiny_item((3, 40)), "'clip-7' has ids that the model doesn't know"),
        (tiny_item((3, 0)), "'clip-7' has letters that the model doesn't know"),
        (tiny_item((3,), tags=(10, 11, 12, 13)), "text form of the clip 'clip-7' is unknown"),
    ],
)
def test_clips_on_which_training_would_fail_are_named(item: SenseVoiceItem, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        check_item(item, TINY_QUERIES, 40)


def test_needed_rows_count_the_blanks_between_equal_pieces() -> None:
    assert [count_needed_rows(pieces) for pieces in ((), (1,), (1, 1), (1, 2, 1), (1, 1, 1, 2, 2))] == [0, 1, 3, 3, 8]


def test_training_lowers_the_error_rate(tmp_path: Path) -> None:
    model, _ = load(tmp_path, checkpoints.sensevoice_config(), 40)
    recipe = tiny_recipe(model)
    recipe.build(TrainingSettings(method="all"))
    items = [tiny_item((3, 4, 5)), tiny_item((7, 7)), tiny_item(())]
    before = recipe.measure(model, items)["CER"]
    adam = torch.optim.Adam(model.parameters(), 3e-3)
    batch = recipe.make_batch(items, [item.features for item in items], [False] * 3)
    for _ in range(60):
        adam.zero_grad()
        recipe.compute_losses(model, batch).total.backward()  # type: ignore[no-untyped-call]
        adam.step()
    assert before > 0
    assert recipe.measure(model, items)["CER"] == 0
