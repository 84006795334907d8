"""Training of SenseVoice from the table of clips to an adapter, on a tiny checkpoint in the published layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.training import run_files
from funaudio_core.training.data.clip_rows import ClipRow
from funaudio_core.training.data.sensevoice_jsonl import SenseVoiceUtterance
from funaudio_core.training.loop import train
from funaudio_core.training.recipe import TrainingSettings
from funaudio_core.training.sensevoice.files import SenseVoiceFiles
from funaudio_core.training.sensevoice.items import UNKNOWN, ItemMaker
from funaudio_core.weights.adapters import Adapter, AdapterCard
from funaudio_core.weights.store import sha256
from tests import fakes
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import write
from tests.cosyvoice_models import one_thread

ROW = ClipRow("a", "talk.wav", 0.0, 2.0, "hello world, this is a test.", "en", "1", "happy", ("laughter",))
ROWS = (ROW, replace(ROW, id="b", text="今天的天气非常好", language="zh", emotion="", events=()))


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hub = tmp_path_factory.mktemp("hub")
    checkpoints.sensevoice(hub)
    return next(hub.rglob("model.pt")).parent


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    clips = tmp_path_factory.mktemp("clips")
    return {row.id: write(clips / f"{row.id}.wav", fakes.say(" ".join(["hello"] * 9))) for row in ROWS}


def test_rows_become_items_with_the_tags_of_the_vocabulary(folder: Path, paths: dict[str, Path]) -> None:
    files = SenseVoiceFiles(folder)
    english, chinese = files.items(ROWS, paths)
    ids = files.vocabulary.tag_ids
    assert english.tags == (ids["en"], ids["HAPPY"], ids["Laughter"], ids["withitn"])
    assert chinese.tags == (ids["zh"], UNKNOWN, ids["Speech"], ids["woitn"])
    assert files.vocabulary.text(english.pieces) == ROW.text
    assert files.vocabulary.text(chinese.pieces) == ROWS[1].text
    assert english.features.shape[1] == 560


def test_published_lines_become_items(folder: Path, paths: dict[str, Path]) -> None:
    files = SenseVoiceFiles(folder)
    features = files.items(ROWS, paths)[0].features
    line = SenseVoiceUtterance("k", "a.wav", "hello <|en|>", "nospeech", "SAD", "BGM", "woitn")
    item = ItemMaker(files.vocabulary).from_utterance(line, features)
    ids = files.vocabulary.tag_ids
    assert item.tags == (ids["nospeech"], ids["SAD"], ids["BGM"], ids["woitn"])
    assert not set(item.pieces) & set(ids.values())


def test_clips_that_cannot_be_learnt_are_named(folder: Path, paths: dict[str, Path]) -> None:
    files = SenseVoiceFiles(folder)
    with pytest.raises(Unsupported, match=r"clip 'a' \(French.*\); it knows Chinese"):
        files.items([replace(ROW, language="fr")], paths)
    with pytest.raises(BadInput, match="'a' has letters that the model doesn't know"):
        files.items([replace(ROW, text="Ω")], paths)
    with pytest.raises(BadInput, match="'a' is too short for its text"):
        files.items([replace(ROW, text=ROW.text * 5)], paths)


def test_a_run_learns_adapters(folder: Path, paths: dict[str, Path], tmp_path: Path) -> None:
    files = SenseVoiceFiles(folder)
    items = files.items(ROWS, paths)
    settings = TrainingSettings(learning_rate=0.01, epochs=2, rank=2, alpha=4.0, patience=9)
    history = list(train(files.recipe(), items, items, settings, tmp_path))
    measures = [step.held_out for step in history if step.held_out]
    assert set(measures[0]) == {"loss", "CER"}
    assert measures[-1]["loss"] < measures[0]["loss"]
    best = run_files.read_best(tmp_path)
    assert all(".self_attn." in name for name in best)


def test_an_adapter_is_merged_into_the_published_file(folder: Path, tmp_path: Path) -> None:
    files = SenseVoiceFiles(folder)
    projection = "encoder.layers.1.self_attn.q_proj"
    first, second = (np.random.default_rng(seed).normal(size=size) for seed, size in ((0, (2, 32)), (1, (32, 2))))
    card = AdapterCard(
        "mine", "sensevoice", "sensevoice-small", {"model.pt": sha256(files.model_path)}, rank=2, alpha=4
    )
    tensors = {f"{projection}.lora_A.weight": first, f"{projection}.lora_B.weight": second}
    files.export(Adapter(card, tensors), tmp_path / "model.pt")
    base, merged = (torch.load(path / "model.pt", weights_only=True) for path in (folder, tmp_path))
    changed = "encoder.encoders.0.self_attn.linear_q_k_v.weight"
    assert [name for name in base if not torch.equal(base[name], merged[name])] == [changed]
    difference = (merged[changed] - base[changed]).numpy()
    np.testing.assert_allclose(difference[:32], 2 * second @ first, atol=1e-5)
    assert not difference[32:].any()
    with pytest.raises(BadInput, match="was made for"):
        files.export(Adapter(replace(card, base_sha256={"model.pt": "0"}), tensors), tmp_path / "other.pt")
