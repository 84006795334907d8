"""Streaming text input: speech tokens while the text is still being written, in turns of five text and fifteen speech.

The model was trained on this order as well as on the one of `decode`; it speaks the same text differently in it.
Measured with simulated writers on a CPU only (bench/speech/streaming_text.py); nobody has measured it on a GPU yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.decode import MAX_TOKEN_RATIO, MIN_TOKEN_RATIO, raise_if_nan
from funaudio_core.engines.cosyvoice.lm import KVCache, SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import WINDOW_TOKENS, UniformNumbers, mask_logits, sample
from funaudio_core.engines.cosyvoice.silence_filter import SilenceFilter
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation

TEXT_TOKENS, SPEECH_TOKENS = 5, 15  # of each turn, CosyVoice's mix_ratio
MAX_WAITING_TEXT_TOKENS = 2 * TEXT_TOKENS  # text that speech may wait for because of its prompt
_INITIAL_POSITIONS = 1024  # of the KV cache, which is doubled whenever it is full


@dataclass(frozen=True, slots=True)
class PromptPrefix:
    """Token ids in front of a text.

    Attributes:
        instruction: In front of everything, up to and including the end-of-prompt token; () for none.
        transcript: Of the reference clip; () for none.
        speech: Speech tokens of the reference clip; () for none.
    """

    instruction: tuple[int, ...] = ()
    transcript: tuple[int, ...] = ()
    speech: tuple[int, ...] = ()

    def without_long_clip(self) -> PromptPrefix:
        """Return the prefix, without the clip if that would delay the voice by more than MAX_WAITING_TEXT_TOKENS.

        The clip's speech comes in turns with text too, three tokens for one, while most languages have about seven. A
        long clip would therefore consume much of the text before the first of it is spoken.
        """
        waiting = -(-len(self.speech) // SPEECH_TOKENS) * TEXT_TOKENS - len(self.transcript)
        return PromptPrefix(self.instruction) if waiting > MAX_WAITING_TEXT_TOKENS else self


EMPTY_PREFIX = PromptPrefix()


class _Decoder:
    """Decoding of one growing sequence: KV cache, repetition window and random numbers. Stateful."""

    def __init__(self, model: SpeechLanguageModel, seed: int) -> None:
        """Start an empty sequence."""
        self.num_spoken = 0  # speech tokens after the prompt
        self._model, self._uniforms = model, UniformNumbers(seed)
        self._cache = KVCache(model.config, 1, _INITIAL_POSITIONS, model.head.weight)
        self._num_positions, self._num_remembered = 0, 0
        self._recent = torch.full((1, WINDOW_TOKENS), -1, device=model.head.weight.device)
        self._pending: list[Tensor] = []  # embedded rows that the model has not processed

    def add_text(self, ids: Sequence[int]) -> None:
        self._pending.append(self._model.embed_text(self._ids(ids)))

    def add_speech(self, ids: Sequence[int]) -> None:
        self._pending.append(self._model.embed_speech(self._ids(ids)))

    def add_special(self, id_: int) -> None:
        self._pending.append(self._model.embed_special(self._ids((id_,))))

    def next_logits(self) -> Tensor:
        """Process the pending rows; return the logits (1, ids) behind them.

        Raises:
            BadInput: The sequence is longer than the model's maximum.
        """
        rows = torch.cat(self._pending)
        self._pending = []
        begin, self._num_positions = self._num_positions, self._num_positions + len(rows)
        if self._num_positions > self._model.config.max_positions:
            raise BadInput(
                "Text and prompt are too long ({count:,} tokens; the limit of CosyVoice is {most:,}). Shorten them.",
                count=self._num_positions,
                most=self._model.config.max_positions,
            )
        while self._num_positions > self._cache.capacity:
            self._cache = self._cache.with_double_capacity()
        positions = torch.arange(begin, self._num_positions, device=rows.device)[None]
        return self._model.logits(self._model(rows[None], positions, self._cache, self._num_positions)[:, -1])

    def sample(self, logits: Tensor, special_id: int, allowed: bool) -> int:
        """Return a speech token, or the special id if it is allowed."""
        cancellation.raise_if_cancelled()
        raise_if_nan(logits)
        masked = mask_logits(logits, special_id, torch.tensor([allowed], device=logits.device), self._model.config)
        token = int(sample(masked, self._recent, self._uniforms.draw(1).to(logits.device)))
        self.remember(token)
        return token

    def remember(self, token: int) -> None:
        """Add a token to the repetition window."""
        self._recent[0, self._num_remembered % WINDOW_TOKENS] = token
        self._num_remembered += 1

    def add_spoken(self, token: int) -> None:
        self.add_speech((token,))
        self.num_spoken += 1

    def _ids(self, ids: Sequence[int]) -> Tensor:
        return torch.tensor(tuple(ids), dtype=torch.long, device=self._model.head.weight.device)


@torch.inference_mode()
def stream(
    model: SpeechLanguageModel,
    text: Iterable[int],
    prefix: PromptPrefix = EMPTY_PREFIX,
    seed: int = 0,
    silences: AbstractSet[int] = frozenset(),
) -> Iterator[int]:
    """Generate speech tokens as soon as enough of the text has come out of its iterator. Thread-safe.

    Args:
        model: The language model.
        text: Token ids of the text; the iterator may block.
        prefix: What stands in front of the text.
        seed: Of the sampling.
        silences: Silent tokens, see SilenceFilter.

    Yields:
        Speech tokens in [0, num_speech_tokens).

    Raises:
        BadInput: The text is empty or too long. Errors of the text's iterator pass through.
        Cancelled: Between two tokens, after the request was cancelled.
    """
    decoder, silence_filter = _Decoder(model, seed), SilenceFilter(silences)
    decoder.add_special(model.config.bos_token_id)
    decoder.add_text(prefix.instruction)
    text_buffer, prompt_speech, text_count = list(prefix.transcript), list(prefix.speech), 0
    turn_left = SPEECH_TOKENS - len(prefix.speech) % SPEECH_TOKENS  # speech tokens until the end of this turn
    needs_text = True
    for id_ in text:
        text_buffer.append(id_)
        text_count += 1
        while len(text_buffer) >= TEXT_TOKENS and prompt_speech:
            decoder.add_text(text_buffer[:TEXT_TOKENS])
            decoder.add_speech(prompt_speech[:SPEECH_TOKENS])
            del text_buffer[:TEXT_TOKENS], prompt_speech[:SPEECH_TOKENS]
            needs_text = False
        while not prompt_speech and (not needs_text or len(text_buffer) >= TEXT_TOKENS):
            if needs_text:
                decoder.add_text(text_buffer[:TEXT_TOKENS])
                del text_buffer[:TEXT_TOKENS]
            yield from filter(silence_filter.keeps, _turn(decoder, turn_left, model.config.fill_token_id))
            turn_left, needs_text = SPEECH_TOKENS, True
    if not text_count:
        raise BadInput("There is no text to speak. Enter some text first.")
    decoder.add_text(text_buffer)
    decoder.add_special(model.config.task_token_id)
    decoder.add_speech(prompt_speech)
    yield from filter(silence_filter.keeps, _rest(decoder, text_count, model.config.eos_token_id))


def _turn(decoder: _Decoder, max_tokens: int, fill_token_id: int) -> Iterator[int]:
    """Yield at most `max_tokens` speech tokens, until the model asks for more text."""
    for _ in range(max_tokens):
        token = decoder.sample(decoder.next_logits(), fill_token_id, allowed=True)
        if token == fill_token_id:
            return
        decoder.add_spoken(token)
        yield token
    decoder.next_logits()  # the last token must precede the text that follows; its logits are not needed
    decoder.remember(fill_token_id)


def _rest(decoder: _Decoder, text_count: int, eos_token_id: int) -> Iterator[int]:
    """Yield the speech tokens after the end of the text, until the model ends or the maximum length."""
    while decoder.num_spoken < MAX_TOKEN_RATIO * text_count:
        token = decoder.sample(
            decoder.next_logits(), eos_token_id, allowed=decoder.num_spoken >= MIN_TOKEN_RATIO * text_count
        )
        if token == eos_token_id:
            return
        decoder.add_spoken(token)
        yield token
