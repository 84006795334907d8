"""Speech head of several replies: groups of five codes, drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice import cuda_graphs
from funaudio_core.engines.fun_audio_chat import sampling
from funaudio_core.engines.fun_audio_chat.config import CONTEXT_POSITIONS, GROUP_SIZE
from funaudio_core.engines.fun_audio_chat.kv_cache import MASK_NAME, SlotCache, round_length
from funaudio_core.engines.fun_audio_chat.model import AudioChatModel
from funaudio_core.engines.fun_audio_chat.reply_state import ReplyState

LENGTH_MULTIPLE = 1024  # positions that a group attends to are rounded up to it, so that few shapes occur


class GroupDecoder:
    """The speech head with its KV cache, of five positions for each of the language model's. Not thread-safe."""

    def __init__(self, model: AudioChatModel, slots: int) -> None:
        """Allocate the cache."""
        self._model, self._head, self._slots = model, model.audio_invert_tower, slots
        capacity = GROUP_SIZE * (CONTEXT_POSITIONS + 1)  # one group more for slots that take no part in a pass
        self._cache = SlotCache(model.config.head, slots, capacity, self._head.output_matching.weight)
        self._positions = [0] * slots
        self._draw_group: Callable[..., Tensor] = self._draw
        self._uses_cuda_graphs = False

    def use_cuda_graphs(self, capture: cuda_graphs.CaptureFunction[Tensor] = cuda_graphs.capture) -> None:
        """Replay the five draws of a group as CUDA graphs from now on."""
        self._draw_group, self._uses_cuda_graphs = cuda_graphs.GraphCache(self._draw, capture), True

    def reset(self, slot: int) -> None:
        """Start a new reply in a slot."""
        self._positions[slot] = 0

    def draw(self, states: Sequence[ReplyState]) -> list[tuple[int, ...]]:
        """Return the codes of the current step of each reply, drawn in one pass once the head has caught up."""
        for state in states:
            if state.head_prefix is not None:
                self._process_prompt(state.slot, state.head_prefix)
                state.head_prefix = None
            while len(state.head_inputs) > 1:
                self._draw_next([state])
        return self._draw_next(states) if states else []

    def _process_prompt(self, slot: int, rows: Tensor) -> None:
        """Process the prompt but its last token, (tokens - 1, width); the head sees no codes of it."""
        if len(rows) == 0:
            return
        no_code = torch.tensor(self._model.config.code_bos, device=rows.device)
        embedded = self._head.split(rows).flatten(0, 1) + self._model.embed_codes(no_code)
        positions = torch.arange(len(embedded), device=rows.device)[None]
        self._cache.select(slot, positions, len(embedded))
        self._run_transformer(embedded[None], None)  # without a mask the attention is causal
        self._positions[slot] = len(embedded)

    def _draw_next(self, states: Sequence[ReplyState]) -> list[tuple[int, ...]]:
        """Return the codes of the first input of each reply that the head has not processed."""
        config, device = self._model.config, self._model.device
        slots = range(self._slots) if self._uses_cuda_graphs else _slots_between(states)
        width = states[0].head_inputs[0].row.shape[0]
        rows = torch.zeros(len(slots), width, dtype=self._model.dtype, device=device)
        previous = torch.full((len(slots),), config.code_bos)
        noise = torch.ones(len(slots), GROUP_SIZE, config.codebook_size)
        seen = torch.zeros(len(slots), config.codebook_size, dtype=torch.bool)
        for state in states:
            index = state.slot - slots[0]
            rows[index], noise[index] = state.take_head_input()
            previous[index], seen[index] = state.previous_code, state.seen_codes
        longest = max(self._positions[state.slot] for state in states) + GROUP_SIZE
        keys = torch.arange(round_length(longest, LENGTH_MULTIPLE, self._cache.capacity), device=device)
        positions = torch.tensor([self._positions[slot] for slot in slots])
        inputs = (tensor.to(device) for tensor in (previous, positions, noise, seen))
        self._cache.first_slot = slots[0]
        groups = self._draw_group(rows, *inputs, keys).tolist()
        codes = [tuple(map(int, groups[state.slot - slots[0]])) for state in states]
        for state, group in zip(states, codes, strict=True):
            state.previous_code = group[-1]
            self._positions[state.slot] += GROUP_SIZE
        return codes

    def _draw(
        self, rows: Tensor, previous: Tensor, positions: Tensor, noise: Tensor, seen: Tensor, keys: Tensor
    ) -> Tensor:
        """Draw a group of codes for each slot of the pass. It never branches on values, so that it can be captured.

        Args:
            rows: Inputs of the head, (slots, width).
            previous: Last code of each slot, int64 (slots,).
            positions: First position of each slot, int64 (slots,).
            noise: float32 (slots, 5, codes).
            seen: Codes that have been recorded, bool (slots, codes).
            keys: Positions to attend to, from 0 on, int64 (length,).

        Returns:
            int64 (slots, 5).
        """
        split, codes = self._head.split(rows), []
        for index in range(GROUP_SIZE):
            embedded = split[:, index] + self._model.embed_codes(previous)
            self._cache.select(self._cache.first_slot, (positions + index)[:, None], len(keys))
            logits = self._model.code_logits(self._run_transformer(embedded[:, None], self._cache.mask(keys))[:, 0])
            previous = sampling.sample(sampling.penalize(logits, seen), noise[:, index])
            seen = seen.scatter(1, previous[:, None], value=True)
            codes.append(previous)
        return torch.stack(codes, dim=1)

    def _run_transformer(self, rows: Tensor, mask: Tensor | None) -> Tensor:
        """Run rows (slots, time, width) through the transformer; returns (slots, time, head width)."""
        return self._head.crq_transformer(  # type: ignore[no-any-return]
            inputs_embeds=self._head.input_matching(rows),
            position_ids=self._cache.positions,
            attention_mask={MASK_NAME: mask},
            past_key_values=self._cache,
            use_cache=True,
        ).last_hidden_state


def _slots_between(states: Sequence[ReplyState]) -> range:
    """Return the slots from the first to the last of some replies."""
    slots = [state.slot for state in states]
    return range(min(slots), max(slots) + 1)
