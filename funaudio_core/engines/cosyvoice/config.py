"""Sizes, token ids and rates of CosyVoice 2 and Fun-CosyVoice 3.

The numbers are those of FunAudioLLM/CosyVoice2-0.5B and FunAudioLLM/Fun-CosyVoice3-0.5B-2512. The checkpoints carry a
HyperPyYAML file as well, which can build any Python object when it is read, so it never is; every tensor of a
checkpoint is checked against these sizes instead.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

NUM_SPEECH_TOKENS = 6561  # 3 ** 8: finite scalar quantization with eight digits
SAMPLE_RATE = 24_000  # Hz, of all synthesized audio
TOKEN_RATE = 25  # speech tokens a second
FRAMES_PER_TOKEN = 2  # mel frames, CosyVoice's token_mel_ratio
HOP_SAMPLES = SAMPLE_RATE // (TOKEN_RATE * FRAMES_PER_TOKEN)  # 480 samples a mel frame
NUM_MELS = 80
SPEAKER_DIM = 192  # of a speaker embedding
PROMPT_SAMPLE_RATE = 16_000  # Hz, input of speech tokenizer and speaker encoder

Version = Literal[2, 3]


@dataclass(frozen=True, slots=True)
class LMConfig:
    """Language model: Qwen2-0.5B with an embedding and a head for speech tokens."""

    speech_rows: int  # of the speech embedding and the head: speech tokens, then special ones
    bos_token_id: int  # "sos" in CosyVoice
    eos_token_id: int
    task_token_id: int  # between text and speech
    fill_token_id: int  # asks for more text while it is streamed
    separate_specials: bool  # bos and task have an embedding of their own (version 2)
    head_bias: bool
    vocab_rows: int = 151_936  # of the text embedding
    vocab_size: int = 151_643  # text tokens before the special ones
    num_speech_tokens: int = NUM_SPEECH_TOKENS
    hidden_size: int = 896
    num_layers: int = 24
    num_heads: int = 14
    num_kv_heads: int = 2
    head_dim: int = 64
    intermediate_size: int = 4864
    rms_norm_eps: float = 1e-6
    rope_theta: float = 1e6
    max_positions: int = 32_768


@dataclass(frozen=True, slots=True)
class FlowV2Config:
    """Flow of version 2: a conformer encoder that doubles the rate halfway, then a one-level U-Net."""

    num_speech_tokens: int = NUM_SPEECH_TOKENS
    num_mels: int = NUM_MELS
    speaker_dim: int = SPEAKER_DIM
    # Encoder
    encoder_dim: int = 512
    encoder_heads: int = 8
    encoder_ff_dim: int = 2048
    num_blocks: int = 6  # at the token rate
    num_up_blocks: int = 4  # at the mel rate
    lookahead_tokens: int = 3  # CosyVoice's pre_lookahead_len
    frames_per_token: int = FRAMES_PER_TOKEN
    # U-Net
    unet_channels: int = 256
    unet_heads: int = 8
    head_dim: int = 64
    unet_ff_dim: int = 1024
    num_mid_blocks: int = 12
    transformers_per_block: int = 4  # CosyVoice's n_blocks
    sinusoid_dim: int = 320  # of the time step
    time_dim: int = 1024  # of its embedding


@dataclass(frozen=True, slots=True)
class FlowV3Config:
    """Flow of version 3: two convolutions, repetition of every row, then a diffusion transformer."""

    num_speech_tokens: int = NUM_SPEECH_TOKENS
    num_mels: int = NUM_MELS
    speaker_dim: int = SPEAKER_DIM
    lookahead_channels: int = 1024  # between the two convolutions
    lookahead_tokens: int = 3  # CosyVoice's pre_lookahead_len
    frames_per_token: int = FRAMES_PER_TOKEN
    # Diffusion transformer
    dim: int = 1024
    num_heads: int = 16
    head_dim: int = 64
    ff_dim: int = 2048
    num_layers: int = 22
    conv_pos_kernel: int = 31  # of the convolutional position embedding
    conv_pos_groups: int = 16
    sinusoid_dim: int = 256  # of the time step
    time_dim: int = 1024  # of its embedding


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """HiFT vocoder."""

    causal: bool  # version 3: one-sided convolutions, but for the lookahead of the first layers
    conv_pre_kernel: int
    f0_first_kernel: int  # of the F0 predictor's first layer
    lookahead_frames: int = 0  # of conv_pre
    f0_lookahead_frames: int = 0  # of the F0 predictor's first layer
    num_mels: int = NUM_MELS
    sample_rate: int = SAMPLE_RATE  # Hz
    base_channels: int = 512  # halved in each stage
    upsample_rates: tuple[int, ...] = (8, 5, 3)  # one a stage
    upsample_kernels: tuple[int, ...] = (16, 11, 7)
    resblock_kernels: tuple[int, ...] = (3, 7, 11)  # of the residual blocks of each stage
    resblock_dilations: tuple[int, ...] = (1, 3, 5)
    source_resblock_kernels: tuple[int, ...] = (7, 7, 11)  # on the source signal, one a stage
    conv_post_kernel: int = 7
    f0_channels: int = 512
    f0_layers: int = 5
    f0_kernel: int = 3
    istft_n_fft: int = 16
    istft_hop: int = 4  # samples
    num_harmonics: int = 9  # sines of the source signal


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All networks of one version."""

    version: Version
    lm: LMConfig
    flow: FlowV2Config | FlowV3Config
    vocoder: VocoderConfig
    mel_fmax: float  # Hz, upper edge of the mel bands
    silent_tokens: AbstractSet[int] = field(default_factory=frozenset)  # speech tokens of silence and breath


V2 = ModelConfig(
    version=2,
    lm=LMConfig(
        speech_rows=6564,
        bos_token_id=0,
        eos_token_id=6561,
        task_token_id=1,
        fill_token_id=6563,
        separate_specials=True,
        head_bias=True,
    ),
    flow=FlowV2Config(),
    vocoder=VocoderConfig(causal=False, conv_pre_kernel=7, f0_first_kernel=3),
    mel_fmax=8000.0,
)
V3 = ModelConfig(
    version=3,
    lm=LMConfig(
        speech_rows=6761,
        bos_token_id=6561,
        eos_token_id=6562,
        task_token_id=6563,
        fill_token_id=6564,
        separate_specials=False,
        head_bias=False,
    ),
    flow=FlowV3Config(),
    vocoder=VocoderConfig(causal=True, conv_pre_kernel=5, f0_first_kernel=4, lookahead_frames=4, f0_lookahead_frames=3),
    mel_fmax=12_000.0,
    silent_tokens=frozenset({1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323}),
)
CONFIGS: dict[Version, ModelConfig] = {2: V2, 3: V3}
