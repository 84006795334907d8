"""Networks of Fun-Audio-Chat: audio tower, code embedding, language model and speech head.

Submodules have the names of the published checkpoint. Audio and speech enter the language model at 5 positions a
second; the speech head turns each hidden state into a group of five codes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2_5OmniAudioEncoderConfig, Qwen3Config, Qwen3ForCausalLM, Qwen3Model
from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import Qwen2_5OmniAudioEncoder

from funaudio_core.engines.fun_audio_chat.config import (
    GROUP_SIZE,
    ROPE_TYPE,
    AudioChatConfig,
    DecoderSizes,
    TowerSizes,
)

ATTENTION = "sdpa"


class CodeEncoder(nn.Module):
    """Embedding of speech codes, and the projections of clips and codes to rows of the language model."""

    def __init__(self, config: AudioChatConfig) -> None:
        """Create the layers."""
        super().__init__()
        width = config.text.hidden_size
        # The filler learns nothing as an input; as an output it does.
        self.embed_tokens = nn.Embedding(config.codebook_size, width, padding_idx=config.code_pad)
        self.output_matching = nn.Linear(width, width, bias=False)
        self.continual_output_matching = nn.Linear(width, width, bias=False)

    def embed_groups(self, codes: Tensor) -> Tensor:
        """Return rows (batch, width) of groups of codes, int64 (batch, 5)."""
        return self.output_matching(self.embed_tokens(codes).mean(dim=1))  # type: ignore[no-any-return]

    def project_clip(self, rows: Tensor, positions: int) -> Tensor:
        """Return the rows (positions, width) of a clip from the tower's rows (time, width).

        Rows beyond the last position are dropped, missing ones are zero.
        """
        missing = GROUP_SIZE * positions - len(rows)
        padded = functional.pad(rows, (0, 0, 0, missing))  # a negative number of rows cuts
        return self.continual_output_matching(padded.view(positions, GROUP_SIZE, -1).mean(dim=1))  # type: ignore[no-any-return]


class SpeechHead(nn.Module):
    """Layers that turn a hidden state of the language model into five codes, one after the other.

    Its output layer is the code embedding, which the checkpoint stores once; see AudioChatModel.code_logits().
    """

    def __init__(self, config: AudioChatConfig) -> None:
        """Create the layers."""
        super().__init__()
        width = config.text.hidden_size
        self.pre_matching = nn.Linear(width, GROUP_SIZE * width)
        self.input_matching = nn.Linear(width, config.head.hidden_size, bias=False)
        self.crq_transformer = Qwen3Model(_qwen_config(config.head))
        # It gets embedded rows only.
        self.crq_transformer.embed_tokens = nn.Identity()  # type: ignore[assignment]
        self.output_matching = nn.Linear(config.head.hidden_size, width, bias=False)

    def split(self, rows: Tensor) -> Tensor:
        """Return five rows (…, 5, width) of each hidden state with its text embedding, (…, width)."""
        return self.pre_matching(rows).unflatten(-1, (GROUP_SIZE, rows.shape[-1]))  # type: ignore[no-any-return]


class AudioChatModel(nn.Module):
    """The whole model. Thread-safe: caches belong to the caller."""

    def __init__(self, config: AudioChatConfig) -> None:
        """Create the networks of a config."""
        super().__init__()
        self.config = config
        self.continuous_audio_tower = Qwen2_5OmniAudioEncoder(_tower_config(config.tower, config.text.hidden_size))
        self.audio_tower = CodeEncoder(config)
        self.language_model = Qwen3ForCausalLM(_qwen_config(config.text))
        self.audio_invert_tower = SpeechHead(config)
        self.eval().requires_grad_(requires_grad=False)

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return self.audio_tower.embed_tokens.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """Dtype of the weights that are not quantized."""
        return self.audio_tower.embed_tokens.weight.dtype

    def embed_text(self, tokens: Tensor) -> Tensor:
        """Return rows (…, width) of text tokens, int64 (…)."""
        return self.language_model.model.embed_tokens(tokens)  # type: ignore[no-any-return]

    def encode_clips(self, mels: Sequence[Tensor], positions: Sequence[int]) -> list[Tensor]:
        """Return the rows of clips for the language model.

        Args:
            mels: log_mel() of each clip, float32 (128, frames).
            positions: Rows that each clip takes, see clip_features.count_positions().

        Returns:
            (positions, width) each.
        """
        lengths = torch.tensor([mel.shape[1] for mel in mels])
        features = torch.cat(list(mels), dim=1).to(self.device)
        encoded = self.continuous_audio_tower(features, feature_lens=lengths.to(self.device)).last_hidden_state
        parts = encoded.split(((lengths + 1) // 2 // 2).tolist())
        return [self.audio_tower.project_clip(rows, count) for rows, count in zip(parts, positions, strict=True)]

    def embed_codes(self, codes: Tensor) -> Tensor:
        """Return rows (…, width) of codes, int64 (…)."""
        return self.audio_tower.embed_tokens(codes)  # type: ignore[no-any-return]

    def text_logits(self, rows: Tensor) -> Tensor:
        """Return logits, float32 (…, tokens), of hidden states (…, width)."""
        return self.language_model.lm_head(rows).float()  # type: ignore[no-any-return]

    def code_logits(self, rows: Tensor) -> Tensor:
        """Return logits, float32 (…, codes), of hidden states of the speech head, (…, head width)."""
        return functional.linear(
            self.audio_invert_tower.output_matching(rows), self.audio_tower.embed_tokens.weight
        ).float()

    def cast(self, dtype: torch.dtype) -> None:
        """Convert the weights to another dtype; the tables of positions stay float32."""
        for weight in self.parameters():
            weight.data = weight.data.to(dtype)

    def rebuild_tables(self) -> None:
        """Compute the tables of positions anew, which a checkpoint lacks; after building on the "meta" device."""
        embedding = self.continuous_audio_tower.positional_embedding
        self.continuous_audio_tower.positional_embedding = type(embedding)(embedding.length, embedding.channels)
        for decoder in (self.language_model.model, self.audio_invert_tower.crq_transformer):
            decoder.rotary_emb = type(decoder.rotary_emb)(decoder.config)


def _tower_config(sizes: TowerSizes, output_size: int) -> Qwen2_5OmniAudioEncoderConfig:
    config = Qwen2_5OmniAudioEncoderConfig(
        num_mel_bins=sizes.num_mels,
        encoder_layers=sizes.num_layers,
        encoder_attention_heads=sizes.num_heads,
        encoder_ffn_dim=sizes.intermediate_size,
        d_model=sizes.hidden_size,
        max_source_positions=sizes.max_positions,
        n_window=sizes.half_window_frames,
        output_dim=output_size,
    )
    config._attn_implementation = ATTENTION  # noqa: SLF001 (transformers has no public way outside from_pretrained)
    return config


def _qwen_config(sizes: DecoderSizes) -> Qwen3Config:
    config = Qwen3Config(
        vocab_size=sizes.vocabulary_size,
        hidden_size=sizes.hidden_size,
        intermediate_size=sizes.intermediate_size,
        num_hidden_layers=sizes.num_layers,
        num_attention_heads=sizes.num_heads,
        num_key_value_heads=sizes.num_kv_heads,
        head_dim=sizes.head_dim,
        max_position_embeddings=sizes.max_positions,
        rms_norm_eps=sizes.rms_norm_eps,
        rope_parameters={"rope_type": ROPE_TYPE, "rope_theta": sizes.rope_theta},
        tie_word_embeddings=False,
    )
    config._attn_implementation = ATTENTION  # noqa: SLF001 (as above)
    return config
