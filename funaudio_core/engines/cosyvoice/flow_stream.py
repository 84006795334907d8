"""Streaming mel spectrograms: decides when new speech tokens are passed to the flow."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from funaudio_core.engines.cosyvoice.attention_mask import CHUNK_TOKENS
from funaudio_core.engines.cosyvoice.config import FRAMES_PER_TOKEN
from funaudio_core.engines.cosyvoice.flow import Flow, FlowCache, FlowRequest
from funaudio_core.engines.cosyvoice.prompt import Prompt

FIRST_PIECE_TOKENS = 13  # at least, half a second
MAX_PIECE_TOKENS = 4 * CHUNK_TOKENS  # pieces stop growing at this length, as in CosyVoice
MAX_CACHE_BYTES = 4 * 2**30  # of one request: 20 to 50 s of audio, see FlowCache


class MelStream:
    """Mel spectrogram of a growing sequence of tokens; the pieces together equal Flow.generate(streaming=True).

    A piece ends with a chunk, counted from the prompt's first token, since frames of whole chunks never change. The
    first piece is short, each further one may be twice as long, so that the flow runs seldom. The streaming cache is
    kept between pieces. Every piece starts over once the cache has exceeded `max_cache_bytes`, and with CUDA graphs,
    which need fixed shapes.

    Holds the state of one request; not to be shared between threads.
    """

    def __init__(self, flow: Flow, prompt: Prompt, max_cache_bytes: int = MAX_CACHE_BYTES) -> None:
        """Start a stream.

        Args:
            flow: The flow.
            prompt: The voice.
            max_cache_bytes: Memory limit of the streaming cache; 0 for no cache.
        """
        self._flow, self._prompt, self._most = flow, prompt, max_cache_bytes
        self._cache = FlowCache() if max_cache_bytes and not flow.uses_cuda_graphs else None
        self._tokens: list[int] = []
        self._num_done = 0  # tokens whose frames have been returned
        self._min_piece = FIRST_PIECE_TOKENS  # tokens that the next piece needs

    def push(self, tokens: Iterable[int], *, final: bool = False) -> Tensor:
        """Add tokens; return the frames that are final and long enough for a piece.

        Args:
            tokens: The next tokens.
            final: No more tokens follow, so all remaining frames are returned.

        Returns:
            float32 (mels, frames), possibly without frames.

        Raises:
            BadInput: See Flow.generate().
        """
        self._tokens += tokens
        end = len(self._tokens) if final else self._complete_tokens()
        needed = min(1, end) if final else self._min_piece  # without any token the flow raises its error
        if end - self._num_done < needed:
            return torch.zeros(self._flow.config.num_mels, 0, device=self._flow.input_embedding.weight.device)
        visible = self._tokens if final else self._tokens[: end + self._flow.config.lookahead_tokens]
        mel = self._generate_new(FlowRequest(self._prompt, visible, final))
        self._num_done, self._min_piece = end, min(max(CHUNK_TOKENS, 2 * self._min_piece), MAX_PIECE_TOKENS)
        return mel

    def _generate_new(self, request: FlowRequest) -> Tensor:
        """Generate the frames of a request that have not been returned yet."""
        if self._cache is None:
            return self._flow.generate([request], streaming=True)[0][:, FRAMES_PER_TOKEN * self._num_done :]
        mel = self._flow.generate_next(request, self._cache)
        if self._cache.nbytes > self._most:
            self._cache = None
        return mel

    def _complete_tokens(self) -> int:
        """Return how many tokens form whole chunks and have their lookahead."""
        prompt_length = len(self._prompt.tokens)
        return (
            prompt_length + len(self._tokens) - self._flow.config.lookahead_tokens
        ) // CHUNK_TOKENS * CHUNK_TOKENS - prompt_length
