"""Speech tokens and a voice to a mel spectrogram: what the flows of CosyVoice 2 and 3 share, and where they differ.

Names of the submodules are those of the published checkpoints. Knows no text, no waveform and no file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (torch's own abbreviation)
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from funaudio_core.engines.cosyvoice import attention_mask, cuda_graphs, flow_matching, timesteps
from funaudio_core.engines.cosyvoice.config import FRAMES, HOP, RATE, FlowV2Config, FlowV3Config
from funaudio_core.engines.cosyvoice.convolutions import LookAhead
from funaudio_core.engines.cosyvoice.dit_v3 import DiT
from funaudio_core.engines.cosyvoice.flow_encoder_v2 import Encoder
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.streaming_cache import StreamingCache
from funaudio_core.engines.cosyvoice.unet_v2 import UNet
from funaudio_core.errors import BadInput

SIZE = 64  # frames: recordings are made for multiples of it


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What is to be said, all of it from the first token on, and by whom.

    Tokens and mel of the prompt are empty for a voice that is told by its embedding alone. final: no more tokens
    follow. Otherwise the last three are only looked at, and their frames come with a later call.
    """

    prompt: Prompt
    tokens: Sequence[int]
    final: bool = True


class Run:
    """What a request that grows keeps between two calls of Flow.following(). Not to be shared between threads.

    In version 3, 1.8 MB a frame in bfloat16 (prompt included, 50 frames a second), 3.6 MB in float32; in version 2,
    2.3 MB and 4.6 MB.
    """

    def __init__(self) -> None:
        self.said, self.steps = StreamingCache(), flow_matching.pasts()

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        return sum(past.bytes for past in (self.said, *self.steps))


class Flow(nn.Module, ABC):
    """Thread-safe: a call keeps nothing but what it is given to keep."""

    def __init__(self, layout: FlowV2Config | FlowV3Config, width: int, estimator: nn.Module) -> None:
        super().__init__()
        self.layout = layout
        self.input_embedding = nn.Embedding(layout.codes, width)
        self.spk_embed_affine_layer = nn.Linear(layout.speaker, layout.mels)
        self.decoder = nn.ModuleDict({"estimator": estimator})
        self.dtype = torch.float32
        self._replayed: cuda_graphs.Replayed | None = None
        self._size = 1  # frames of mel() are padded to a multiple of it
        self.eval()

    @property
    def estimator(self) -> UNet | DiT:
        """The velocity network."""
        return cast("UNet | DiT", self.decoder["estimator"])

    @property
    def velocity(self) -> flow_matching.Velocity:
        """The velocity network, or its recordings."""
        return self._replayed or self.estimator

    @property
    def replays(self) -> bool:
        """Whether mel() replays recordings. following() can't, for what it keeps grows."""
        return self._replayed is not None

    def replay(self, record: cuda_graphs.Record[Tensor] = cuda_graphs.recorded) -> None:
        """Velocities of mel() from recordings from now on, of frames padded to SIZE, so that few shapes come up."""
        self._replayed, self._size = cuda_graphs.Replayed(self.estimator, record), SIZE

    @abstractmethod
    def said(
        self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None, past: StreamingCache | None
    ) -> Tensor:
        """What the tokens say, float32 (batch, 2 time, mels), of their rows (batch, time + 3, width).

        given: bool (batch, time + 3, 1), where rows are no padding. lengths: int64 (batch,), those to be spoken, past
        ones included. chunk: tokens a chunk, None to see everything.
        """

    def lower(self, dtype: torch.dtype) -> None:
        """Velocities in `dtype` from now on: bfloat16 on a GPU (float16 overflows in version 3).

        What depends on time alone, the encoder and the state of the solver stay float32.
        """
        kept = {id(parameter) for layer in self.estimator.timed() for parameter in layer.parameters()}
        for parameter in self.estimator.parameters():
            if id(parameter) not in kept:
                parameter.data = parameter.data.to(dtype)
        self.dtype = dtype

    @torch.inference_mode()
    def mel(self, requests: Sequence[Request], *, streaming: bool = False) -> list[Tensor]:
        """The mel of each request, float32 (mels, frames), without its prompt: two frames a token.

        streaming: frames see no later chunk, so that those of whole chunks (prompt included) stay the same when
        tokens are added. A stream must say so in every call, the last included. Requests are padded to the longest;
        padding changes nothing. Raises BadInput for too few tokens and for too many, ValueError for any that is no
        sound and for a prompt whose mel is not that of its tokens.
        """
        return self._mels(requests, attention_mask.CHUNK if streaming else None, None)

    @torch.inference_mode()
    def following(self, request: Request, run: Run) -> Tensor:
        """The frames of mel(streaming=True) after those of the last call with `run`, each computed once.

        Every call but the last must end with a chunk, counted from the prompt's first token. Raises what mel() raises.
        """
        return self._mels([request], attention_mask.CHUNK, run)[0]

    def _mels(self, requests: Sequence[Request], chunk: int | None, run: Run | None) -> list[Tensor]:
        for request in requests:
            self._check(request)
        device = self.input_embedding.weight.device
        begin, past, before = (0, None, ()) if run is None else (run.said.time, run.said, run.steps)
        tokens = [torch.tensor([*request.prompt.tokens, *request.tokens][begin:]) for request in requests]
        spoken = [self._spoken(request) for request in requests]
        count = _padded(max(spoken), self._size) if run is None else max(spoken)
        rows, given = self._rows(tokens, count - begin)
        lengths = torch.tensor(spoken).to(device)
        mu = self.said(rows, given, lengths, chunk, past).transpose(1, 2)
        known = torch.zeros_like(mu)
        for row, request in zip(known, requests, strict=True):
            mel = torch.tensor(request.prompt.mel[FRAMES * begin :].T)
            row[:, : mel.shape[1]] = mel
        speakers = torch.tensor(np.stack([request.prompt.speaker for request in requests])).to(device)
        speaker = self.spk_embed_affine_layer(F.normalize(speakers, dim=1))
        frames = FRAMES * begin + mu.shape[2]
        seen = attention_mask.visible(
            FRAMES * lengths, frames, None if chunk is None else FRAMES * chunk, FRAMES * begin
        )
        tables = self.estimator.tables(torch.tensor(timesteps.grid()[:-1], device=device))
        mels = flow_matching.solve(self.velocity, tables, mu, speaker, known, seen, self.dtype, before)
        if past is not None:
            past.time = spoken[0]
        return [
            mel[:, max(0, len(request.prompt.mel) - FRAMES * begin) : FRAMES * (count - begin)]
            for mel, request, count in zip(mels, requests, spoken, strict=True)
        ]

    def _spoken(self, request: Request) -> int:
        """Tokens whose frames can be made, the prompt's included."""
        ahead = 0 if request.final else self.layout.lookahead
        return len(request.prompt.tokens) + len(request.tokens) - ahead

    def _rows(self, tokens: Sequence[Tensor], count: int) -> tuple[Tensor, Tensor]:
        """Embedded tokens (batch, count + 3, width), zero behind the last, and where they are not."""
        padded = pad_sequence(list(tokens), batch_first=True, padding_value=-1)
        padded = F.pad(padded, (0, count + self.layout.lookahead - padded.shape[1]), value=-1)
        padded = padded.to(self.input_embedding.weight.device)
        given = (padded >= 0)[:, :, None]
        return self.input_embedding(padded.clamp(min=0)) * given, given

    def _check(self, request: Request) -> None:
        prompt, tokens = request.prompt, request.tokens
        if len(prompt.mel) != FRAMES * len(prompt.tokens):
            raise ValueError(f"{len(prompt.mel)} mel frames don't belong to {len(prompt.tokens)} tokens.")
        spoken = self._spoken(request)
        if spoken <= len(prompt.tokens):
            raise BadInput(
                "The text produced only {count} speech tokens, too few for any audio. Use a longer text.",
                count=len(tokens),
            )
        low, high = (int(end([*prompt.tokens, *tokens])) for end in (min, max))
        if not 0 <= low <= high < self.layout.codes:
            raise ValueError(f"Speech tokens run from 0 to {self.layout.codes - 1}; got {low} to {high}.")
        if FRAMES * spoken > flow_matching.NOISE_FRAMES:
            raise BadInput(
                "The reference and the speech together would last {seconds:.0f} s; "
                "the limit is {most:.0f} s. Split the text.",
                seconds=FRAMES * spoken * HOP / RATE,
                most=flow_matching.NOISE_FRAMES * HOP / RATE,
            )


class FlowV2(Flow):
    """CosyVoice 2: a conformer says what the tokens mean, a U-Net speaks."""

    def __init__(self, layout: FlowV2Config) -> None:
        super().__init__(layout, layout.width, UNet(layout))
        self.encoder = Encoder(layout)
        self.encoder_proj = nn.Linear(layout.width, layout.mels)

    def said(
        self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None, past: StreamingCache | None
    ) -> Tensor:
        """See Flow."""
        return self.encoder_proj(self.encoder(rows, given, lengths, chunk, past))  # type: ignore[no-any-return]


class FlowV3(Flow):
    """Fun-CosyVoice 3: two convolutions and every row twice; a diffusion transformer does the rest."""

    def __init__(self, layout: FlowV3Config) -> None:
        super().__init__(layout, layout.mels, DiT(layout))
        self.pre_lookahead_layer = LookAhead(layout.mels, layout.context, layout.lookahead)

    def said(
        self,
        rows: Tensor,
        given: Tensor,  # noqa: ARG002 (version 2 looks at the padding)
        lengths: Tensor,  # noqa: ARG002
        chunk: int | None,  # noqa: ARG002
        past: StreamingCache | None,
    ) -> Tensor:
        """See Flow."""
        return self.pre_lookahead_layer(rows, past).repeat_interleave(FRAMES, dim=1)  # type: ignore[no-any-return]


def _padded(tokens: int, size: int) -> int:
    """Tokens whose frames fill a multiple of `size`, or all of the noise there is."""
    return min(-(-tokens * FRAMES // size) * size, flow_matching.NOISE_FRAMES) // FRAMES


def build(layout: FlowV2Config | FlowV3Config) -> Flow:
    """The flow of that layout, its weights still to be loaded."""
    return FlowV2(layout) if isinstance(layout, FlowV2Config) else FlowV3(layout)
