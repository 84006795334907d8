"""Commands that prepare clips and train SenseVoice and Fun-Audio-Chat, on tiny checkpoints with scripted engines."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from funaudio_core import audio
from funaudio_core.errors import BadInput
from funaudio_core.training.data import command as prepare
from funaudio_core.training.data.clip_rows import read_rows, write_rows
from funaudio_core.training.data.conversation_jsonl import (
    SOUND,
    ConversationSound,
    ConversationTurn,
    TrainingConversation,
    write_conversations,
)
from funaudio_core.training.data.kaldi_folder import read_kaldi_folder
from funaudio_core.training.data.sensevoice_jsonl import read_sensevoice_jsonl
from funaudio_core.training.fun_audio_chat import command as fun_audio_chat
from funaudio_core.training.sensevoice import command as sensevoice
from funaudio_core.types import Audio
from funaudio_core.weights import adapters
from tests import fakes, fun_audio_chat_models
from tests.checkpoints import sensevoice as checkpoints
from tests.conftest import write
from tests.cosyvoice_models import one_thread
from tests.fun_audio_chat_models import TINY

TEXTS = (
    "hello world this is a test of speech recognition hello world",
    "the train leaves at nine so let us have breakfast first",
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


def run(*arguments: str | Path) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for module in (prepare, sensevoice, fun_audio_chat):
        module.add_parser(commands)
    options = parser.parse_args(list(map(str, arguments)))
    options.run(options)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of two clips that `prepare` made."""
    recordings, out = tmp_path_factory.mktemp("recordings"), tmp_path_factory.mktemp("out")
    for index, text in enumerate(TEXTS):
        write(recordings / f"{index}.wav", fakes.say(text))
    with fakes.installed():
        run("prepare", recordings, "--out", out, "--language", "en")
    return out


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hub = tmp_path_factory.mktemp("hub")
    checkpoints.sensevoice(hub)
    return next(hub.rglob("model.pt")).parent


def test_prepare_writes_table_clips_and_lists(clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = read_rows(clips / "clips.jsonl")
    assert [row.text for row in rows] == list(TEXTS)
    lists = read_sensevoice_jsonl(clips / "sensevoice.jsonl"), read_kaldi_folder(clips / "cosyvoice")
    assert [row.target for row in lists[0]] == [row.text for row in lists[1]] == list(TEXTS)
    assert [fakes.heard(row.source) for row in lists[0]] == list(TEXTS)


def test_published_lists_are_prepared_as_well(clips: Path, tmp_path: Path) -> None:
    rows = read_rows(clips / "clips.jsonl")
    paths = [clips / "clips" / f"{row.id}.wav" for row in rows]
    for published in ("sensevoice.jsonl", "cosyvoice"):
        found = prepare.find_all([clips / published, clips / "clips"], tmp_path)
        assert [each.text for each in found] == [*TEXTS, "", ""]
        assert [each.path for each in found] == [*paths, *paths]
    assert [each.speaker for each in found] == [*(row.speaker for row in rows), "", ""]
    with pytest.raises(BadInput, match="'001-0-0001' occurs twice"):
        prepare.find_all([clips / "sensevoice.jsonl", clips / "cosyvoice"], tmp_path)


def test_a_corrected_table_is_kept(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(read_rows(clips / "clips.jsonl"))
    recording = write(tmp_path / "0.wav", fakes.say(TEXTS[0]))
    write_rows([replace(rows[0], text="Hello!"), replace(rows[1], kept=False)], tmp_path / "out" / "clips.jsonl")
    run("prepare", recording, "--out", tmp_path / "out")
    assert [row.text for row in read_kaldi_folder(tmp_path / "out" / "cosyvoice")] == ["Hello!"]
    assert capsys.readouterr().out.splitlines()[0].startswith("1 of 2 clips kept")


def test_sensevoice_learns_from_prepared_clips(clips: Path, release: Path, tmp_path: Path) -> None:
    options = ("--method", "all", "--learning-rate", "0.01", "--epochs", "2", "--consent", "Anna agreed.")
    run("sensevoice", clips, "--base", release, "--out", tmp_path / "mine", *options, "--export")
    card = adapters.read_card(tmp_path / "mine")
    assert (card.recipe, card.name, card.consent, card.data["clips"]) == ("sensevoice", "mine", "Anna agreed.", 1)
    assert set(card.after) == {"loss", "CER"}
    published, base = (torch.load(folder / "model.pt", weights_only=True) for folder in (tmp_path / "mine", release))
    assert {name: value.shape for name, value in published.items()} == {
        name: value.shape for name, value in base.items()
    }


def test_fun_audio_chat_learns_from_conversations(tmp_path: Path) -> None:
    audio.save_wav(Audio(fun_audio_chat_models.wave(1, 8_000), 16_000), tmp_path / "question.wav")
    conversation = TrainingConversation(
        "Be kind.",
        (ConversationTurn("user", SOUND), ConversationTurn("assistant", SOUND)),
        (ConversationSound("question.wav", pads=12), ConversationSound(text="yes", delay=10, codes=(1, 2, 3))),
    )
    path, out = tmp_path / "train.jsonl", tmp_path / "mine"
    options = ("--base", TINY, "--out", out, "--consent", "We said it.", "--precision", "no", "--epochs", "2")
    write_conversations([conversation], path)
    with pytest.raises(BadInput, match="There are 1 conversations; at least 2"):
        run("fun-audio-chat", path, *options)
    write_conversations([conversation] * 3, path)
    run("fun-audio-chat", path, *options, "--learning-rate", "0.02")
    card = adapters.read_card(out)
    assert card.data["conversations"] == 2
    assert card.after["loss"] < card.before["loss"]
    assert set(card.base_sha256) == {"config.json", "model.safetensors"}
    assert card.targets == ("k_proj", "o_proj", "q_proj", "v_proj")
