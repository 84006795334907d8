"""Sizes of a FunASR model with a SAN-M encoder and of its input features."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SanmConfig:
    """Sizes of the features and of the encoder.

    Attributes:
        rate: Sample rate in Hz.
        num_mels: Mel bands.
        window_ms: Length of a mel frame in milliseconds.
        shift_ms: Milliseconds from one mel frame to the next.
        stacked_frames: Mel frames in one row of features (lfr_m of FunASR).
        frame_stride: Mel frames from one row to the next (lfr_n of FunASR).
        hidden_size: Width of the encoder.
        num_heads: Attention heads of a block.
        intermediate_size: Width of a block's feed-forward layer.
        kernel_size: Of a block's memory convolution.
        num_blocks: Blocks before the first final norm.
        num_timestamp_blocks: Blocks behind it.
    """

    rate: int
    num_mels: int
    window_ms: float
    shift_ms: float
    stacked_frames: int
    frame_stride: int
    hidden_size: int
    num_heads: int
    intermediate_size: int
    kernel_size: int
    num_blocks: int
    num_timestamp_blocks: int

    @property
    def row_size(self) -> int:
        """Return the number of values in one row of features."""
        return self.num_mels * self.stacked_frames

    @property
    def row_seconds(self) -> float:
        """Return the seconds from one row of features to the next."""
        return self.shift_ms * self.frame_stride / 1000
