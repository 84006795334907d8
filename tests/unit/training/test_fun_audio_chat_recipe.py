"""Training steps of Fun-Audio-Chat: labels, losses and gradients of the reference, guards, methods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from funaudio_core import audio
from funaudio_core.engines.cosyvoice.features import Float, whisper_log_mel
from funaudio_core.engines.fun_audio_chat import checkpoint, clip_features
from funaudio_core.engines.fun_audio_chat.config import GROUP_SIZE, read_config
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.errors import BadInput
from funaudio_core.training.data.conversation_jsonl import (
    SOUND,
    ConversationSound,
    ConversationTurn,
    TrainingConversation,
)
from funaudio_core.training.fun_audio_chat.files import FunAudioChatFiles, special_ids
from funaudio_core.training.fun_audio_chat.labels import ChatItem, ChatSound, check_item, make_labels
from funaudio_core.training.fun_audio_chat.recipe import FunAudioChatRecipe
from funaudio_core.training.loop import train
from funaudio_core.training.lora import is_lora_name
from funaudio_core.training.recipe import Method, TrainingSettings
from funaudio_core.types import Audio
from tests import fun_audio_chat_models, training_golden
from tests.cosyvoice_models import one_thread
from tests.fun_audio_chat_models import TINY

SPECIAL = special_ids(fun_audio_chat_models.tokenizer(), read_config(TINY / "config.json"))
IGNORED, PADDING = -100, 257


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    yield from one_thread()


@pytest.fixture(scope="module")
def golden() -> training_golden.Golden:
    return training_golden.read("fun_audio_chat")


def golden_mels(golden: training_golden.Golden) -> Iterator[Float]:
    """Yield the features of each clip; the longest one ends as in the reference, which mirrors it there."""
    lengths = golden["wave_lengths"]
    for samples in np.split(golden["waves"], np.cumsum(lengths)[:-1]):
        is_longest = len(samples) == lengths.max()
        yield whisper_log_mel(samples) if is_longest else clip_features.log_mel(samples)


def golden_items(golden: training_golden.Golden) -> list[ChatItem]:
    mels = golden_mels(golden)
    items: list[ChatItem] = []
    rows = zip(
        golden["feature_exist_mask"],
        golden["speech_ids"],
        golden["speech_attention_mask"].sum(axis=1),
        golden["text_ids"],
        golden["text_attention_mask"],
        strict=True,
    )
    sounds = [
        ChatSound(
            positions=-(-int(count) // GROUP_SIZE),
            mel=next(mels) if is_heard else None,
            codes=() if is_heard else tuple(codes[:count].tolist()),
            text=tuple(text[text != PADDING].tolist()) if has_text else None,
        )
        for is_heard, codes, count, text, has_text in rows
    ]
    for ids, labels, length in zip(
        golden["input_ids"], golden["labels"], golden["attention_mask"].sum(axis=1), strict=True
    ):
        count = int((ids == fun_audio_chat_models.tokenizer().audio_bos_id).sum())
        own, sounds = sounds[:count], sounds[count:]
        items.append(ChatItem(str(len(items)), ids[:length], labels[:length] != IGNORED, tuple(own)))
    return items


def recipe(*, learn_speech: bool) -> FunAudioChatRecipe:
    return FunAudioChatRecipe(lambda: checkpoint.load(TINY), SPECIAL, learn_speech=learn_speech)


def test_labels_match_reference(golden: training_golden.Golden) -> None:
    items = golden_items(golden)
    for item, text, speech in zip(items, golden["joint_text_labels"], golden["joint_speech_labels"], strict=True):
        check_item(item, SPECIAL)
        labels = make_labels(item, SPECIAL)
        length = len(item.ids)
        assert labels.text.tolist() == text[:length].tolist()
        assert labels.codes.ravel().tolist() == speech[: GROUP_SIZE * length].tolist()
        assert (text[length:] == IGNORED).all()
        assert (speech[GROUP_SIZE * length :] == IGNORED).all()


@pytest.mark.parametrize(("case", "learn_speech"), [("joint", True), ("text_only", False)])
def test_step_matches_reference(golden: training_golden.Golden, case: str, learn_speech: bool) -> None:
    made = recipe(learn_speech=learn_speech)
    model = made.build(TrainingSettings(method="all"))
    assert isinstance(model, AudioChatModel)
    batch = made.collate(golden_items(golden), np.random.default_rng(0))
    with torch.no_grad():
        parts = made.compute_losses(model, batch).parts
    for name, part in parts.items():
        assert part.item() == pytest.approx(float(golden[f"{case}_{name}_loss"]), rel=1e-5)
    names = set(golden[f"{case}_grad_names"].tolist())
    unused = {name: parameter for name, parameter in model.named_parameters() if name not in names}
    trained: dict[str, nn.Parameter] = {
        name: parameter for name, parameter in model.named_parameters() if name in names
    }

    def loss() -> torch.Tensor:
        return made.compute_losses(model, batch).total

    training_golden.check_gradients(golden, case, loss, trained)
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in unused.values())
    training_golden.check_steps(golden, case, loss, list(trained.values()))


def test_each_method_trains_its_own_weights() -> None:
    def trained(method: Method, learn_speech: bool) -> set[str]:
        model = recipe(learn_speech=learn_speech).build(TrainingSettings(method=method, rank=2))
        assert not model.training
        return {name for name, value in model.named_parameters() if value.requires_grad}

    speech = trained("lora", learn_speech=True)
    assert all(is_lora_name(name) for name in speech)
    assert {name.split(".")[0] for name in speech} == {"language_model", "audio_invert_tower"}
    assert {name.split(".")[0] for name in trained("lora", learn_speech=False)} == {"language_model"}
    assert all(name.startswith("audio_invert_tower.") for name in trained("head", learn_speech=True))
    assert trained("head", learn_speech=False) == {"language_model.lm_head.weight"}
    assert len(trained("all", learn_speech=True)) == len(dict(checkpoint.load(TINY).named_parameters()))


def test_adapters_learn_a_reply() -> None:
    made = recipe(learn_speech=True)
    model = made.build(TrainingSettings(rank=8, alpha=16))
    batch = made.collate([small_item()], np.random.default_rng(0))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    adam = torch.optim.Adam(trained, 2e-2)
    losses = []
    for _ in range(25):
        adam.zero_grad()
        loss = made.compute_losses(model, batch).total
        loss.backward()  # type: ignore[no-untyped-call]
        adam.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("method", ["lora", "head", "all"])
def test_a_release_in_bfloat16_is_trained_in_float32(method: Method, tmp_path: Path) -> None:
    def load() -> AudioChatModel:
        model = checkpoint.load(TINY)
        model.cast(torch.bfloat16)
        return model

    made = FunAudioChatRecipe(load, SPECIAL, learn_speech=True)
    settings = TrainingSettings(method=method, learning_rate=0.01, epochs=3, precision="bf16", patience=9)
    model = made.build(settings)
    assert {value.dtype for value in model.parameters() if value.requires_grad} == {torch.float32}
    steps = list(train(made, [small_item()], [small_item()], settings, tmp_path))
    losses = [step.held_out["loss"] for step in steps if step.held_out]
    assert losses[-1] < losses[0]


def small_item(**changes: Any) -> ChatItem:
    """Return a conversation: a token, a clip of one position, a reply of two groups, and the end of the turn."""
    names = fun_audio_chat_models.tokenizer()
    ids = [65, names.audio_bos_id, names.audio_id, names.audio_eos_id, names.audio_bos_id]
    ids += [names.audio_id, names.audio_id, names.audio_eos_id, names.end_id]
    mel = clip_features.log_mel(fun_audio_chat_models.wave(1, 3200))
    sounds = (ChatSound(1, mel), ChatSound(2, None, (32, 32, 1, 2, 3, 4), (70, 71, 72)))
    item = ChatItem("talk", np.array(ids), np.arange(len(ids)) >= 4, sounds)
    return replace(item, **changes)


def test_text_beyond_the_speech_is_cut_off_and_speech_beyond_the_text_is_silent() -> None:
    item = small_item()
    assert make_labels(item, SPECIAL).text[5:7].tolist() == [70, 71]
    reply = replace(item.sounds[1], text=(70,))
    short = make_labels(replace(item, sounds=(item.sounds[0], reply)), SPECIAL)
    assert short.text[5:7].tolist() == [70, SPECIAL.silence]
    unknown = make_labels(replace(item, sounds=(item.sounds[0], replace(reply, text=None))), SPECIAL)
    assert unknown.text[5:7].tolist() == [IGNORED, IGNORED]
    assert short.codes[5:8].tolist() == [[32, 32, 1, 2, 3], [4, *[IGNORED] * 4], [SPECIAL.code_eos] * 5]
    assert short.groups.tolist() == [[32, 32, 1, 2, 3], [4, *[SPECIAL.code_pad] * 4]]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_target": np.zeros(9, bool)}, "'talk' has no reply"),
        ({"ids": np.full(9, 264)}, "'talk' has tokens that the model doesn't know"),
        ({"sounds": small_item().sounds[:1]}, "'talk' has more or fewer sounds"),
        ({"sounds": (small_item().sounds[0], ChatSound(2, None, (36,)))}, "'talk' has speech codes out of range"),
        ({"sounds": (ChatSound(1, np.full((128, 4), np.nan, np.float32)), small_item().sounds[1])}, "invalid clip"),
        ({"ids": np.zeros(2049, int), "is_target": np.ones(2049, bool)}, r"'talk' is too long \(2049 positions"),
    ],
)
def test_conversations_on_which_training_would_fail_are_named(changes: dict[str, Any], sentence: str) -> None:
    check_item(small_item(), SPECIAL)
    with pytest.raises(BadInput, match=sentence):
        check_item(small_item(**changes), SPECIAL)


def test_conversations_become_items_as_the_reference_writes_them(tmp_path: Path) -> None:
    audio.save_wav(Audio(fun_audio_chat_models.wave(1, 20_000), 16_000), tmp_path / "a question.wav")
    conversation = TrainingConversation(
        "sys",
        (ConversationTurn("user", SOUND), ConversationTurn("assistant", SOUND)),
        (
            ConversationSound("a question.wav", pads=31),
            ConversationSound(text="ab", delay=10, codes=tuple(range(1, 24))),
        ),
    )
    (item,) = FunAudioChatFiles(TINY).items([conversation], tmp_path)
    names = fun_audio_chat_models.tokenizer()
    start, end, newline = names.start_id, [names.end_id], names.encode("\n")
    heard = [names.audio_bos_id, *[names.audio_id] * 7, names.audio_eos_id]
    said = [*heard, *end, *newline]
    prompt = [start, *names.encode("system\nsys"), *end, *newline, start, *names.encode("user\n"), *heard, *end]
    prompt += [*newline, start, *names.encode("assistant\n")]
    assert item.ids.tolist() == prompt + said
    assert item.is_target.tolist() == [False] * len(prompt) + [True] * len(said)
    assert item.sounds[1].codes == (32,) * 10 + tuple(range(1, 24))
    labels = make_labels(item, SPECIAL)
    assert labels.text[item.ids == names.audio_id].tolist() == [*[IGNORED] * 7, *names.encode("ab"), *[263] * 5]
