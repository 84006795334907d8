"""Fun-ASR's model.pt into transformers' FunAsrNano, every tensor accounted for. Knows nothing of sound or text."""

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
from funaudio_core.engines.sanm.config import Layout
from funaudio_core.errors import WeightsMissing
from funaudio_core.weights.tensors import read_tensors

# What the tensors don't tell, from config.yaml of Fun-ASR-Nano-2512 and config.json of Qwen3-0.6B.
ADAPTOR_HEADS = 8
ROPE_BASE = 1_000_000.0
_ADAPTOR = {  # parts of names: transformers' -> Fun-ASR's
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
    """The model with the weights of a model.pt in float32, on the CPU.

    Only tensors are unpickled. Raises WeightsMissing where the file holds anything else or is not Fun-ASR-Nano.
    """
    theirs = read_tensors(path, sanm.WHOLE)
    try:
        layout, config = _sizes(theirs)
    except (KeyError, IndexError, ValueError) as error:
        raise _foreign(path, str(error)) from error
    with torch.device("meta"):  # no memory and no random numbers for weights that come from the file
        model = FunAsrNanoForConditionalGeneration(config)
    # Without it the adaptor would attend to padding: transformers sets it for models, and the adaptor is none to it.
    model.model.multi_modal_projector.config._attn_implementation = "sdpa"  # noqa: SLF001
    table = names(layout, model)
    odd = sorted(theirs.keys() ^ table.keys())
    if odd:
        raise _foreign(path, odd[0])
    if not torch.equal(theirs["llm.lm_head.weight"], theirs["llm.model.embed_tokens.weight"]):
        raise _foreign(path, "llm.lm_head.weight")  # the model uses one matrix for both ends
    ours: dict[str, Tensor] = {}
    for name, targets in table.items():
        ours.update(zip(targets, theirs[name].float().chunk(len(targets)), strict=True))
    try:
        model.load_state_dict(ours, assign=True)
    except RuntimeError as error:
        raise _foreign(path, str(error).splitlines()[-1].strip()) from error
    model.tie_weights()
    # Tables that are computed, not saved, and so still lack their numbers.
    tower, qwen = model.model.audio_tower, model.model.language_model
    places = tower.position_embeddings
    tower.position_embeddings = type(places)(places.length, places.channels)
    qwen.rotary_emb = type(qwen.rotary_emb)(qwen.config)
    return model


def names(layout: Layout, model: FunAsrNanoForConditionalGeneration) -> dict[str, tuple[str, ...]]:
    """Fun-ASR's name of each tensor -> transformers'; three names where one tensor holds queries, keys and values."""
    found = {
        f"audio_encoder.{theirs}": tuple(f"model.audio_tower.{name}" for name in ours)
        for theirs, ours in sanm.names(layout).items()
    }
    for name in model.state_dict():
        theirs = name
        if name.startswith("model.multi_modal_projector."):
            for ours, old in _ADAPTOR.items():
                theirs = theirs.replace(ours, old)
        elif not name.startswith("model.audio_tower."):
            theirs = f"llm.{name.replace('model.language_model.', 'model.')}"
        else:
            continue
        found[theirs] = (name,)
    return found


def _sizes(theirs: dict[str, Tensor]) -> tuple[Layout, FunAsrNanoConfig]:
    """The sizes of the tower and of the whole model, read off the tensors. Raises KeyError where one is absent."""

    def shape(name: str) -> torch.Size:
        return theirs[f"{name}.weight"].shape

    def blocks(prefix: str) -> int:
        return len({match[1] for name in theirs if (match := re.match(rf"{re.escape(prefix)}\.(\d+)\.", name))})

    feed, hidden = shape("audio_encoder.encoders0.0.feed_forward.w_1")
    kernel = shape("audio_encoder.encoders0.0.self_attn.fsmn_block")[2]
    plain, timed = 1 + blocks("audio_encoder.encoders"), blocks("audio_encoder.tp_encoders")
    layout = replace(FRONTEND, hidden=hidden, feed=feed, kernel=kernel, blocks=plain, timed=timed)
    tower = FunAsrNanoEncoderConfig(
        hidden_size=hidden,
        intermediate_size=feed,
        num_attention_heads=layout.heads,
        num_hidden_layers=plain + timed,
        num_timestamp_prediction_layers=timed,
        fsmn_kernel_size=kernel,
    )
    vocabulary, width = shape("llm.model.embed_tokens")
    adaptor = FunAsrNanoAdaptorConfig(
        hidden_size=width,
        intermediate_size=shape("audio_adaptor.blocks.0.feed_forward.w_1")[0],
        num_attention_heads=ADAPTOR_HEADS,
        num_hidden_layers=blocks("audio_adaptor.blocks"),
        projector_hidden_size=shape("audio_adaptor.linear1")[0],
    )
    head = shape("llm.model.layers.0.self_attn.q_norm")[0]
    qwen = Qwen3Config(
        vocab_size=vocabulary,
        hidden_size=width,
        intermediate_size=shape("llm.model.layers.0.mlp.gate_proj")[0],
        num_hidden_layers=blocks("llm.model.layers"),
        num_attention_heads=shape("llm.model.layers.0.self_attn.q_proj")[0] // head,
        num_key_value_heads=shape("llm.model.layers.0.self_attn.k_proj")[0] // head,
        head_dim=head,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_BASE},
        tie_word_embeddings=True,
    )
    return layout, FunAsrNanoConfig(audio_config=tower, adaptor_config=adaptor, text_config=qwen)


def _foreign(path: Path, clue: str) -> WeightsMissing:
    return WeightsMissing(
        "{path} isn't Fun-ASR-Nano (see {clue}). Download the published model.pt.", path=str(path), clue=clue
    )
