"""Tests of a whole training on a tiny random Whisper: phases, resumption, result, and the recognizer."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from funaudio_core import settings
from funaudio_core.engines import loader, registry, selection
from funaudio_core.engines.adapted import links
from funaudio_core.engines.whisper import adapted, window_decoder
from funaudio_core.errors import BadInput, Unsupported
from funaudio_core.training import run_files, words
from funaudio_core.training.words import clips, training
from funaudio_core.training.words.command import make_table
from funaudio_core.training.words.model import PlannedSentence, WordsClip, WordsProgress, WordsRequest, WordsResult
from funaudio_core.training.words.sources import CLIPS_FOLDER
from funaudio_core.types import Audio
from funaudio_core.weights import adapters, store
from tests.whisper_models import save_converted, tiny_whisper

RATE = 16_000


def noise(text: str, seconds: float = 0.6) -> Audio:
    samples = np.random.default_rng(len(text)).normal(scale=0.1, size=round(seconds * RATE))
    return Audio(samples.astype(np.float32), RATE)


REQUEST = WordsRequest(
    ("Zorvexa", "Quenlor"),
    "en",
    clips=tuple(WordsClip(noise(text), text) for text in ("We met Zorvexa.", "Quenlor is here, too.", "It rains.")),
    epochs=3,
    learning_rate=1e-2,
)


@dataclass(frozen=True)
class FinishedRun:
    """Folder and progress of a training."""

    folder: Path
    states: tuple[WordsProgress, ...]

    @property
    def result(self) -> WordsResult:
        result = self.states[-1].result
        assert result is not None
        return result


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    save_converted(tiny_whisper(), folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _tiny_base(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take a tiny model for Whisper base, noise for speech, and an empty cache."""
    values = replace(settings.read(), home=tmp_path_factory.mktemp("home"))

    def speak(sentence: PlannedSentence, _language: str) -> Audio:
        return noise(sentence.text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "artifact_dir", lambda _name: base)
        patch.setattr(clips, "speak", speak)
        patch.setattr(window_decoder, "DECODING_STEPS", ((1, 1.0),))
        patch.setattr(window_decoder, "SPARE_TOKENS", 2)
        patch.setattr(training, "BATCH_POSITIONS", 80)  # one clip a step
        patch.setattr(training, "CHECKPOINT_STEPS", 2)
        patch.setattr(settings, "read", lambda: values)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, _tiny_base: None) -> FinishedRun:
    """Train once."""
    folder = tmp_path_factory.mktemp("run")
    return FinishedRun(folder, tuple(words.train_words(REQUEST, folder)))


def test_a_training_yields_its_phases(run: FinishedRun) -> None:
    phases = list(dict.fromkeys(state.phase for state in run.states))
    assert phases == ["speaking", "features", "checking", "training", "merging"]
    steps = [state.done for state in run.states if state.losses]
    assert steps == list(range(1, len(steps) + 1))
    measured = [state for state in run.states if state.measures is not None]
    assert [state.epoch for state in measured] == list(range(len(measured)))
    assert measured[0].is_best


def test_a_training_leaves_its_result(run: FinishedRun) -> None:
    held_out = words.plan(REQUEST.terms, "en").held_out
    assert [text.reference for text in run.result.texts] == [sentence.text for sentence in held_out]
    assert {row.term: row.spoken for row in run.result.terms} == {"Zorvexa": 4, "Quenlor": 4}
    assert words.held_out_clip(0, run.folder).duration == pytest.approx(0.6)
    assert run.result.engine in make_table(run.result)
    assert [state.result for state in words.train_words(REQUEST, run.folder)] == [run.result]


def test_the_card_names_the_base_and_no_terms(run: FinishedRun) -> None:
    card = adapters.read_card(run.result.adapter)
    assert (card.recipe, card.base, card.data["clips"]) == ("words", "whisper-base", 3)
    assert card.base_sha256 == adapted.base_sha256()
    assert "Zorvexa" not in json.dumps(card.data)


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(run: FinishedRun, tmp_path: Path) -> None:
    killed = [words.train_words(REQUEST, tmp_path) for _ in range(3)]  # kept, since a closed one saves its last step
    for phase, training_run in zip(("speaking", "features", "training"), killed, strict=True):
        assert any(state.phase == phase and state.done == 5 for state in training_run)
    states = list(words.train_words(REQUEST, tmp_path))
    assert {state.phase for state in states} == {"training", "checking", "merging"}
    assert next(state.done for state in states if state.losses) == 5  # the last checkpoint was at step 4
    first, second = (
        torch.load(folder / training.RUN / run_files.CHECKPOINT)["weights"] for folder in (run.folder, tmp_path)
    )
    assert any(factor.any() for name, factor in first.items() if "lora_B" in name)
    for name, factor in first.items():
        torch.testing.assert_close(second[name], factor, rtol=0, atol=1e-6)


def test_what_is_planned_is_what_is_counted(run: FinishedRun, tmp_path: Path) -> None:
    for name in (CLIPS_FOLDER, training.FEATURES):
        shutil.copytree(run.folder / name, tmp_path / name)
    work = training.WordsTraining(replace(REQUEST, epochs=1), tmp_path)  # one pass can't end early
    states = []
    for state in work.run():
        states.append(state)
        if state.measures is not None and state.epoch:
            assert work.clock._done + work.work.check_seconds == pytest.approx(work.clock._total)
    assert work.clock._done == pytest.approx(work.clock._total)
    assert states[-1].result is not None
    assert states[-1].result.epochs == 1


def test_another_request_is_refused_in_the_same_folder(run: FinishedRun) -> None:
    with pytest.raises(BadInput, match="another folder"):
        next(words.train_words(replace(REQUEST, learning_rate=1e-3), run.folder))


def test_unusable_clips_are_refused(tmp_path: Path) -> None:
    long = WordsClip(noise("long", 15.0), "Long.", "talk.wav")
    with pytest.raises(BadInput, match=r"talk.wav has 15.0 s"):
        next(words.train_words(replace(REQUEST, own_clips=(long,)), tmp_path))
    mute = WordsClip(Audio(np.zeros(RATE, np.float32), RATE), "Hello.", "mute.wav")
    with pytest.raises(BadInput, match=r"mute.wav is silent"):
        next(words.train_words(replace(REQUEST, own_clips=(mute,)), tmp_path))


def test_without_pytorch_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(Unsupported, match="Training needs PyTorch"):
        next(words.train_words(REQUEST, tmp_path))


def test_a_trained_recognizer_is_found_by_its_name_alone(run: FinishedRun) -> None:
    name = links.publish(run.result.adapter)
    assert name != run.result.engine
    spec = selection.resolve_recognizer(name, "en")
    assert spec is selection.resolve(registry.RECOGNIZERS, name)
    assert spec.title == run.result.title
    assert name not in registry.available(registry.RECOGNIZERS)
    assert loader.load(spec) is loader.load(selection.resolve(registry.RECOGNIZERS, name))
    assert loader.size_bytes(spec, registry.RECOGNIZERS["whisper-base"]) >= 2 * 145_000_000
    words.delete_adapter(name)
    assert loader.get_loaded(spec) is None
    with pytest.raises(BadInput, match="doesn't exist any more"):
        selection.resolve(registry.RECOGNIZERS, name)


def test_a_recognizer_is_gone_with_the_folder_of_its_adapter(run: FinishedRun, tmp_path: Path) -> None:
    shutil.copytree(run.result.adapter, tmp_path / "adapter")
    name = links.publish(tmp_path / "adapter")
    assert selection.resolve(registry.RECOGNIZERS, name).name == name
    shutil.rmtree(tmp_path / "adapter")
    with pytest.raises(BadInput, match="doesn't exist any more"):
        selection.resolve(registry.RECOGNIZERS, name)


@pytest.mark.parametrize("name", ["words-", "words-../../etc", f"words-{'0' * 32}", f"words-{'0' * 31}/"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(BadInput, match="doesn't exist any more"):
        selection.resolve(registry.RECOGNIZERS, name)


def test_an_adapter_for_another_base_is_refused(run: FinishedRun, tmp_path: Path) -> None:
    adapter = adapters.load(run.result.adapter)
    other = replace(adapter.card, base_sha256={"model.bin": "0" * 64})
    adapters.save(tmp_path, adapters.Adapter(other, adapter.tensors))
    with pytest.raises(BadInput, match="was made for"):
        adapted.load(tmp_path)


def test_the_owners_adapters_are_listed(run: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(run.result.adapter, tmp_path / "names")
    (tmp_path / "empty").mkdir()
    values = settings.read()
    monkeypatch.setattr(settings, "read", lambda: replace(values, adapters_dir=tmp_path))
    assert [spec.name for spec in links.shared(registry.RECOGNIZERS["whisper-base"])] == ["words-names"]
    monkeypatch.setattr(settings, "read", lambda: replace(values, adapters_dir=tmp_path / "missing"))
    with pytest.raises(BadInput, match="no folder"):
        links.shared(registry.RECOGNIZERS["whisper-base"])
