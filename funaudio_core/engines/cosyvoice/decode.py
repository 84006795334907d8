"""Decoding of speech tokens: several requests in one batch, a few steps at a time.

Rows of a batch differ in length and have random numbers of their own, so each request gives the tokens it gives alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.config import LMConfig
from funaudio_core.engines.cosyvoice.decode_state import Acquire, new_state
from funaudio_core.engines.cosyvoice.lm import SpeechLanguageModel
from funaudio_core.engines.cosyvoice.sampler import UniformNumbers
from funaudio_core.engines.cosyvoice.silence_filter import SilenceFilter
from funaudio_core.errors import BadInput
from funaudio_core.runtime import cancellation

MIN_TOKEN_RATIO, MAX_TOKEN_RATIO = 2, 20  # speech tokens per text token, CosyVoice's min_ and max_token_text_ratio


@dataclass(frozen=True, slots=True)
class LMRequest:
    """Input of the language model for one piece of text, as token ids.

    Attributes:
        text: To be spoken.
        prompt: A transcript or an instruction with its control tokens; () for none.
        speech: Speech tokens of the clip that the prompt is the transcript of; () for none.
        seed: Of the sampling.
    """

    text: tuple[int, ...]
    prompt: tuple[int, ...] = ()
    speech: tuple[int, ...] = ()
    seed: int = 0


class _Row:
    """One request of a batch, until its end token or its maximum length. Stateful."""

    def __init__(self, request: LMRequest, config: LMConfig, silences: AbstractSet[int]) -> None:
        """Start a row."""
        self.done = False
        self._eos_token_id, self._tokens_left = config.eos_token_id, MAX_TOKEN_RATIO * len(request.text)
        self._silence_filter = SilenceFilter(silences)

    def take(self, tokens: Sequence[int]) -> tuple[int, ...]:
        """Return the tokens to speak among those that were sampled; none after the end."""
        kept = []
        for token in tokens:
            if self.done or token == self._eos_token_id:
                self.done = True
                break
            self._tokens_left -= 1
            self.done = self._tokens_left == 0
            if self._silence_filter.keeps(token):
                kept.append(token)
        return tuple(kept)


@torch.inference_mode()
def stream(
    model: SpeechLanguageModel,
    requests: Sequence[LMRequest],
    silences: AbstractSet[int] = frozenset(),
    steps_per_check: int = 1,
    acquire: Acquire = new_state,
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Generate the speech tokens of each request, `steps_per_check` steps at a time, until all have ended. Thread-safe.

    Args:
        model: The language model.
        requests: Decoded as one batch.
        silences: Silent tokens, see SilenceFilter.
        steps_per_check: Steps between two reads of the sampled tokens; with more than one a GPU waits less often.
        acquire: Provides the decode state, see decode_state.

    Yields:
        The next tokens of each request, in [0, num_speech_tokens).

    Raises:
        BadInput: A request has no text or is too long for the model.
        ArithmeticError: A logit is NaN.
        Cancelled: Between two reads, after the request was cancelled.
    """
    prefixes = [model.embed_prefix((*request.prompt, *request.text), request.speech) for request in requests]
    _check(requests, prefixes, model.config)
    rows = [_Row(request, model.config, silences) for request in requests]
    uniform_numbers = [UniformNumbers(request.seed) for request in requests]
    steps = max(MAX_TOKEN_RATIO * len(request.text) for request in requests)
    max_prefix = max(map(len, prefixes))
    with acquire(model, len(requests), max_prefix + steps) as (state, step):
        extra_rows = state.rows - len(requests)  # a pooled state may have more rows; their tokens are discarded
        min_tokens = [MIN_TOKEN_RATIO * len(request.text) for request in requests]
        for first_step in range(0, steps, steps_per_check):
            cancellation.raise_if_cancelled()
            uniforms = torch.stack([row.draw(steps_per_check) for row in uniform_numbers], dim=1)
            uniforms = uniforms.to(state.uniforms.device)
            sampled = []
            for step_index in range(first_step, min(first_step + steps_per_check, steps)):
                state.uniforms[: len(requests)] = uniforms[step_index - first_step]
                if step_index:
                    step(max_prefix + step_index)
                else:
                    state.prefill([*prefixes, *prefixes[:1] * extra_rows], [*min_tokens, *[0] * extra_rows])
                sampled.append(state.last_tokens.clone())
            tokens = torch.stack(sampled, dim=1).tolist()
            raise_if_nan(state.nan_probe[: len(requests)])
            yield tuple(row.take(row_tokens) for row, row_tokens in zip(rows, tokens, strict=False))
            if all(row.done for row in rows):
                return


def generate(
    model: SpeechLanguageModel,
    requests: Sequence[LMRequest],
    silences: AbstractSet[int] = frozenset(),
    steps_per_check: int = 1,
    acquire: Acquire = new_state,
) -> list[tuple[int, ...]]:
    """Return all tokens of each request; see stream()."""
    chunks = list(stream(model, requests, silences, steps_per_check, acquire))
    return [tuple(token for chunk in chunks for token in chunk[index]) for index in range(len(requests))]


def raise_if_nan(logits: Tensor) -> None:
    """Raise ArithmeticError if a logit is NaN, as half precision may cause: samples would mean nothing."""
    if bool(logits.isnan().any()):
        raise ArithmeticError("The language model produced NaN values. Use a wider dtype.")


def _check(requests: Sequence[LMRequest], prefixes: Sequence[Tensor], config: LMConfig) -> None:
    for request, prefix in zip(requests, prefixes, strict=True):
        if not request.text:
            raise BadInput("There is no text to speak. Enter some text first.")
        if len(prefix) + MAX_TOKEN_RATIO * len(request.text) > config.max_positions:
            raise BadInput(
                "Text and prompt are too long ({count:,} tokens; the limit of CosyVoice is {most:,}). Shorten them.",
                count=len(prefix) + MAX_TOKEN_RATIO * len(request.text),
                most=config.max_positions,
            )
