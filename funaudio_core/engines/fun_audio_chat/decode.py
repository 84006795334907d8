"""Decoding of replies: one position of the language model a step, for several conversations in one batch.

A step makes one text token and, while the reply is spoken, a group of five speech codes. The state of a reply is its
own; the networks keep none.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.fun_audio_chat import sampling
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS
from funaudio_core.engines.fun_audio_chat.group_decoder import GroupDecoder
from funaudio_core.engines.fun_audio_chat.kv_cache import MASK_NAME, SlotCache, round_length
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.reply_state import (
    ControlTokens,
    EmbeddedPrompt,
    ReplyOptions,
    ReplyState,
    Step,
)

LENGTH_MULTIPLE = 256  # positions that a step attends to are rounded up to it


class Decoder:
    """Decoder with a fixed number of slots, one for each reply that is decoded at a time. Not thread-safe."""

    def __init__(self, model: AudioChatModel, tokens: ControlTokens, slots: int) -> None:
        """Allocate the caches."""
        self._model, self._tokens = model, tokens
        self._cache = SlotCache(
            model.config.text, slots, CONTEXT_POSITIONS, model.language_model.model.embed_tokens.weight
        )
        self._groups = GroupDecoder(model, slots)
        self._states: list[ReplyState | None] = [None] * slots

    def use_cuda_graphs(self, capture: cuda_graphs.CaptureFunction[Tensor] = cuda_graphs.capture) -> None:
        """Replay the speech head as CUDA graphs from now on, see cuda_graphs."""
        self._groups.use_cuda_graphs(capture)

    @property
    def num_free_slots(self) -> int:
        """Number of slots without a reply."""
        return self._states.count(None)

    @torch.inference_mode()
    def start(self, prompt: EmbeddedPrompt, options: ReplyOptions) -> tuple[ReplyState, Step]:
        """Give a reply a slot, process its prompt and make its first text token.

        Args:
            prompt: The conversation, shorter than CONTEXT_POSITIONS.
            options: How to reply.

        Returns:
            The state of the reply, for step() and release(), and the result of its first step.

        Raises:
            ValueError: No slot is free.
        """
        slot = self._states.index(None)
        state = ReplyState(self._model.config, self._tokens, prompt, options, slot)
        positions = torch.arange(len(prompt.rows), device=self._model.device)[None]
        self._cache.select(slot, positions, len(prompt.rows))
        hidden = self._run_language_model(prompt.rows[None], None)[0]  # without a mask the attention is causal
        self._states[slot] = state
        self._groups.reset(slot)
        if options.speak:
            rows = hidden + self._model.embed_text(torch.tensor(prompt.ids, device=self._model.device))
            state.head_prefix = rows[:-1]
            state.add_head_input(rows[-1])
        return state, self._finish_step([state], hidden[-1:])[0]

    @torch.inference_mode()
    def step(self, states: Sequence[ReplyState]) -> list[Step]:
        """Make one step of each reply, all in one pass; each gets the result that it gets alone.

        Slots between theirs are computed as well, which does no harm; see kv_cache.
        """
        slots = [state.slot for state in states]
        first, count = min(slots), max(slots) - min(slots) + 1
        tokens, positions = torch.zeros(count, dtype=torch.long), torch.zeros(count, 1, dtype=torch.long)
        for index, other in enumerate(self._states[first : first + count]):
            positions[index] = 0 if other is None else min(other.position, self._cache.capacity - 1)
        for state in states:
            tokens[state.slot - first] = state.last_token
        embedded = self._model.embed_text(tokens.to(self._model.device))
        rows = self._add_codes(embedded, states, first)
        length = round_length(max(state.position for state in states) + 1, LENGTH_MULTIPLE, self._cache.capacity)
        self._cache.select(first, positions.to(self._model.device), length)
        mask = self._cache.mask(torch.arange(length, device=self._model.device))
        hidden = self._run_language_model(rows[:, None], mask)[:, 0]
        for state in states:
            state.position += 1
            if state.options.speak:
                state.add_head_input(hidden[state.slot - first] + embedded[state.slot - first])
        return self._finish_step(states, hidden[[slot - first for slot in slots]])

    def release(self, state: ReplyState) -> None:
        """Free the slot of a reply."""
        self._states[state.slot] = None

    def _add_codes(self, embedded: Tensor, states: Sequence[ReplyState], first: int) -> Tensor:
        """Return the input rows: text embeddings, averaged with the last group of codes where there is one."""
        speaking = [state for state in states if state.last_group]
        if not speaking:
            return embedded
        index = torch.tensor([state.slot - first for state in speaking], device=embedded.device)
        codes = torch.tensor([state.last_group for state in speaking], device=embedded.device)
        return embedded.index_copy(0, index, (embedded[index] + self._model.audio_tower.embed_groups(codes)) / 2)

    def _run_language_model(self, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Run rows (slots, time, width) through the language model; returns hidden states of the same shape."""
        return self._model.language_model.model(  # type: ignore[no-any-return]
            inputs_embeds=rows,
            position_ids=self._cache.positions,
            attention_mask={MASK_NAME: mask},
            past_key_values=self._cache,
            use_cache=True,
        ).last_hidden_state

    def _finish_step(self, states: Sequence[ReplyState], hidden: Tensor) -> list[Step]:
        """Choose text tokens from hidden states (states, width) and draw the codes of those that are spoken."""
        for state in states:
            state.draw_text_noise()
        texts = self._choose_texts(states, self._model.text_logits(hidden))
        speaking = [state for state in states if state.is_speaking]
        groups = dict(zip((state.slot for state in speaking), self._groups.draw(speaking), strict=True))
        return [state.record(text, groups.get(state.slot)) for state, text in zip(states, texts, strict=True)]

    def _choose_texts(self, states: Sequence[ReplyState], logits: Tensor) -> list[int]:
        """Return a token for each row of logits: the most probable one, or a sample where the options ask for it."""
        tokens = logits.argmax(dim=-1)
        for index, state in enumerate(states):
            if state.text_noise is not None:
                row = sampling.penalize(logits[index], state.seen_tokens.to(logits.device))
                if state.forbids_silence:
                    row[self._tokens.silence] = -torch.inf
                tokens[index] = sampling.sample(row[None], state.text_noise[None].to(logits.device))[0]
        return [int(token) for token in tokens.tolist()]
