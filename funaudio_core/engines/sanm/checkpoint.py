"""Tensor names of FunASR's SAN-M encoder and of transformers' FunAsrNanoEncoder."""

from __future__ import annotations

from funaudio_core.engines.sanm.config import SanmConfig

STATE_DICT_KEY = "state_dict"  # under which some of FunASR's files hold all their tensors
_BLOCK_NAMES = {  # of one block: FunASR's -> transformers'
    "self_attn.linear_out.weight": "self_attn.o_proj.weight",
    "self_attn.linear_out.bias": "self_attn.o_proj.bias",
    "self_attn.fsmn_block.weight": "self_attn.fsmn.conv.weight",
    "feed_forward.w_1.weight": "mlp.fc1.weight",
    "feed_forward.w_1.bias": "mlp.fc1.bias",
    "feed_forward.w_2.weight": "mlp.fc2.weight",
    "feed_forward.w_2.bias": "mlp.fc2.bias",
    "norm1.weight": "input_layernorm.weight",
    "norm1.bias": "input_layernorm.bias",
    "norm2.weight": "post_attention_layernorm.weight",
    "norm2.bias": "post_attention_layernorm.bias",
}


def tensor_names(config: SanmConfig) -> dict[str, tuple[str, ...]]:
    """Return FunASR's name of each tensor of the encoder, mapped to transformers' names.

    FunASR keeps queries, keys and values in one tensor; its three names split it along the first axis.
    """
    names: dict[str, tuple[str, ...]] = {}
    blocks = ["encoders0.0", *(f"encoders.{i}" for i in range(config.num_blocks - 1))]
    blocks += [f"tp_encoders.{i}" for i in range(config.num_timestamp_blocks)]
    for layer, block in enumerate(blocks):
        prefix = f"layers.{layer}."
        for kind in ("weight", "bias"):
            names[f"{block}.self_attn.linear_q_k_v.{kind}"] = tuple(
                f"{prefix}self_attn.{part}_proj.{kind}" for part in "qkv"
            )
        for funasr_name, name in _BLOCK_NAMES.items():
            names[f"{block}.{funasr_name}"] = (prefix + name,)
    last_layers = (
        ("after_norm", config.num_blocks - 1),
        ("tp_norm", config.num_blocks + config.num_timestamp_blocks - 1),
    )
    for norm, layer in last_layers:
        for kind in ("weight", "bias"):
            names[f"{norm}.{kind}"] = (f"layers.{layer}.final_layernorm.{kind}",)
    return names
