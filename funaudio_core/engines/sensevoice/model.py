"""SenseVoiceSmall as a torch module: transformers' Fun-ASR encoder between a prompt embedding and a CTC head.

Only this file, `checkpoint` and `onnx_export` need torch.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from transformers import FunAsrNanoEncoder, FunAsrNanoEncoderConfig

from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.engines.sensevoice.prompt import EMBEDDING_ROWS

MAX_TIMESCALE = 10_000.0  # of the sinusoidal positions, as in "Attention is all you need"


class SinusoidalPositions(nn.Module):
    """Sinusoidal positions counted from one, for inputs of any length (the encoder's own table ends at 122 s)."""

    def __init__(self, size: int) -> None:
        """Create the module for rows of `size` values."""
        super().__init__()
        self.num_timescales = size // 2

    def forward(self, rows: Tensor) -> Tensor:
        """Return the positions (time, size) of rows (batch, time, size), in their dtype."""
        step = math.log(MAX_TIMESCALE) / (self.num_timescales - 1)
        scales = torch.exp(torch.arange(self.num_timescales, device=rows.device, dtype=torch.float32) * -step)
        times = torch.arange(1, rows.shape[1] + 1, device=rows.device, dtype=torch.float32)
        angles = times[:, None] * scales
        return torch.cat([angles.sin(), angles.cos()], dim=1).to(rows.dtype)


class SenseVoiceModel(nn.Module):
    """Network from features and a prompt to logits over the vocabulary."""

    def __init__(self, config: SanmConfig, vocabulary_size: int) -> None:
        """Create the network with random weights, in evaluation mode."""
        super().__init__()
        encoder_config = FunAsrNanoEncoderConfig(
            num_mel_bins=config.num_mels,
            num_stacked_frames=config.stacked_frames,
            hidden_size=config.hidden_size,
            num_attention_heads=config.num_heads,
            intermediate_size=config.intermediate_size,
            num_hidden_layers=config.num_blocks + config.num_timestamp_blocks,
            num_timestamp_prediction_layers=config.num_timestamp_blocks,
            fsmn_kernel_size=config.kernel_size,
            attn_implementation="sdpa",  # type: ignore[call-arg]  # a keyword of every transformers configuration
        )
        self.encoder = FunAsrNanoEncoder(encoder_config)
        self.encoder.position_embeddings = SinusoidalPositions(config.row_size)  # type: ignore[assignment]
        self.queries = nn.Embedding(EMBEDDING_ROWS, config.row_size)
        self.head = nn.Linear(config.hidden_size, vocabulary_size)
        self.eval()

    def forward(self, features: Tensor, lengths: Tensor, queries: Tensor) -> Tensor:
        """Return the logits.

        Args:
            features: (batch, time, row_size).
            lengths: Rows of each clip that are not padding, int64 (batch,).
            queries: Rows of the embedding that go in front, int64 (batch, PROMPT_ROWS); see prompt_rows().

        Returns:
            (batch, PROMPT_ROWS + time, vocabulary_size).
        """
        rows = torch.cat([self.queries(queries).to(features.dtype), features], dim=1)
        positions = torch.arange(rows.shape[1], device=rows.device)
        mask = positions[None, :] < (lengths + queries.shape[1])[:, None]
        encoded = self.encoder(input_features=rows, input_features_mask=mask).last_hidden_state
        return self.head(encoded)  # type: ignore[no-any-return]
