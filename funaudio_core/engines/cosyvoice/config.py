"""The dimensions, ids and rates of CosyVoice 2 and Fun-CosyVoice 3, by version. Knows neither weights nor sound.

The checkpoints carry a HyperPyYAML file that builds Python objects of any kind when it is read, so it never is: the
numbers below are those of FunAudioLLM/CosyVoice2-0.5B and FunAudioLLM/Fun-CosyVoice3-0.5B-2512, and every tensor of a
checkpoint is held against them when it is loaded.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Literal

CODES = 6561  # speech tokens: eight digits of base three
RATE = 24_000  # Hz, of everything that is synthesised
TOKEN_RATE = 25  # speech tokens a second
FRAMES = 2  # mel frames a speech token
HOP = RATE // (TOKEN_RATE * FRAMES)  # samples of 24 kHz a mel frame
MELS = 80  # bands of the flow's mel spectrogram
SPEAKER = 192  # numbers that tell a voice
PROMPT_RATE = 16_000  # Hz, what both the speech tokenizer and the speaker encoder listen to

Version = Literal[2, 3]


@dataclass(frozen=True, slots=True)
class LMConfig:
    """The language model: Qwen2-0.5B between two tables of speech tokens.

    text: rows of its text table; pieces: those of the vocabulary before its special tokens. rows: of the speech table
    and of the head: speech tokens, then those with a meaning of their own. start, end, task, fill: these ids. apart:
    start and task have a table of two rows to themselves (version 2). bias: whether the head has one. epsilon, theta:
    of RMS norms and of rotary positions.
    """

    speech_rows: int
    start: int
    end: int
    task_token_id: int
    fill_token_id: int
    separate_specials: bool
    bias: bool
    vocab_rows: int = 151_936
    vocab_size: int = 151_643
    codes: int = CODES
    hidden: int = 896
    blocks: int = 24
    num_heads: int = 14
    num_kv_heads: int = 2  # heads of keys and values
    head_dim: int = 64
    feed: int = 4864
    epsilon: float = 1e-6
    theta: float = 1e6
    longest: int = 32_768  # positions


@dataclass(frozen=True, slots=True)
class FlowV2Config:
    """Tokens to mel in version 2: a conformer that doubles the rate in its middle, then a U-Net of one level.

    width, heads, feed: of the encoder's blocks; early: those at the token rate, late: those at the mel rate.
    channels: of the U-Net; net_heads, head: of its attentions; net_feed: inside its feed-forwards; stages: in its
    middle, deep: transformers a stage. wave: width of the sinusoid of time, time: of its embedding.
    """

    codes: int = CODES
    mels: int = MELS
    speaker: int = SPEAKER
    width: int = 512
    heads: int = 8
    feed: int = 2048
    early: int = 6
    late: int = 4
    lookahead: int = 3  # tokens
    upsample: int = FRAMES
    channels: int = 256
    net_heads: int = 8
    head: int = 64
    net_feed: int = 1024
    stages: int = 12
    deep: int = 4
    wave: int = 320
    time: int = 1024


@dataclass(frozen=True, slots=True)
class FlowV3Config:
    """Tokens to mel in version 3: two convolutions, every row twice, then a diffusion transformer.

    width, heads, feed, blocks: of the transformer; context: channels between the two convolutions; kernel, groups:
    of the convolutions that tell positions. wave: width of the sinusoid of time, time: of its embedding.
    """

    codes: int = CODES
    mels: int = MELS
    speaker: int = SPEAKER
    context: int = 1024
    lookahead: int = 3  # tokens
    upsample: int = FRAMES
    width: int = 1024
    heads: int = 16
    head: int = 64
    feed: int = 2048
    blocks: int = 22
    kernel: int = 31
    groups: int = 16
    wave: int = 256
    time: int = 1024


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """Mel to waveform: HiFT.

    causal: version 3; the convolutions read no later sample, but for lookahead frames of the first ones. ups: factors
    of the stages, up_kernels: of their convolutions. kernels, dilations: of the residual blocks of each stage;
    source_kernels: of those on the excitation, one a stage. first, pitch_first: kernels of the first convolution of
    the vocoder and of the pitch predictor. fft, hop: of the transform at the end. harmonics: sines of the excitation.
    """

    causal: bool
    first: int
    pitch_first: int
    lookahead: int = 0  # frames, of the first convolution
    pitch_lookahead: int = 0
    mels: int = MELS
    rate: int = RATE
    channels: int = 512
    ups: tuple[int, ...] = (8, 5, 3)
    up_kernels: tuple[int, ...] = (16, 11, 7)
    kernels: tuple[int, ...] = (3, 7, 11)
    dilations: tuple[int, ...] = (1, 3, 5)
    source_kernels: tuple[int, ...] = (7, 7, 11)
    last: int = 7  # kernel of the last convolution
    pitch_channels: int = 512
    pitch_layers: int = 5
    pitch_kernel: int = 3
    fft: int = 16
    hop: int = 4
    harmonics: int = 9


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One version. mel_top: Hz, upper edge of the flow's mel bands. silences: tokens of breath and silence."""

    version: Version
    language: LMConfig
    flow: FlowV2Config | FlowV3Config
    vocoder: VocoderConfig
    mel_top: float
    silences: AbstractSet[int] = field(default_factory=frozenset)


V2 = ModelConfig(
    version=2,
    language=LMConfig(
        speech_rows=6564, start=0, end=6561, task_token_id=1, fill_token_id=6563, separate_specials=True, bias=True
    ),
    flow=FlowV2Config(),
    vocoder=VocoderConfig(causal=False, first=7, pitch_first=3),
    mel_top=8000.0,
)
V3 = ModelConfig(
    version=3,
    language=LMConfig(
        speech_rows=6761,
        start=6561,
        end=6562,
        task_token_id=6563,
        fill_token_id=6564,
        separate_specials=False,
        bias=False,
    ),
    flow=FlowV3Config(),
    vocoder=VocoderConfig(causal=True, first=5, pitch_first=4, lookahead=4, pitch_lookahead=3),
    mel_top=12_000.0,
    silences=frozenset({1, 2, 28, 29, 55, 248, 494, 2241, 2242, 2322, 2323}),
)
CONFIGS: dict[Version, ModelConfig] = {2: V2, 3: V3}
