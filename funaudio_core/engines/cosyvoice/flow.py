"""Flow: speech tokens and a prompt to a mel spectrogram, in the variants of versions 2 and 3.

Submodules have the names of the published checkpoints.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from funaudio_core.engines.cosyvoice import attention_mask, cuda_graphs, flow_matching, timesteps
from funaudio_core.engines.cosyvoice.config import (
    FRAMES_PER_TOKEN,
    HOP_SAMPLES,
    SAMPLE_RATE,
    FlowV2Config,
    FlowV3Config,
)
from funaudio_core.engines.cosyvoice.convolutions import PreLookaheadLayer
from funaudio_core.engines.cosyvoice.dit_v3 import DiT
from funaudio_core.engines.cosyvoice.flow_encoder_v2 import Encoder
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.unet_v2 import UNet
from funaudio_core.errors import BadInput
from funaudio_core.weights import low_rank

GRAPH_FRAMES = 64  # mels are padded to a multiple of it when CUDA graphs are in use, so that few shapes occur


@dataclass(frozen=True, slots=True, eq=False)
class FlowRequest:
    """Speech tokens of one utterance, from the first on, and the prompt.

    Attributes:
        prompt: The voice; without tokens and mel if only its embedding is known.
        tokens: Speech tokens.
        final: No more tokens follow. Otherwise the last three are lookahead only; their frames come with a later call.
    """

    prompt: Prompt
    tokens: Sequence[int]
    final: bool = True


class FlowCache:
    """Streaming cache of one growing request, see Flow.generate_next(). Not to be shared between threads.

    It takes 1.8 MB a frame in bfloat16 (prompt included, 50 frames a second) and 3.6 MB in float32 in version 3, and
    2.3 MB and 4.6 MB in version 2.

    Attributes:
        encoder: Of the encoder.
        estimator: Of the velocity network, one for each solver step.
    """

    def __init__(self) -> None:
        """Create an empty cache."""
        self.encoder, self.estimator = StreamingCache(), flow_matching.new_caches()

    @property
    def nbytes(self) -> int:
        """Memory in use."""
        return sum(cache.nbytes for cache in (self.encoder, *self.estimator))


class Flow(nn.Module, ABC):
    """Flow-matching model from speech tokens to mel. Thread-safe: a call keeps no state but the caller's cache."""

    def __init__(self, config: FlowV2Config | FlowV3Config, dim: int, estimator: nn.Module) -> None:
        """Create the parts that both versions share.

        Args:
            config: Sizes.
            dim: Of the token embedding.
            estimator: The velocity network.
        """
        super().__init__()
        self.config = config
        self.input_embedding = nn.Embedding(config.num_speech_tokens, dim)
        self.spk_embed_affine_layer = nn.Linear(config.speaker_dim, config.num_mels)
        self.decoder = nn.ModuleDict({"estimator": estimator})
        self.dtype = torch.float32
        self._graphs: cuda_graphs.GraphCache | None = None
        self._frame_multiple = 1  # that mels of generate() are padded to
        self.eval()

    @property
    def estimator(self) -> UNet | DiT:
        """Velocity network."""
        return cast("UNet | DiT", self.decoder["estimator"])

    @property
    def velocity(self) -> flow_matching.Estimator:
        """Velocity network, or its CUDA graphs."""
        return self._graphs or self.estimator

    @property
    def uses_cuda_graphs(self) -> bool:
        """Return whether generate() replays CUDA graphs; generate_next() cannot, since its cache grows."""
        return self._graphs is not None

    def use_cuda_graphs(self, capture: cuda_graphs.CaptureFunction[Tensor] = cuda_graphs.capture) -> None:
        """Replay the velocity network of generate() as CUDA graphs from now on."""
        self._graphs, self._frame_multiple = cuda_graphs.GraphCache(self.estimator, capture), GRAPH_FRAMES

    def share(self) -> Self:
        """Return a flow with the same tensors, without CUDA graphs, to which an adapter can be attached."""
        return low_rank.share(self, [self._graphs])

    @abstractmethod
    def encode(
        self, rows: Tensor, mask: Tensor, lengths: Tensor, chunk: int | None, cache: StreamingCache | None
    ) -> Tensor:
        """Encode embedded speech tokens.

        Args:
            rows: Embedded tokens and the lookahead of 3, (batch, time + 3, dim).
            mask: True where rows are not padding, bool (batch, time + 3, 1).
            lengths: Tokens to encode, those in the cache included, int64 (batch,).
            chunk: Tokens per chunk; None for full attention.
            cache: Cache of a stream; None for a whole sequence.

        Returns:
            The condition `mu`, float32 (batch, 2 * time, mels).
        """

    def cast_estimator(self, dtype: torch.dtype) -> None:
        """Run the velocity network in another dtype: bfloat16 on a GPU (float16 overflows in version 3).

        Layers that depend on the time alone, the encoder and the solver's state stay float32.
        """
        float32_ids = {id(parameter) for layer in self.estimator.time_layers() for parameter in layer.parameters()}
        for parameter in self.estimator.parameters():
            if id(parameter) not in float32_ids:
                parameter.data = parameter.data.to(dtype)
        self.dtype = dtype

    @torch.inference_mode()
    def generate(self, requests: Sequence[FlowRequest], *, streaming: bool = False) -> list[Tensor]:
        """Generate the mel of each request, padded to the longest, which does not change the results.

        Args:
            requests: Generated as one batch.
            streaming: Use chunked attention, so that frames of whole chunks (prompt included) stay the same when
                tokens are added. All calls of a stream must set it, the last included.

        Returns:
            float32 (mels, frames) each, without the prompt, two frames a token.

        Raises:
            BadInput: A request has too few or too many tokens.
            ValueError: A token is out of range, or a prompt's mel does not belong to its tokens.
        """
        return self._generate(requests, attention_mask.CHUNK_TOKENS if streaming else None, None)

    @torch.inference_mode()
    def generate_next(self, request: FlowRequest, cache: FlowCache, *, chunked: bool = True) -> Tensor:
        """Generate the frames behind those of the last call with this cache, as generate(streaming=True) would.

        Args:
            request: All tokens so far; if chunked, they end with a chunk (prompt included) in all calls but the last.
            cache: Cache of this request.
            chunked: Use chunked attention. Otherwise the new frames see all frames so far, and all of each other.

        Returns:
            float32 (mels, frames).

        Raises:
            BadInput: See generate().
            ValueError: See generate().
        """
        return self._generate([request], attention_mask.CHUNK_TOKENS if chunked else None, cache)[0]

    def _generate(self, requests: Sequence[FlowRequest], chunk: int | None, cache: FlowCache | None) -> list[Tensor]:
        for request in requests:
            self._check(request)
        device = self.input_embedding.weight.device
        start, encoder_cache, estimator_caches = (
            (0, None, ()) if cache is None else (cache.encoder.length, cache.encoder, cache.estimator)
        )
        tokens = [torch.tensor([*request.prompt.tokens, *request.tokens][start:]) for request in requests]
        num_tokens = [self._num_tokens(request) for request in requests]
        count = _padded_tokens(max(num_tokens), self._frame_multiple) if cache is None else max(num_tokens)
        embedded, token_mask = self._embed(tokens, count - start)
        lengths = torch.tensor(num_tokens).to(device)
        mu = self.encode(embedded, token_mask, lengths, chunk, encoder_cache).transpose(1, 2)
        cond = torch.zeros_like(mu)
        for row, request in zip(cond, requests, strict=True):
            mel = torch.tensor(request.prompt.mel[FRAMES_PER_TOKEN * start :].T)
            row[:, : mel.shape[1]] = mel
        speakers = torch.tensor(np.stack([request.prompt.speaker for request in requests])).to(device)
        spks = self.spk_embed_affine_layer(F.normalize(speakers, dim=1))
        num_frames = FRAMES_PER_TOKEN * start + mu.shape[2]
        attn_mask = attention_mask.chunk_mask(
            FRAMES_PER_TOKEN * lengths,
            num_frames,
            None if chunk is None else FRAMES_PER_TOKEN * chunk,
            FRAMES_PER_TOKEN * start,
        )
        time_tables = self.estimator.time_tables(torch.tensor(timesteps.cosine_schedule()[:-1], device=device))
        mels = flow_matching.solve_euler(
            self.velocity, time_tables, mu, spks, cond, attn_mask, self.dtype, estimator_caches
        )
        if encoder_cache is not None:
            encoder_cache.length = num_tokens[0]
        return [
            mel[:, max(0, len(request.prompt.mel) - FRAMES_PER_TOKEN * start) : FRAMES_PER_TOKEN * (count - start)]
            for mel, request, count in zip(mels, requests, num_tokens, strict=True)
        ]

    def _num_tokens(self, request: FlowRequest) -> int:
        """Return how many tokens, prompt included, have their lookahead."""
        lookahead = 0 if request.final else self.config.lookahead_tokens
        return len(request.prompt.tokens) + len(request.tokens) - lookahead

    def _embed(self, tokens: Sequence[Tensor], count: int) -> tuple[Tensor, Tensor]:
        """Return embedded tokens (batch, count + 3, dim), zero behind the last one, and the mask of those before."""
        padded = pad_sequence(list(tokens), batch_first=True, padding_value=-1)
        padded = F.pad(padded, (0, count + self.config.lookahead_tokens - padded.shape[1]), value=-1)
        padded = padded.to(self.input_embedding.weight.device)
        mask = (padded >= 0)[:, :, None]
        return self.input_embedding(padded.clamp(min=0)) * mask, mask

    def _check(self, request: FlowRequest) -> None:
        prompt, tokens = request.prompt, request.tokens
        if len(prompt.mel) != FRAMES_PER_TOKEN * len(prompt.tokens):
            raise ValueError(f"{len(prompt.mel)} mel frames don't belong to {len(prompt.tokens)} tokens.")
        num_tokens = self._num_tokens(request)
        if num_tokens <= len(prompt.tokens):
            raise BadInput(
                "The text produced only {count} speech tokens, too few for any audio. Use a longer text.",
                count=len(tokens),
            )
        low, high = (int(end([*prompt.tokens, *tokens])) for end in (min, max))
        if not 0 <= low <= high < self.config.num_speech_tokens:
            raise ValueError(f"Speech tokens run from 0 to {self.config.num_speech_tokens - 1}; got {low} to {high}.")
        if FRAMES_PER_TOKEN * num_tokens > flow_matching.NOISE_FRAMES:
            raise BadInput(
                "The reference and the speech together would last {seconds:.0f} s; "
                "the limit is {most:.0f} s. Split the text.",
                seconds=FRAMES_PER_TOKEN * num_tokens * HOP_SAMPLES / SAMPLE_RATE,
                most=flow_matching.NOISE_FRAMES * HOP_SAMPLES / SAMPLE_RATE,
            )


class FlowV2(Flow):
    """Flow of CosyVoice 2: a conformer encoder and a U-Net."""

    def __init__(self, config: FlowV2Config) -> None:
        """Create the network of a config."""
        super().__init__(config, config.encoder_dim, UNet(config))
        self.encoder = Encoder(config)
        self.encoder_proj = nn.Linear(config.encoder_dim, config.num_mels)

    def encode(
        self, rows: Tensor, mask: Tensor, lengths: Tensor, chunk: int | None, cache: StreamingCache | None
    ) -> Tensor:
        """Encode embedded speech tokens; see Flow."""
        return self.encoder_proj(self.encoder(rows, mask, lengths, chunk, cache))  # type: ignore[no-any-return]


class FlowV3(Flow):
    """Flow of Fun-CosyVoice 3: a lookahead layer, repetition of every row, and a diffusion transformer."""

    def __init__(self, config: FlowV3Config) -> None:
        """Create the network of a config."""
        super().__init__(config, config.num_mels, DiT(config))
        self.pre_lookahead_layer = PreLookaheadLayer(
            config.num_mels, config.lookahead_channels, config.lookahead_tokens
        )

    def encode(
        self,
        rows: Tensor,
        mask: Tensor,  # noqa: ARG002 (only version 2 needs the mask)
        lengths: Tensor,  # noqa: ARG002
        chunk: int | None,  # noqa: ARG002
        cache: StreamingCache | None,
    ) -> Tensor:
        """Encode embedded speech tokens; see Flow."""
        return self.pre_lookahead_layer(rows, cache).repeat_interleave(FRAMES_PER_TOKEN, dim=1)  # type: ignore[no-any-return]


def _padded_tokens(tokens: int, frame_multiple: int) -> int:
    """Return how many tokens fill a multiple of `frame_multiple` frames, limited by the longest mel."""
    return (
        min(-(-tokens * FRAMES_PER_TOKEN // frame_multiple) * frame_multiple, flow_matching.NOISE_FRAMES)
        // FRAMES_PER_TOKEN
    )


def build(config: FlowV2Config | FlowV3Config) -> Flow:
    """Build the flow of a config, without weights."""
    return FlowV2(config) if isinstance(config, FlowV2Config) else FlowV3(config)
