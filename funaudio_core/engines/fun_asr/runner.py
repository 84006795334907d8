"""Runs Fun-ASR on a batch of clips: features and a prompt in, the likeliest text out. Knows no clip and no segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core.engines.fun_asr.prompts import SYSTEM
from funaudio_core.engines.sanm.frontend import Float
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor
    from transformers import FunAsrNanoForConditionalGeneration

START, END, STOP = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
TOKENS = 512  # the most that are written for ROWS rows, as in Fun-ASR's inference(); for less sound less
ROWS = 500  # 30 s
LEAST_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Reading:
    """What was written. logprob: mean natural logarithm of the tokens' probabilities, the end of the text included."""

    text: str
    logprob: float


def audio_tokens(rows: int, mode: str) -> int:
    """How many of the adaptor's `rows` the language model gets. mode: "all" or "prefix".

    The first eighth is FunASR's rule: halved three times, rounded up each time.
    """
    return rows if mode == "all" else -(-rows // 8)


def halve(model: FunAsrNanoForConditionalGeneration) -> None:
    """The weights of the language model in bfloat16. Its table of rotations stays exact, as Module.to() would not."""
    import torch

    for weight in model.model.language_model.parameters():
        weight.data = weight.data.to(torch.bfloat16)


class Reader:
    """The model and its tokenizer. Thread-safe: nothing of a call outlives it.

    The tower and the adaptor stay in float32; on a GPU the language model runs in bfloat16, its published type, where
    the GPU has that. threads: on the CPU. mode: of audio_tokens().
    """

    def __init__(
        self, model: FunAsrNanoForConditionalGeneration, tokenizer: Path, device: str, threads: int, mode: str
    ) -> None:
        import torch
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.encode_special_tokens = True  # "<|im_end|>" among a visitor's hotwords is text, not an end
        marks = self._tokenizer.get_vocab(with_added_tokens=True)
        self._start, self._end, self._stop = (marks[mark] for mark in (START, END, STOP))
        self._threads, self._mode = threads, mode
        self._model = model.train(False)
        self._model.to(torch.device(device))
        if device == "cuda" and torch.cuda.is_bf16_supported():
            halve(self._model)

    def read(self, clips: Sequence[Float], prompt: str) -> list[Reading]:
        """The likeliest text of each clip, token by token. clips: features, float32 (rows, width) each."""
        import torch

        torch.set_num_threads(self._threads)  # of this thread alone
        with torch.inference_mode():
            before = self._embedded([self._start, *self._encode(f"system\n{SYSTEM}"), self._end, *self._encode("\n")])
            asked = self._embedded([self._start, *self._encode(f"user\n{prompt}")])
            after = self._embedded([self._end, *self._encode("\n"), self._start, *self._encode("assistant\n")])
            turns = [torch.cat([before, asked, sound, after]) for sound in self._sounds(clips)]
            return self._write(turns, [max(LEAST_TOKENS, TOKENS * len(clip) // ROWS) for clip in clips])

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _embedded(self, ids: Sequence[int]) -> Tensor:
        import torch

        return self._model.get_input_embeddings()(torch.tensor(ids, device=self._model.device))  # type: ignore[no-any-return]

    def _sounds(self, clips: Sequence[Float]) -> list[Tensor]:
        """What the language model hears of each clip: (audio_tokens, width) each, of its own type."""
        import torch

        device, dtype = self._model.device, self._model.get_input_embeddings().weight.dtype
        lengths = [len(clip) for clip in clips]
        features = np.zeros((len(clips), max(lengths), clips[0].shape[1]), np.float32)
        for row, clip in zip(features, clips, strict=True):
            row[: len(clip)] = clip
        places = torch.arange(max(lengths), device=device)
        mask = places[None, :] < torch.tensor(lengths, device=device)[:, None]
        inputs = {"input_features": torch.from_numpy(features).to(device), "input_features_mask": mask}
        tower, adaptor = self._model.model.audio_tower, self._model.model.multi_modal_projector
        heard = adaptor(tower(**inputs).last_hidden_state, mask)
        tokens = [audio_tokens(length, self._mode) for length in lengths]
        return [rows[:count].to(dtype) for rows, count in zip(heard, tokens, strict=True)]

    def _write(self, turns: Sequence[Tensor], limits: Sequence[int]) -> list[Reading]:
        """What follows each turn, (tokens, width), at most so many tokens of it."""
        import torch
        from transformers import DynamicCache

        device, longest = self._model.device, max(map(len, turns))
        inputs = torch.stack([torch.nn.functional.pad(turn, (0, 0, longest - len(turn), 0)) for turn in turns])
        mask = torch.tensor([[0] * (longest - len(turn)) + [1] * len(turn) for turn in turns], device=device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config.text_config)
        written: list[list[int]] = [[] for _ in turns]
        scores = [0.0] * len(turns)
        open_ = set(range(len(turns)))
        while open_:
            cancellation.raise_if_cancelled()
            hidden = self._model.model.language_model(
                inputs_embeds=inputs, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
            ).last_hidden_state[:, -1]
            logits = self._model.lm_head(hidden).float()
            best, ids = logits.max(dim=1)
            chosen, sure = ids.tolist(), (best - logits.logsumexp(dim=1)).tolist()
            for row in tuple(open_):
                scores[row] += sure[row]
                written[row].append(chosen[row])
                if chosen[row] in (self._end, self._stop) or len(written[row]) >= limits[row]:
                    open_.remove(row)
            inputs = self._model.get_input_embeddings()(ids[:, None])
            mask = torch.nn.functional.pad(mask, (0, 1), value=1)
            positions = positions[:, -1:] + 1
        return [Reading(self._text(ids), score / len(ids)) for ids, score in zip(written, scores, strict=True)]

    def _text(self, ids: Sequence[int]) -> str:
        """The text of tokens, white space evened out as Fun-ASR does."""
        return " ".join(str(self._tokenizer.decode(list(ids), skip_special_tokens=True)).split())
