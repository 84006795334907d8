"""Prompts of Fun-Audio-Chat: the chat format as token ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from funaudio_core.errors import WeightsMissing

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"
_TURN_START, _TURN_END = "<|im_start|>", "<|im_end|>"
_AUDIO, _AUDIO_BOS, _AUDIO_EOS, _SILENCE = "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", "<|sil|>"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Message of a conversation.

    Attributes:
        role: SYSTEM, USER or ASSISTANT.
        text: Its text.
        clip_positions: Positions of each clip in front of the text, see clip_features.count_positions().
    """

    role: str
    text: str = ""
    clip_positions: tuple[int, ...] = ()


class ChatTokenizer:
    """Text and prompts to token ids, and back. Thread-safe.

    Attributes:
        start_id: Starts a turn.
        end_id: Ends it.
        audio_id: Stands for one position of a clip.
        audio_bos_id: Opens a clip, or the speech of a reply.
        audio_eos_id: Closes it.
        silence_id: Text token while speech goes on without text.
    """

    def __init__(self, path: Path) -> None:
        """Load tokenizer.json.

        Raises:
            WeightsMissing: The file can't be read, or belongs to another model.
        """
        from tokenizers import Tokenizer

        try:
            self.backend: Tokenizer = Tokenizer.from_file(str(path))
            ids = self.backend.get_vocab(with_added_tokens=True)
            self.start_id, self.end_id = ids[_TURN_START], ids[_TURN_END]
            self.audio_id, self.audio_bos_id, self.audio_eos_id = ids[_AUDIO], ids[_AUDIO_BOS], ids[_AUDIO_EOS]
            self.silence_id = ids[_SILENCE]
        except Exception as error:  # the package raises Exception itself
            raise WeightsMissing(
                "The weights in {folder} can't be read ({error}). Download the published files.",
                folder=str(path.parent),
                error=f"{path.name}: {error}",
            ) from error
        self.backend.encode_special_tokens = True  # "<|im_end|>" in a user's text must not end the turn

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text; special tokens in it are ordinary characters."""
        return list(self.backend.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of ids, without special tokens."""
        return str(self.backend.decode(list(ids), skip_special_tokens=True))

    def encode_messages(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Return the ids of a conversation up to the beginning of the reply."""
        ids: list[int] = []
        for message in messages:
            ids += [self.start_id, *self._encode_message(message), self.end_id, *self.encode("\n")]
        return [*ids, self.start_id, *self.encode(f"{ASSISTANT}\n")]

    def _encode_message(self, message: ChatMessage) -> list[int]:
        if not message.clip_positions:
            return self.encode(f"{message.role}\n{message.text}")
        ids = self.encode(f"{message.role}\n")
        for positions in message.clip_positions:
            ids += [self.audio_bos_id, *[self.audio_id] * positions, self.audio_eos_id]
        return [*ids, *self.encode(f"\n{message.text}")] if message.text else ids


class TextStream:
    """Text of tokens that arrive one after the other; the pieces together are ChatTokenizer.decode() of all tokens.

    A character of several tokens is returned with its last one. Not to be shared between threads.
    """

    def __init__(self, tokenizer: ChatTokenizer) -> None:
        """Start a stream."""
        from tokenizers.decoders import DecodeStream

        self._tokenizer, self._stream = tokenizer, DecodeStream(skip_special_tokens=True)
        self._ids: list[int] = []
        self._num_returned = 0  # characters

    def push(self, token: int) -> str:
        """Add a token; return the characters that it completes."""
        self._ids.append(token)
        piece: str = self._stream.step(self._tokenizer.backend, token) or ""
        self._num_returned += len(piece)
        return piece

    def finish(self) -> str:
        """Return the rest: marks for an incomplete character, if the reply ends with one."""
        return self._tokenizer.decode(self._ids)[self._num_returned :]
