"""Sizes of Fun-Audio-Chat-8B, read from its config.json, and its rates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funaudio_core.errors import WeightsMissing

SAMPLE_RATE = 16_000  # Hz, of the clips that the model hears
CODE_RATE = 25  # speech codes a second, in and out
GROUP_SIZE = 5  # codes of one position of the language model, so 5 positions a second
CONTEXT_POSITIONS = 2048  # longest sequence of the training; config.json claims 32,768
ROPE_TYPE = "default"


@dataclass(frozen=True, slots=True)
class DecoderSizes:
    """Sizes of a Qwen3 decoder: the language model, or the transformer of the speech head."""

    vocabulary_size: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    rope_theta: float
    rms_norm_eps: float
    max_positions: int


@dataclass(frozen=True, slots=True)
class TowerSizes:
    """Sizes of the audio tower, a Whisper encoder over windows of two seconds."""

    num_mels: int
    hidden_size: int
    intermediate_size: int
    num_layers: int
    num_heads: int
    half_window_frames: int
    max_positions: int


@dataclass(frozen=True, slots=True)
class AudioChatConfig:
    """Sizes of the whole model.

    Attributes:
        tower: Of the audio tower.
        text: Of the language model.
        head: Of the transformer in the speech head.
        codebook_size: Rows of the code embedding: speech codes, then special ones.
        code_bos: First special code, so the number of speech codes as well; it is also drawn while nothing is spoken.
        code_eos: Code that ends the speech.
        code_pad: Code that fills a group, used in training alone.
    """

    tower: TowerSizes
    text: DecoderSizes
    head: DecoderSizes
    codebook_size: int
    code_bos: int
    code_eos: int
    code_pad: int


def read_config(path: Path) -> AudioChatConfig:
    """Read config.json.

    Raises:
        WeightsMissing: It describes another model, or one that is built differently.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
        audio, text = raw["audio_config"], raw["text_config"]
        _require(raw["model_type"] == "funaudiochat", "model_type")
        _require(audio["group_size"] == GROUP_SIZE, "group_size")
        _require(audio["continuous_features_mode"] == "replace", "continuous_features_mode")
        _require(not audio.get("scale_embedding"), "scale_embedding")
        _require(audio["output_dim"] == text["hidden_size"], "output_dim")
        tower = TowerSizes(
            num_mels=audio["num_mel_bins"],
            hidden_size=audio["d_model"],
            intermediate_size=audio["encoder_ffn_dim"],
            num_layers=audio["encoder_layers"],
            num_heads=audio["encoder_attention_heads"],
            half_window_frames=audio["n_window"],
            max_positions=audio["max_source_positions"],
        )
        return AudioChatConfig(
            tower=tower,
            text=_decoder_sizes(text),
            head=_decoder_sizes(audio["crq_transformer_config"]),
            codebook_size=audio["codebook_size"],
            code_bos=audio["bos_token_id"],
            code_eos=audio["eos_token_id"],
            code_pad=audio["pad_token_id"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMissing(
            "{path} isn't the config.json of Fun-Audio-Chat-8B (see {clue}). Download the published files.",
            path=str(path),
            clue=str(error),
        ) from error


def _decoder_sizes(raw: Mapping[str, Any]) -> DecoderSizes:
    _require(not raw.get("rope_scaling"), "rope_scaling")
    _require(not raw.get("attention_bias"), "attention_bias")
    _require(not raw.get("use_sliding_window"), "use_sliding_window")
    return DecoderSizes(
        vocabulary_size=raw["vocab_size"],
        hidden_size=raw["hidden_size"],
        intermediate_size=raw["intermediate_size"],
        num_layers=raw["num_hidden_layers"],
        num_heads=raw["num_attention_heads"],
        num_kv_heads=raw["num_key_value_heads"],
        head_dim=raw["head_dim"],
        rope_theta=raw["rope_theta"],
        rms_norm_eps=raw["rms_norm_eps"],
        max_positions=raw["max_position_embeddings"],
    )


def _require(fits: bool, name: str) -> None:
    if not fits:
        raise ValueError(name)
