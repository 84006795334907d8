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

from funaudio_core.engines.cosyvoice import chunks, solver
from funaudio_core.engines.cosyvoice.causal import LookAhead
from funaudio_core.engines.cosyvoice.dit_v3 import DiT
from funaudio_core.engines.cosyvoice.flow_encoder_v2 import Encoder
from funaudio_core.engines.cosyvoice.layout import FRAMES, HOP, RATE, FlowV2Layout, FlowV3Layout
from funaudio_core.engines.cosyvoice.prompt import Prompt
from funaudio_core.engines.cosyvoice.unet_v2 import UNet
from funaudio_core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """What is to be said, all of it from the first token on, and by whom.

    Tokens and mel of the prompt are empty for a voice that is told by its embedding alone. final: no more tokens
    follow. Otherwise the last three are only looked at, and their frames come with a later call.
    """

    prompt: Prompt
    tokens: Sequence[int]
    final: bool = True


class Flow(nn.Module, ABC):
    """Thread-safe: a call keeps nothing."""

    def __init__(self, layout: FlowV2Layout | FlowV3Layout, width: int, estimator: nn.Module) -> None:
        super().__init__()
        self.layout = layout
        self.input_embedding = nn.Embedding(layout.codes, width)
        self.spk_embed_affine_layer = nn.Linear(layout.speaker, layout.mels)
        self.decoder = nn.ModuleDict({"estimator": estimator})
        self.dtype = torch.float32
        self.eval()

    @property
    def estimator(self) -> UNet | DiT:
        """The velocity network. `flow.estimator.compile()` compiles it in place; see `size` of mel()."""
        return cast("UNet | DiT", self.decoder["estimator"])

    @abstractmethod
    def said(self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None) -> Tensor:
        """What the tokens say, float32 (batch, 2 time, mels), of their rows (batch, time + 3, width).

        given: bool (batch, time + 3, 1), where rows are no padding. lengths: int64 (batch,), those to be spoken.
        chunk: tokens a chunk, None to see everything.
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
    def mel(self, requests: Sequence[Request], *, streaming: bool = False, size: int = 1) -> list[Tensor]:
        """The mel of each request, float32 (mels, frames), without its prompt: two frames a token.

        streaming: frames see no later chunk, so that those of whole chunks (prompt included) stay the same when
        tokens are added. A stream must say so in every call, the last included. size: frames are padded to a multiple
        of it, so that a compiled network meets few shapes. Requests are padded to the longest; padding changes
        nothing. Raises BadInput for too few tokens and for too many, ValueError for any that is no sound and for a
        prompt whose mel is not that of its tokens.
        """
        for request in requests:
            self._check(request)
        device = self.input_embedding.weight.device
        tokens = [torch.tensor([*request.prompt.tokens, *request.tokens]) for request in requests]
        spoken = [self._spoken(request) for request in requests]
        rows, given = self._rows(tokens, _padded(max(spoken), size))
        lengths = torch.tensor(spoken).to(device)
        chunk = chunks.CHUNK if streaming else None
        mu = self.said(rows, given, lengths, chunk).transpose(1, 2)
        known = torch.zeros_like(mu)
        for row, request in zip(known, requests, strict=True):
            row[:, : len(request.prompt.mel)] = torch.tensor(request.prompt.mel.T)
        speakers = torch.tensor(np.stack([request.prompt.speaker for request in requests])).to(device)
        speaker = self.spk_embed_affine_layer(F.normalize(speakers, dim=1))
        seen = chunks.visible(FRAMES * lengths, mu.shape[2], None if chunk is None else FRAMES * chunk)
        mels = solver.solve(self.estimator, mu, speaker, known, seen, self.dtype)
        return [
            mel[:, len(request.prompt.mel) : FRAMES * count]
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
                "The text gave {count} speech tokens, too few to make a sound of. Give a longer text.",
                count=len(tokens),
            )
        low, high = (int(end([*prompt.tokens, *tokens])) for end in (min, max))
        if not 0 <= low <= high < self.layout.codes:
            raise ValueError(f"Speech tokens run from 0 to {self.layout.codes - 1}; got {low} to {high}.")
        if FRAMES * spoken > solver.NOISE_FRAMES:
            raise BadInput(
                "The reference and the speech would last {seconds:.0f} s together; {most:.0f} s is the most at once. "
                "Split the text.",
                seconds=FRAMES * spoken * HOP / RATE,
                most=solver.NOISE_FRAMES * HOP / RATE,
            )


class FlowV2(Flow):
    """CosyVoice 2: a conformer says what the tokens mean, a U-Net speaks."""

    def __init__(self, layout: FlowV2Layout) -> None:
        super().__init__(layout, layout.width, UNet(layout))
        self.encoder = Encoder(layout)
        self.encoder_proj = nn.Linear(layout.width, layout.mels)

    def said(self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None) -> Tensor:
        """See Flow."""
        return self.encoder_proj(self.encoder(rows, given, lengths, chunk))  # type: ignore[no-any-return]


class FlowV3(Flow):
    """Fun-CosyVoice 3: two convolutions and every row twice; a diffusion transformer does the rest."""

    def __init__(self, layout: FlowV3Layout) -> None:
        super().__init__(layout, layout.mels, DiT(layout))
        self.pre_lookahead_layer = LookAhead(layout.mels, layout.context, layout.lookahead)

    def said(self, rows: Tensor, given: Tensor, lengths: Tensor, chunk: int | None) -> Tensor:  # noqa: ARG002
        """See Flow."""
        return self.pre_lookahead_layer(rows).repeat_interleave(FRAMES, dim=1)  # type: ignore[no-any-return]


def _padded(tokens: int, size: int) -> int:
    """Tokens whose frames fill a multiple of `size`, or all of the noise there is."""
    return min(-(-tokens * FRAMES // size) * size, solver.NOISE_FRAMES) // FRAMES


def build(layout: FlowV2Layout | FlowV3Layout) -> Flow:
    """The flow of that layout, its weights still to be loaded."""
    return FlowV2(layout) if isinstance(layout, FlowV2Layout) else FlowV3(layout)
