"""Sizes of Fun-ASR's features and encoder: those of SenseVoice, but the features are not normalized.

transformers' own feature extractor needs torchaudio and takes samples in [-1, 1], which puts quiet bins below its
floor. Fun-ASR was trained on samples times 32768, as Kaldi takes them.
"""

from __future__ import annotations

from funaudio_core.engines.sanm.config import SanmConfig

# From config.yaml of Fun-ASR-Nano-2512 and MLT-Nano; features and encoder have the sizes of SenseVoiceSmall.
FRONTEND = SanmConfig(
    rate=16_000,
    num_mels=80,
    window_ms=25.0,
    shift_ms=10.0,
    stacked_frames=7,
    frame_stride=6,
    hidden_size=512,
    num_heads=4,
    intermediate_size=2048,
    kernel_size=11,
    num_blocks=50,
    num_timestamp_blocks=20,
)
