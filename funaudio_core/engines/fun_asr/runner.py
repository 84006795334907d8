"""Fun-ASR on a batch of clips: from features and a prompt to the most probable text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from funaudio_core.engines.fun_asr.prompts import SYSTEM_PROMPT
from funaudio_core.engines.sanm.frontend import Float
from funaudio_core.runtime import cancellation

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor
    from transformers import FunAsrNanoForConditionalGeneration

TURN_START, TURN_END, END_OF_TEXT = "<|im_start|>", "<|im_end|>", "<|endoftext|>"
# Maximum length of the text: MAX_TOKENS for MAX_ROWS rows (30 s), as in Fun-ASR's inference(), less for shorter clips.
MAX_TOKENS, MAX_ROWS = 512, 500
MIN_TOKEN_LIMIT = 32  # even for the shortest clip


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Recognized text of a clip.

    Attributes:
        text: The text.
        mean_logprob: Mean natural logarithm of the tokens' probabilities, including the token that ends the text.
    """

    text: str
    mean_logprob: float


def audio_token_count(rows: int, mode: str) -> int:
    """Return how many of the adaptor's rows the language model gets.

    Args:
        rows: Rows of the adaptor's output.
        mode: "all", or "prefix" for the first eighth; FunASR halves the count three times and rounds up each time.
    """
    return rows if mode == "all" else -(-rows // 8)


def convert_to_bfloat16(model: FunAsrNanoForConditionalGeneration) -> None:
    """Convert the weights of the language model to bfloat16.

    Module.to() would convert the table of rotary embeddings as well, which has to stay exact.
    """
    import torch

    for weight in model.model.language_model.parameters():
        weight.data = weight.data.to(torch.bfloat16)


class ModelRunner:
    """Model and tokenizer. Thread-safe: no state is kept between calls.

    Encoder and adaptor stay in float32. On a GPU that supports it, the language model runs in bfloat16, in which it was
    published.
    """

    def __init__(
        self, model: FunAsrNanoForConditionalGeneration, tokenizer: Path, device: str, threads: int, mode: str
    ) -> None:
        """Move a model to a device.

        Args:
            model: The model.
            tokenizer: tokenizer.json.
            device: "cpu" or "cuda".
            threads: Of the CPU.
            mode: Of audio_token_count().
        """
        import torch
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.encode_special_tokens = True  # "<|im_end|>" in a user's hotword must not end the turn
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        self._turn_start_id, self._turn_end_id, self._end_of_text_id = (
            ids[token] for token in (TURN_START, TURN_END, END_OF_TEXT)
        )
        self._threads, self._mode = threads, mode
        self._model = model.train(False)
        self._model.to(torch.device(device))
        if device == "cuda" and torch.cuda.is_bf16_supported():
            convert_to_bfloat16(self._model)

    def transcribe(self, clips: Sequence[Float], prompt: str) -> list[Hypothesis]:
        """Return the text of each clip by greedy decoding.

        Args:
            clips: Features, float32 (rows, row_size) each.
            prompt: Of all clips; see build_prompt().

        Raises:
            Cancelled: Between two tokens, after the request was cancelled.
        """
        import torch

        torch.set_num_threads(self._threads)  # of this thread alone
        turn_end = [self._turn_end_id, *self._encode("\n")]
        with torch.inference_mode():
            system = self._embed([self._turn_start_id, *self._encode(f"system\n{SYSTEM_PROMPT}"), *turn_end])
            user = self._embed([self._turn_start_id, *self._encode(f"user\n{prompt}")])
            assistant = self._embed([*turn_end, self._turn_start_id, *self._encode("assistant\n")])
            inputs = [torch.cat([system, user, rows, assistant]) for rows in self._embed_clips(clips)]
            return self._generate(inputs, [max(MIN_TOKEN_LIMIT, MAX_TOKENS * len(clip) // MAX_ROWS) for clip in clips])

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _embed(self, ids: Sequence[int]) -> Tensor:
        import torch

        return self._model.get_input_embeddings()(torch.tensor(ids, device=self._model.device))  # type: ignore[no-any-return]

    def _embed_clips(self, clips: Sequence[Float]) -> list[Tensor]:
        """Return the language model's inputs for each clip, (audio_token_count, width) each, in its dtype."""
        import torch

        device, dtype = self._model.device, self._model.get_input_embeddings().weight.dtype
        lengths = [len(clip) for clip in clips]
        features = np.zeros((len(clips), max(lengths), clips[0].shape[1]), np.float32)
        for row, clip in zip(features, clips, strict=True):
            row[: len(clip)] = clip
        positions = torch.arange(max(lengths), device=device)
        mask = positions[None, :] < torch.tensor(lengths, device=device)[:, None]
        inputs = {"input_features": torch.from_numpy(features).to(device), "input_features_mask": mask}
        encoder, adaptor = self._model.model.audio_tower, self._model.model.multi_modal_projector
        embedded = adaptor(encoder(**inputs).last_hidden_state, mask)
        counts = [audio_token_count(length, self._mode) for length in lengths]
        return [rows[:count].to(dtype) for rows, count in zip(embedded, counts, strict=True)]

    def _generate(self, sequences: Sequence[Tensor], max_tokens: Sequence[int]) -> list[Hypothesis]:
        """Continue each sequence, (tokens, width), until the model ends it or by at most so many tokens."""
        import torch
        from transformers import DynamicCache

        device, longest = self._model.device, max(map(len, sequences))
        inputs = torch.stack([torch.nn.functional.pad(rows, (0, 0, longest - len(rows), 0)) for rows in sequences])
        mask = torch.tensor([[0] * (longest - len(rows)) + [1] * len(rows) for rows in sequences], device=device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        cache = DynamicCache(config=self._model.config.text_config)
        tokens: list[list[int]] = [[] for _ in sequences]
        logprobs = [0.0] * len(sequences)  # sums
        unfinished = set(range(len(sequences)))
        while unfinished:
            cancellation.raise_if_cancelled()
            hidden = self._model.model.language_model(
                inputs_embeds=inputs, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True
            ).last_hidden_state[:, -1]
            logits = self._model.lm_head(hidden).float()
            best, ids = logits.max(dim=1)
            best_ids, best_logprobs = ids.tolist(), (best - logits.logsumexp(dim=1)).tolist()
            for index in tuple(unfinished):
                logprobs[index] += best_logprobs[index]
                tokens[index].append(best_ids[index])
                has_ended = best_ids[index] in (self._turn_end_id, self._end_of_text_id)
                if has_ended or len(tokens[index]) >= max_tokens[index]:
                    unfinished.remove(index)
            inputs = self._model.get_input_embeddings()(ids[:, None])
            mask = torch.nn.functional.pad(mask, (0, 1), value=1)
            positions = positions[:, -1:] + 1
        return [Hypothesis(self._decode(row), total / len(row)) for row, total in zip(tokens, logprobs, strict=True)]

    def _decode(self, ids: Sequence[int]) -> str:
        """Return the text of tokens, with white space collapsed as in Fun-ASR."""
        return " ".join(str(self._tokenizer.decode(list(ids), skip_special_tokens=True)).split())
