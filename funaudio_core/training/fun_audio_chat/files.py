"""Files of Fun-Audio-Chat for its training: recipe, and items with the tokenizer of a release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from funaudio_core import audio
from funaudio_core.engines.fun_audio_chat import checkpoint, clip_features
from funaudio_core.engines.fun_audio_chat import files as engine_files
from funaudio_core.engines.fun_audio_chat.config import GROUP_SIZE, SAMPLE_RATE, AudioChatConfig, read_config
from funaudio_core.engines.fun_audio_chat.prompts import ASSISTANT, SYSTEM, ChatTokenizer
from funaudio_core.training.data.conversation_jsonl import (
    SOUND,
    ConversationSound,
    TrainingConversation,
)
from funaudio_core.training.fun_audio_chat.labels import ChatItem, ChatSound, SpecialIds, check_item
from funaudio_core.training.fun_audio_chat.recipe import FunAudioChatRecipe

PADDING = "<|endoftext|>"
DEFAULT_SYSTEM = "You are a helpful assistant."  # of a conversation without a system text


class FunAudioChatFiles:
    """Release of Fun-Audio-Chat in a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open a release; without a folder, the one of the engine, which is downloaded if it is missing.

        Raises:
            WeightsMissing: A file is missing or belongs to another model.
        """
        self._folder = folder or engine_files.folder()
        self._tokenizer = ChatTokenizer(self._folder / "tokenizer.json")
        self._config = read_config(self._folder / engine_files.CONFIG_FILE)
        self.special = special_ids(self._tokenizer, self._config)

    def recipe(self, *, learn_speech: bool = True) -> FunAudioChatRecipe:
        """Return the recipe; its model is loaded when it is built."""
        return FunAudioChatRecipe(lambda: checkpoint.load(self._folder), self.special, learn_speech=learn_speech)

    def sha256(self) -> dict[str, str]:
        """Return the SHA-256 of the configuration and of the weights, by file name."""
        return engine_files.base_sha256(self._folder)

    def items(self, conversations: Sequence[TrainingConversation], folder: Path) -> list[ChatItem]:
        """Return the items of conversations, which are named by their number from 1.

        Args:
            conversations: The conversations.
            folder: Folder to which paths are relative.

        Raises:
            BadInput: Training would fail on a conversation, or a clip can't be decoded.
        """
        return [self._item(str(number), each, folder) for number, each in enumerate(conversations, 1)]

    def _item(self, name: str, conversation: TrainingConversation, folder: Path) -> ChatItem:
        sounds = tuple(self._sound(sound, folder) for sound in conversation.sounds)
        unused = iter(sounds)
        ids = self._turn(SYSTEM, conversation.system or DEFAULT_SYSTEM, iter(()))
        is_target = [False] * len(ids)
        for turn in conversation.turns:
            if turn.role == ASSISTANT:
                opening = [self._tokenizer.start_id, *self._tokenizer.encode(f"{ASSISTANT}\n")]
                said = [*self._content("", turn.content, unused), *self._turn_end()]
                ids += [*opening, *said]
                is_target += [False] * len(opening) + [True] * len(said)
            else:
                heard = self._turn(turn.role, turn.content, unused)
                ids += heard
                is_target += [False] * len(heard)
        item = ChatItem(name, np.array(ids, np.int64), np.array(is_target, bool), sounds)
        check_item(item, self.special)
        return item

    def _turn(self, role: str, content: str, sounds: Iterator[ChatSound]) -> list[int]:
        return [self._tokenizer.start_id, *self._content(f"{role}\n", content, sounds), *self._turn_end()]

    def _turn_end(self) -> list[int]:
        return [self._tokenizer.end_id, *self._tokenizer.encode("\n")]

    def _content(self, opening: str, content: str, sounds: Iterator[ChatSound]) -> list[int]:
        """Return the ids of a text in which each SOUND stands for the next sound."""
        first, *others = content.split(SOUND)
        ids = self._tokenizer.encode(opening + first)
        for text, sound in zip(others, sounds, strict=False):
            placeholders = [self._tokenizer.audio_id] * sound.positions
            ids += [self._tokenizer.audio_bos_id, *placeholders, self._tokenizer.audio_eos_id]
            ids += self._tokenizer.encode(text)
        return ids

    def _sound(self, sound: ConversationSound, folder: Path) -> ChatSound:
        text = tuple(self._tokenizer.encode(sound.text)) if sound.text else None
        if sound.path:
            samples = clip_features.clip_samples(audio.load(folder / sound.path, rate=SAMPLE_RATE))
            positions = _count_groups(sound.pads + sound.delay + len(sound.codes))
            return ChatSound(positions, clip_features.log_mel(samples), (), text)
        codes = (self._config.code_bos,) * sound.delay + sound.codes
        return ChatSound(_count_groups(len(codes)), None, codes, text)


def special_ids(tokenizer: ChatTokenizer, config: AudioChatConfig) -> SpecialIds:
    """Return the ids of a release."""
    padding = tokenizer.backend.get_vocab(with_added_tokens=True).get(PADDING, tokenizer.end_id)
    return SpecialIds(
        audio=tokenizer.audio_id,
        audio_eos=tokenizer.audio_eos_id,
        silence=tokenizer.silence_id,
        fillers=frozenset({tokenizer.end_id, padding}),
        code_pad=config.code_pad,
        code_eos=config.code_eos,
        num_codes=config.codebook_size,
        num_tokens=config.text.vocabulary_size,
    )


def _count_groups(codes: int) -> int:
    return -(-codes // GROUP_SIZE)
