"""Loading of Fun-ASR's model.pt into transformers' FunAsrNano; each tensor must find its place."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from transformers import (
    FunAsrNanoAdaptorConfig,
    FunAsrNanoConfig,
    FunAsrNanoEncoderConfig,
    FunAsrNanoForConditionalGeneration,
    Qwen3Config,
)

from funaudio_core.engines.fun_asr.frontend import FRONTEND
from funaudio_core.engines.sanm import checkpoint as sanm
from funaudio_core.engines.sanm.config import SanmConfig
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.tensors import read_tensors

# Not visible in the tensors; from config.yaml of Fun-ASR-Nano-2512 and config.json of Qwen3-0.6B.
ADAPTOR_HEADS = 8
ROPE_THETA = 1_000_000.0
_ADAPTOR_NAMES = {  # parts of names: transformers' -> Fun-ASR's
    "model.multi_modal_projector.linear_": "audio_adaptor.linear",
    "model.multi_modal_projector.layers.": "audio_adaptor.blocks.",
    ".self_attn.o_proj.": ".self_attn.linear_out.",
    ".self_attn.q_proj.": ".self_attn.linear_q.",
    ".self_attn.k_proj.": ".self_attn.linear_k.",
    ".self_attn.v_proj.": ".self_attn.linear_v.",
    ".mlp.fc": ".feed_forward.w_",
    ".input_layernorm.": ".norm1.",
    ".post_attention_layernorm.": ".norm2.",
}


def load(path: Path) -> FunAsrNanoForConditionalGeneration:
    """Load the model with the weights of a model.pt, in float32 and on the CPU. Only tensors are unpickled.

    Raises:
        WeightsMissing: The file contains anything else, or is not Fun-ASR-Nano.
    """
    tensors = read_tensors(path, sanm.STATE_DICT_KEY)
    try:
        sanm_config, config = _read_sizes(tensors)
    except (KeyError, IndexError, ValueError) as error:
        raise _mismatch(path, str(error)) from error
    with torch.device("meta"):  # don't allocate or initialise weights that the file replaces
        model = FunAsrNanoForConditionalGeneration(config)
    # Otherwise the adaptor would attend to padding: transformers sets this for models, which the adaptor is not.
    model.model.multi_modal_projector.config._attn_implementation = "sdpa"  # noqa: SLF001
    names = tensor_names(sanm_config, model)
    mismatched = sorted(tensors.keys() ^ names.keys())
    if mismatched:
        raise _mismatch(path, mismatched[0])
    if not torch.equal(tensors["llm.lm_head.weight"], tensors["llm.model.embed_tokens.weight"]):
        raise _mismatch(path, "llm.lm_head.weight")  # the model has one matrix for head and embedding
    state: dict[str, Tensor] = {}
    for fun_asr_name, targets in names.items():
        state.update(zip(targets, tensors[fun_asr_name].float().chunk(len(targets)), strict=True))
    try:
        model.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise _mismatch(path, str(error).splitlines()[-1].strip()) from error
    model.tie_weights()
    # These tables are not in the file, so they are still on the "meta" device.
    encoder, language_model = model.model.audio_tower, model.model.language_model
    positions = encoder.position_embeddings
    encoder.position_embeddings = type(positions)(positions.length, positions.channels)
    language_model.rotary_emb = type(language_model.rotary_emb)(language_model.config)
    return model


def tensor_names(sanm_config: SanmConfig, model: FunAsrNanoForConditionalGeneration) -> dict[str, tuple[str, ...]]:
    """Return Fun-ASR's name of each tensor, mapped to transformers': three for queries, keys and values in one."""
    names = {
        f"audio_encoder.{fun_asr_name}": tuple(f"model.audio_tower.{name}" for name in targets)
        for fun_asr_name, targets in sanm.tensor_names(sanm_config).items()
    }
    for name in model.state_dict():
        fun_asr_name = name
        if name.startswith("model.multi_modal_projector."):
            for part, fun_asr_part in _ADAPTOR_NAMES.items():
                fun_asr_name = fun_asr_name.replace(part, fun_asr_part)
        elif not name.startswith("model.audio_tower."):
            fun_asr_name = f"llm.{name.replace('model.language_model.', 'model.')}"
        else:
            continue
        names[fun_asr_name] = (name,)
    return names


def _read_sizes(tensors: dict[str, Tensor]) -> tuple[SanmConfig, FunAsrNanoConfig]:
    """Return the sizes of the encoder and of the whole model from the shapes of the tensors.

    Raises:
        KeyError: A tensor is missing.
    """
    sanm_config = replace(
        FRONTEND,
        hidden_size=_shape(tensors, "audio_encoder.encoders0.0.feed_forward.w_1")[1],
        intermediate_size=_shape(tensors, "audio_encoder.encoders0.0.feed_forward.w_1")[0],
        kernel_size=_shape(tensors, "audio_encoder.encoders0.0.self_attn.fsmn_block")[2],
        num_blocks=1 + _count_blocks(tensors, "audio_encoder.encoders"),
        num_timestamp_blocks=_count_blocks(tensors, "audio_encoder.tp_encoders"),
    )
    encoder = FunAsrNanoEncoderConfig(
        hidden_size=sanm_config.hidden_size,
        intermediate_size=sanm_config.intermediate_size,
        num_attention_heads=sanm_config.num_heads,
        num_hidden_layers=sanm_config.num_blocks + sanm_config.num_timestamp_blocks,
        num_timestamp_prediction_layers=sanm_config.num_timestamp_blocks,
        fsmn_kernel_size=sanm_config.kernel_size,
    )
    vocabulary_size, width = _shape(tensors, "llm.model.embed_tokens")
    adaptor = FunAsrNanoAdaptorConfig(
        hidden_size=width,
        intermediate_size=_shape(tensors, "audio_adaptor.blocks.0.feed_forward.w_1")[0],
        num_attention_heads=ADAPTOR_HEADS,
        num_hidden_layers=_count_blocks(tensors, "audio_adaptor.blocks"),
        projector_hidden_size=_shape(tensors, "audio_adaptor.linear1")[0],
    )
    head_size = _shape(tensors, "llm.model.layers.0.self_attn.q_norm")[0]
    language_model = Qwen3Config(
        vocab_size=vocabulary_size,
        hidden_size=width,
        intermediate_size=_shape(tensors, "llm.model.layers.0.mlp.gate_proj")[0],
        num_hidden_layers=_count_blocks(tensors, "llm.model.layers"),
        num_attention_heads=_shape(tensors, "llm.model.layers.0.self_attn.q_proj")[0] // head_size,
        num_key_value_heads=_shape(tensors, "llm.model.layers.0.self_attn.k_proj")[0] // head_size,
        head_dim=head_size,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        tie_word_embeddings=True,
    )
    return sanm_config, FunAsrNanoConfig(audio_config=encoder, adaptor_config=adaptor, text_config=language_model)


def _shape(tensors: dict[str, Tensor], layer: str) -> torch.Size:
    """Return the shape of a layer's weight."""
    return tensors[f"{layer}.weight"].shape


def _count_blocks(tensors: dict[str, Tensor], prefix: str) -> int:
    """Return how many numbers follow a prefix in the names of the tensors."""
    return len({match[1] for name in tensors if (match := re.match(rf"{re.escape(prefix)}\.(\d+)\.", name))})


def _mismatch(path: Path, clue: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} isn't Fun-ASR-Nano (see {clue}). Download the published model.pt.", path=str(path), clue=clue
    )
