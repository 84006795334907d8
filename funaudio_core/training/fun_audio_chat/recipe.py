"""Recipe of Fun-Audio-Chat: cross-entropy of the text, and of the speech codes, as published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from funaudio_core.engines.fun_audio_chat.config import GROUP_SIZE
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.training.fun_audio_chat.labels import IGNORED, NO_TEXT, ChatItem, SpecialIds, make_labels
from funaudio_core.training.lora import add_lora
from funaudio_core.training.recipe import Batch, Losses, TrainingSettings

LORA_TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")


class FunAudioChatRecipe:
    """Fine-tuning of Fun-Audio-Chat; a Recipe of ChatItem.

    Attributes:
        name: Name in commands and on cards of adapters.
    """

    name = "fun-audio-chat"

    def __init__(self, load_model: Callable[[], AudioChatModel], special: SpecialIds, *, learn_speech: bool) -> None:
        """Create the recipe.

        Args:
            load_model: Returns a new model.
            special: Ids that labels are made of.
            learn_speech: Train the speech of replies as well as their text.
        """
        self._load_model, self._special, self._learn_speech = load_model, special, learn_speech

    def build(self, settings: TrainingSettings) -> nn.Module:
        """Return the model: with adapters in the language model and the speech head, or the head or all to be trained.

        Without speech the head is left out; the output layer of the language model takes its place. Weights that are
        trained become float32: a release is in bfloat16, in which small steps of Adam would be lost. Such a model needs
        the precision "bf16".
        """
        model = self._load_model()
        model.requires_grad_(requires_grad=settings.method == "all")
        head = model.audio_invert_tower if self._learn_speech else model.language_model.lm_head
        if settings.method == "head":
            head.requires_grad_()
        elif settings.method == "lora":
            add_lora(model.language_model.model, LORA_TARGETS, settings.rank, settings.alpha, settings.seed)
            if self._learn_speech:
                add_lora(model.audio_invert_tower, LORA_TARGETS, settings.rank, settings.alpha, settings.seed)
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        return model

    def length(self, item: ChatItem) -> int:
        """Return the positions of the language model."""
        return len(item.ids)

    def item_name(self, item: ChatItem) -> str:
        """Return the name of the conversation."""
        return item.name

    def collate(self, items: Sequence[ChatItem], rng: np.random.Generator) -> Batch:  # noqa: ARG002 (nothing is drawn)
        """Return the padded batch of some conversations.

        Returns:
            "ids", "text_labels" and "sound_text" (batch, length), "code_labels" (batch, length, GROUP_SIZE); of all
            replies "groups" (groups, GROUP_SIZE) and their places "is_group" (batch, length); if clips are heard,
            their "mels" (128, frames), "mel_lengths", "clip_positions" (clips,) and places "is_clip" (batch, length).
        """
        labels = [make_labels(item, self._special) for item in items]
        sounds = [sound for item in items for sound in item.sounds]
        batch = {
            "ids": _pad([item.ids for item in items], self._special.silence),
            "text_labels": _pad([label.text for label in labels], IGNORED),
            "code_labels": _pad([label.codes for label in labels], IGNORED),
            "sound_text": _pad([label.sound_text for label in labels], NO_TEXT),
            "groups": torch.from_numpy(np.concatenate([label.groups for label in labels])),
            "is_group": _pad([self._places(item, heard=False) for item in items], 0).bool(),
        }
        mels = [sound.mel for sound in sounds if sound.mel is not None]
        if mels:
            positions = [sound.positions for sound in sounds if sound.mel is not None]
            batch |= {
                "mels": torch.from_numpy(np.concatenate(mels, axis=1)),
                "mel_lengths": torch.tensor([mel.shape[1] for mel in mels]),
                "clip_positions": torch.tensor(positions),
                "is_clip": _pad([self._places(item, heard=True) for item in items], 0).bool(),
            }
        return batch

    def compute_losses(self, model: nn.Module, batch: Batch) -> Losses:
        """Return the sum of both losses, each averaged over the labels of the batch."""
        assert isinstance(model, AudioChatModel)
        rows, text_rows = _embed(model, batch)
        hidden = model.language_model.model(inputs_embeds=rows, use_cache=False).last_hidden_state
        text_labels = batch["text_labels"][:, 1:]
        is_said = text_labels != IGNORED
        text_loss = functional.cross_entropy(model.text_logits(hidden[:, :-1][is_said]), text_labels[is_said])
        count = float(is_said.sum())
        if not self._learn_speech:
            return Losses(text_loss, {"text": text_loss.detach()}, count)
        speech_loss = self._speech_loss(model, hidden + text_rows.detach(), batch["code_labels"].flatten(1))
        parts = {"text": text_loss.detach(), "speech": speech_loss.detach()}
        return Losses(text_loss + speech_loss, parts, count)

    def measure(self, model: nn.Module, items: Sequence[ChatItem]) -> Mapping[str, float]:  # noqa: ARG002
        """Return no measures: the held-out loss decides when training ends."""
        return {}

    def published_name(self, name: str) -> str:
        """Return the name itself: submodules have the names of the published checkpoint."""
        return name

    def _speech_loss(self, model: AudioChatModel, rows: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of the speech head.

        Args:
            model: The model.
            rows: Hidden states with the text embeddings, (batch, length, width).
            labels: Codes to say, int64 (batch, length * GROUP_SIZE). A position says the group of the next one.
        """
        head = model.audio_invert_tower
        previous = labels.masked_fill(labels == IGNORED, self._special.code_pad).roll(-(GROUP_SIZE - 1), dims=1)
        inputs = head.split(rows).flatten(1, 2) + model.embed_codes(previous)
        hidden = head.crq_transformer(inputs_embeds=head.input_matching(inputs), use_cache=False).last_hidden_state
        following = labels[:, GROUP_SIZE:]
        is_said = following != IGNORED
        if not is_said.any():  # text alone
            return rows.new_zeros(())
        return functional.cross_entropy(model.code_logits(hidden[:, :-GROUP_SIZE][is_said]), following[is_said])

    def _places(self, item: ChatItem, *, heard: bool) -> np.ndarray:
        """Return which positions belong to clips that are heard, or to the speech of replies, bool (length,)."""
        places = np.zeros(len(item.ids), bool)
        kinds = [sound.mel is not None for sound in item.sounds for _ in range(sound.positions)]
        places[item.ids == self._special.audio] = np.array(kinds, bool) == heard
        return places


def _embed(model: AudioChatModel, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the input rows of the language model, and the text embeddings for the speech head.

    A position of a sound is the mean of its text and its sound. Where a sound has no text, that is zero. As published,
    a clip that is heard is halved likewise if any sound of the batch has text, although it isn't outside of training.
    """
    rows = text_rows = model.embed_text(batch["ids"])
    sound = torch.zeros_like(rows)
    is_sound = batch["is_group"]
    if len(batch["groups"]):
        sound[is_sound] = model.audio_tower.embed_groups(batch["groups"]).to(rows.dtype)
    if "mels" in batch:
        mels = torch.split(batch["mels"], batch["mel_lengths"].tolist(), dim=1)
        clips = model.encode_clips(mels, batch["clip_positions"].tolist())
        sound[batch["is_clip"]] = torch.cat(clips).to(rows.dtype)
        is_sound = is_sound | batch["is_clip"]
    has_text = batch["sound_text"] != NO_TEXT
    if has_text.any():
        spoken = model.embed_text(batch["sound_text"].clamp(min=0)) * has_text[..., None]
        sound = (sound + spoken) / 2
        text_rows = torch.where(is_sound[..., None], spoken, text_rows)
    return torch.where(is_sound[..., None], sound, rows), text_rows


def _pad(rows: Sequence[np.ndarray], filler: int) -> Tensor:
    """Return int64 rows of different lengths as one tensor."""
    padded = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), filler, np.int64)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return torch.from_numpy(padded)
