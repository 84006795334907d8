"""Training of a voice from clips: the command, its adapter in the engine, and the exported checkpoint."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import pipeline
from funaudio_core.engines.cosyvoice.adapted import FILES
from funaudio_core.engines.cosyvoice.config import CONFIGS, ModelConfig
from funaudio_core.errors import BadInput
from funaudio_core.training.command_run import hold_out
from funaudio_core.training.cosyvoice import command, flow, lm
from funaudio_core.training.cosyvoice.clips import ClipEncoder, TextClip
from funaudio_core.weights import adapters
from funaudio_core.weights.adapters import AdapterAtStrength
from funaudio_core.weights.tensors import read_tensors
from tests.checkpoints import cosyvoice as checkpoints_cosyvoice
from tests.conftest import noise, write

TARGETS = {"lm": lm.TARGETS, "flow": flow.TARGETS}
WORDS = ("Good morning.", "How are you?", "See you soon.", "Thank you.")


@dataclass(frozen=True)
class Release:
    """Tiny release and clips to learn from."""

    folder: Path
    clips: Path
    config: ModelConfig

    def train(self, out: Path, *options: str) -> None:
        parser = argparse.ArgumentParser()
        command.add_parser(parser.add_subparsers())
        arguments = ["voice", str(self.clips), "--base", str(self.folder), "--out", str(out), *options]
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(CONFIGS, 3, self.config)
            parsed = parser.parse_args([*arguments, "--consent", "Anna agreed.", "--epochs", "4", "--accumulate", "1"])
            parsed.run(parsed)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    config = checkpoints_cosyvoice.write(folder, 3)
    clips = tmp_path_factory.mktemp("clips")
    for index, words in enumerate(WORDS):
        write(clips / f"{index}.wav", noise(0.6 + 0.2 * index, rate=24_000))
        (clips / f"{index}.txt").write_text(words)
    return Release(folder, clips, config)


@pytest.mark.parametrize(("part", "file"), FILES.items())
def test_a_voice_is_learned_and_exported(part: str, file: str, release: Release, tmp_path: Path) -> None:
    release.train(tmp_path, "--part", part, "--language", "en", "--learning-rate", "0.02", "--rank", "2", "--export")
    adapter = adapters.load(tmp_path)
    assert adapter.card.after["loss"] < adapter.card.before["loss"]
    assert adapter.card.data == {"clips": 4, "seconds": pytest.approx(3.6, abs=0.1)}
    assert (adapter.card.consent, adapter.card.recipe) == ("Anna agreed.", f"cosyvoice3-{part}")
    assert adapter.card.targets == tuple(sorted(TARGETS[part]))
    base, exported = read_tensors(release.folder / file), read_tensors(tmp_path / file)
    assert exported.keys() == base.keys()
    changed = {name for name in base if not torch.equal(exported[name], base[name])}
    assert changed == set(adapter.weight_names())
    changes = {file: AdapterAtStrength(adapter)}
    before, after = (
        _states(pipeline.load(release.folder, release.config, "cpu", 1, chosen)) for chosen in ({}, changes)
    )
    assert all(torch.equal(after[name], before[name]) for name in before if not name.startswith(part))
    assert any(not torch.equal(after[name], before[name]) for name in before)
    (tmp_path / "other").mkdir()
    for name in ("llm.pt", "flow.pt", "hift.pt"):
        torch.save(dict(read_tensors(release.folder / name)), tmp_path / "other" / name)
    with (tmp_path / "other" / file).open("ab") as changed_file:
        changed_file.write(b"x")
    with pytest.raises(BadInput, match="train it again on this one"):
        pipeline.load(tmp_path / "other", release.config, "cpu", 1, changes)


def _states(loaded: pipeline.SpeechPipeline) -> dict[str, Tensor]:
    """Return all weights of a pipeline; names start with that of the part."""
    networks = {"lm": loaded._lm, "flow": loaded._flow}
    return {f"{part}.{name}": value for part, model in networks.items() for name, value in model.state_dict().items()}


def test_clips_are_encoded_as_prompts(release: Release) -> None:
    encoder = ClipEncoder(release.folder, release.config)
    clip = TextClip("one", noise(1.0, rate=24_000), "Good morning.", "en", "Speak softly.")
    utterance, item = encoder.utterance(clip), encoder.mel_item(clip)
    assert len(utterance.speech) == 25
    assert utterance.speech == item.tokens
    assert item.mel.shape == (50, 80)
    plain = encoder.utterance(TextClip("two", clip.audio, clip.text, "en"))
    assert plain.text == utterance.text
    assert 0 < len(plain.instruction) < len(utterance.instruction)
    assert plain.instruction[-1] == utterance.instruction[-1]  # the end-of-prompt token
    with pytest.raises(BadInput, match="The text of three has"):
        encoder.utterance(TextClip("three", clip.audio, "word " * 500, "en"))


def test_a_tenth_is_held_out() -> None:
    assert hold_out(range(40)) == (range(36), range(36, 40))
    assert hold_out((1, 2)) == ((1,), (2,))


def test_a_single_clip_is_too_few(release: Release, tmp_path: Path) -> None:
    write(tmp_path / "one.wav", noise(1.0))
    manifest = tmp_path / "clips.jsonl"
    manifest.write_text(json.dumps({"audio": "one.wav", "text": "Hello.", "language": "en"}) + "\n")
    with pytest.raises(BadInput, match="Add some clips"):
        Release(release.folder, manifest, release.config).train(tmp_path / "out")


@pytest.mark.parametrize("part", FILES)
def test_bfloat16_gives_nearly_the_losses_of_float32(part: str, release: Release, tmp_path: Path) -> None:
    losses = []
    for precision in ("no", "bf16"):
        release.train(tmp_path / precision, "--part", part, "--language", "en", "--precision", precision)
        losses.append(adapters.load(tmp_path / precision).card.before["loss"])
    assert losses[1] != losses[0]
    assert losses[1] == pytest.approx(losses[0], rel=0.001)  # 0.01 % measured
