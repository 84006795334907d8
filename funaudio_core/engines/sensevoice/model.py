"""SenseVoiceSmall as a torch module: transformers' Fun-ASR encoder between a query embedding and a CTC head.

The only file of this engine, beside `checkpoint` and `graph`, that needs torch. Knows no file and no token.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from transformers import FunAsrNanoEncoder, FunAsrNanoEncoderConfig

from funaudio_core.engines.sanm.config import Layout
from funaudio_core.engines.sensevoice.prompt_rows import CHOICES

LONGEST_WAVE = 10_000.0  # of the sinusoidal positions, as in "Attention is all you need"


class Positions(nn.Module):
    """Sinusoidal positions counted from one, for inputs of any length (the encoder's own table ends at 122 s)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.waves = width // 2

    def forward(self, rows: Tensor) -> Tensor:
        """float32 (time, width) for rows of shape (batch, time, width)."""
        step = math.log(LONGEST_WAVE) / (self.waves - 1)
        scales = torch.exp(torch.arange(self.waves, device=rows.device, dtype=torch.float32) * -step)
        times = torch.arange(1, rows.shape[1] + 1, device=rows.device, dtype=torch.float32)
        angles = times[:, None] * scales
        return torch.cat([angles.sin(), angles.cos()], dim=1).to(rows.dtype)


class SenseVoice(nn.Module):
    """Features and four queries to logits over the vocabulary."""

    def __init__(self, layout: Layout, pieces: int) -> None:
        super().__init__()
        config = FunAsrNanoEncoderConfig(
            num_mel_bins=layout.mels,
            num_stacked_frames=layout.stack,
            hidden_size=layout.hidden,
            num_attention_heads=layout.heads,
            intermediate_size=layout.feed,
            num_hidden_layers=layout.blocks + layout.timed,
            num_timestamp_prediction_layers=layout.timed,
            fsmn_kernel_size=layout.kernel,
            attn_implementation="sdpa",  # type: ignore[call-arg]  # a keyword of every transformers configuration
        )
        self.encoder = FunAsrNanoEncoder(config)
        self.encoder.position_embeddings = Positions(layout.width)  # type: ignore[assignment]
        self.queries = nn.Embedding(CHOICES, layout.width)
        self.head = nn.Linear(layout.hidden, pieces)
        self.eval()

    def forward(self, features: Tensor, lengths: Tensor, queries: Tensor) -> Tensor:
        """Logits (batch, 4 + time, pieces) of features (batch, time, width) that are valid up to lengths (batch,).

        queries: int64 (batch, 4), the rows of the embedding that go in front: language, two fixed ones, text form.
        """
        rows = torch.cat([self.queries(queries).to(features.dtype), features], dim=1)
        places = torch.arange(rows.shape[1], device=rows.device)
        mask = places[None, :] < (lengths + queries.shape[1])[:, None]
        encoded = self.encoder(input_features=rows, input_features_mask=mask).last_hidden_state
        return self.head(encoded)  # type: ignore[no-any-return]
